WITH retained AS (
  -- as_of ends a month: so many months have passed since a day when the months of the calendar differ by so many.
  SELECT
    m.person_key, m.household_key, e.kind, e.left_on
  FROM derived.members AS m
  JOIN (
    SELECT x.person_key, x.household_key, x.kind, x.left_on FROM registry.exits AS x WHERE x.person_key IS NOT NULL
    UNION ALL
    SELECT n.person_key, x.household_key, x.kind, x.left_on
    FROM registry.exits AS x JOIN registry.members AS n ON n.household_key = x.household_key WHERE x.person_key IS NULL
  ) AS e ON e.person_key = m.person_key
  JOIN parameter AS p ON p.division = m.division AND p.area = m.area
  WHERE m.category IS NULL AND m.fanpin IS NULL AND e.left_on <= :as_of AND (
    -- 退出不满两年: on the day itself no longer; where the document sets no limit, always.
    (e.kind = 'exited' AND :exited_keep_monitoring AND (p.retain_exited_months IS NULL
      OR EXTRACT(YEAR FROM e.left_on) * 12 + EXTRACT(MONTH FROM e.left_on)
         > EXTRACT(YEAR FROM :as_of) * 12 + EXTRACT(MONTH FROM :as_of) - p.retain_exited_months))
    -- 一年内未获批: still on the day itself.
    OR (e.kind = 'rejected' AND (EXTRACT(YEAR FROM e.left_on) * 12 + EXTRACT(MONTH FROM e.left_on)) * 100 + EXTRACT(DAY FROM e.left_on)
      >= (EXTRACT(YEAR FROM :as_of) * 12 + EXTRACT(MONTH FROM :as_of) - p.retain_rejected_months) * 100 + EXTRACT(DAY FROM :as_of)))
  QUALIFY ROW_NUMBER() OVER (PARTITION BY m.person_key, m.household_key ORDER BY e.left_on DESC, e.kind) = 1
),
subject AS (
  -- What strikes a person is the person's; what strikes the household is one signal for all of it.
  SELECT person_key, household_key, kind, left_on FROM retained
  UNION ALL
  SELECT NULL, household_key, MIN(kind), MAX(left_on) FROM retained GROUP BY household_key
),
earlier AS (
  -- Without a delivery before, every card and every illness would look new.
  SELECT
    (SELECT COUNT(*) FROM feed.disability_previous) AS cards,
    (SELECT COUNT(*) FROM feed.medical_settlement_previous) AS settlements,
    (SELECT COUNT(*) FROM feed.school_enrolment_previous) AS students
),
trouble AS (
  SELECT i.person_key, i.household_key, 'illness' AS difficulty, i.source, i.feed_period, i.row_key
  FROM derived.newly_ill AS i CROSS JOIN earlier AS e WHERE e.settlements > 0
  UNION ALL
  SELECT c.person_key, c.household_key, 'disability', c.source, c.feed_period, c.row_key
  FROM derived.worse_cards AS c CROSS JOIN earlier AS e WHERE e.cards > 0
  UNION ALL
  SELECT person_key, household_key, 'stay', 'medical_settlement', feed_period, row_key FROM derived.high_stays
  UNION ALL
  SELECT person_key, household_key, 'job', source, feed_period, row_key FROM derived.lost_jobs
  UNION ALL
  SELECT n.person_key, n.household_key, 'schooling', 'school_enrolment', n.feed_period, n.row_key
  FROM derived.new_enrolments AS n CROSS JOIN earlier AS e WHERE e.students > 0
  UNION ALL
  SELECT person_key, household_key, 'care', 'care_assessment', feed_period, row_key FROM derived.care_losses
  UNION ALL
  SELECT NULL, m.household_key, 'disaster', 'disaster', d.feed_period, d.row_key
  FROM feed.disaster AS d JOIN derived.members AS m ON m.person_key = d.person_key WHERE d.event_on <= :as_of
  UNION ALL
  SELECT NULL, household_key, 'housing', 'house_safety', feed_period, row_key FROM derived.unsafe_houses
  UNION ALL
  SELECT NULL, m.household_key, 'death', d.source, d.feed_period, d.row_key
  FROM derived.deaths AS d JOIN registry.members AS m ON m.person_key = d.person_key WHERE m.died_on IS NULL OR m.died_on >= :first_day
  UNION ALL
  SELECT NULL, household_key, 'visit', NULL, NULL, NULL
  FROM registry.visits WHERE other_difficulty AND visited_on >= :first_day AND visited_on <= :as_of
  UNION ALL
  SELECT NULL, household_key, 'rehabilitation', 'rehabilitation', feed_period, row_key FROM derived.rehabilitation_burden
  UNION ALL
  SELECT NULL, household_key, 'relief', NULL, NULL, NULL FROM derived.repeated_relief WHERE household_key IS NOT NULL
),
hit AS (
  SELECT s.person_key, s.household_key, s.kind, s.left_on, t.difficulty, t.source, t.feed_period, t.row_key
  FROM subject AS s
  JOIN trouble AS t ON t.household_key = s.household_key AND t.person_key IS NOT DISTINCT FROM s.person_key
),
listed AS (
  SELECT person_key, household_key, CONCAT_WS(',',
    MAX(CASE WHEN difficulty = 'illness' THEN difficulty END), MAX(CASE WHEN difficulty = 'disability' THEN difficulty END),
    MAX(CASE WHEN difficulty = 'stay' THEN difficulty END), MAX(CASE WHEN difficulty = 'disaster' THEN difficulty END),
    MAX(CASE WHEN difficulty = 'housing' THEN difficulty END), MAX(CASE WHEN difficulty = 'job' THEN difficulty END),
    MAX(CASE WHEN difficulty = 'schooling' THEN difficulty END), MAX(CASE WHEN difficulty = 'death' THEN difficulty END),
    MAX(CASE WHEN difficulty = 'care' THEN difficulty END), MAX(CASE WHEN difficulty = 'visit' THEN difficulty END),
    MAX(CASE WHEN difficulty = 'rehabilitation' THEN difficulty END), MAX(CASE WHEN difficulty = 'relief' THEN difficulty END)) AS difficulties
  FROM hit
  GROUP BY person_key, household_key
)
SELECT h.person_key, h.household_key, h.kind, h.left_on, l.difficulties, h.source, h.feed_period, h.row_key
FROM hit AS h
JOIN listed AS l ON l.household_key = h.household_key AND l.person_key IS NOT DISTINCT FROM h.person_key

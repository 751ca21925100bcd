WITH proof AS (
  -- Every fact that shows a difficulty, with the row that says so (no row: the register itself).
  SELECT household_key, 'illness' AS difficulty, CAST(NULL AS VARCHAR) AS source, CAST(NULL AS VARCHAR) AS feed_period, CAST(NULL AS BIGINT) AS row_key
  FROM derived.members WHERE serious_illness
  UNION ALL
  SELECT m.household_key, 'illness', 'medical_settlement', CAST(NULL AS VARCHAR), CAST(NULL AS BIGINT)
  FROM derived.members AS m JOIN derived.medical AS s ON s.person_key = m.person_key WHERE s.listed_last IS NOT NULL
  UNION ALL
  SELECT household_key, 'disability', NULL, NULL, NULL FROM derived.members WHERE severe
  UNION ALL
  SELECT m.household_key, 'disability', 'disability', c.feed_period, c.row_key
  FROM derived.members AS m JOIN derived.valid_cards AS c ON c.person_key = m.person_key WHERE c.severe
  UNION ALL
  SELECT m.household_key, 'schooling', 'poor_student', s.feed_period, s.row_key
  FROM derived.members AS m JOIN feed.poor_student AS s ON s.person_key = m.person_key WHERE s.poverty_grade IN ('severe', 'poor')
  UNION ALL
  SELECT household_key, 'housing', NULL, NULL, NULL FROM registry.households WHERE house_grade IN ('C', 'D')
  UNION ALL
  SELECT m.household_key, 'employment', 'unemployment', u.feed_period, u.row_key
  FROM derived.members AS m JOIN feed.unemployment AS u ON u.person_key = m.person_key
  WHERE u.status = 'unemployed' AND m.birth_date <= :working_age_from_ago AND m.birth_date > :working_age_below_ago
  UNION ALL
  SELECT m.household_key, 'disaster', 'disaster', d.feed_period, d.row_key
  FROM derived.members AS m JOIN feed.disaster AS d ON d.person_key = m.person_key
  WHERE d.event_on <= :as_of AND (d.relieved_on IS NULL OR d.relieved_on > :as_of)
  UNION ALL
  SELECT household_key, 'care', NULL, NULL, NULL FROM derived.members WHERE self_care_failed_items >= :care_failed_items
),
counted AS (
  SELECT
    household_key,
    CAST(COUNT(DISTINCT difficulty) AS INTEGER) AS difficulty_count,
    MAX(CASE WHEN difficulty = 'illness' THEN difficulty END) AS illness,
    MAX(CASE WHEN difficulty = 'disability' THEN difficulty END) AS disability,
    MAX(CASE WHEN difficulty = 'schooling' THEN difficulty END) AS schooling,
    MAX(CASE WHEN difficulty = 'housing' THEN difficulty END) AS housing,
    MAX(CASE WHEN difficulty = 'employment' THEN difficulty END) AS employment,
    MAX(CASE WHEN difficulty = 'disaster' THEN difficulty END) AS disaster,
    MAX(CASE WHEN difficulty = 'care' THEN difficulty END) AS care
  FROM proof
  GROUP BY household_key
),
hit AS (
  SELECT c.*
  FROM counted AS c
  JOIN registry.households AS h ON h.household_key = c.household_key
  WHERE c.difficulty_count >= :difficulty_types AND (h.category IS NOT NULL OR h.register = 'WATCH')
),
shown AS (
  SELECT household_key, source, feed_period, row_key FROM proof WHERE row_key IS NOT NULL
  UNION ALL
  SELECT h.household_key, 'medical_settlement', s.feed_period, s.row_key
  FROM hit AS h
  JOIN derived.members AS m ON m.household_key = h.household_key
  JOIN feed.medical_settlement_history AS s ON s.person_key = m.person_key
  WHERE s.listed_disease AND s.settled_on >= :window_start AND s.settled_on <= :as_of
)
SELECT
  h.household_key,
  h.difficulty_count,
  CONCAT_WS(',', h.illness, h.disability, h.schooling, h.housing, h.employment, h.disaster, h.care) AS difficulties,
  s.source,
  s.feed_period,
  s.row_key
FROM hit AS h
LEFT JOIN shown AS s ON s.household_key = h.household_key

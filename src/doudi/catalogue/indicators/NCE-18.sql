WITH child AS (
  SELECT m.person_key, m.household_key, m.relation, m.age
  FROM derived.members AS m
  JOIN parameter AS p ON p.division = m.division AND p.area = m.area
  LEFT JOIN (SELECT DISTINCT person_key FROM registry.members WHERE category = 'TEKUN') AS tekun ON tekun.person_key = m.person_key
  LEFT JOIN (SELECT DISTINCT person_key FROM feed.child_welfare WHERE from_on <= :as_of) AS ward ON ward.person_key = m.person_key
  LEFT JOIN (SELECT DISTINCT person_key FROM derived.deaths) AS dead ON dead.person_key = m.person_key
  WHERE m.age < p.adult_age AND tekun.person_key IS NULL AND ward.person_key IS NULL AND dead.person_key IS NULL
),
parent AS (
  -- Parents of the same household, the dead among them too: the head and the spouse of the head's children, the parents of a head who is a child.
  SELECT DISTINCT c.household_key, c.person_key AS child_key, o.person_key AS parent_key, o.died_on, o.serious_illness, o.disability_grade, o.disability_type
  FROM child AS c
  JOIN registry.members AS o ON o.household_key = c.household_key AND o.person_key <> c.person_key
  WHERE (c.relation = 'child' AND o.relation IN ('head', 'spouse')) OR (c.relation IN ('head', 'sibling') AND o.relation = 'parent')
),
lacking AS (
  -- Every reason for which a parent cannot bring up a child, with the row that says so.
  SELECT person_key, 'dead' AS reason, source, feed_period, row_key FROM derived.deaths
  UNION ALL
  SELECT person_key, 'missing', 'residence', feed_period, row_key FROM feed.residence_history WHERE change = 'missing' AND changed_on <= :as_of
  UNION ALL
  SELECT person_key, 'jailed', 'detention', feed_period, row_key
  FROM feed.detention WHERE from_on <= :as_of AND (until_on IS NULL OR until_on >= :as_of)
  UNION ALL
  SELECT person_key, 'disabled', 'disability', feed_period, row_key FROM derived.valid_cards WHERE severe
  UNION ALL
  SELECT person_key, 'ill', 'serious_illness', feed_period, row_key
  FROM feed.serious_illness WHERE listed_disease AND diagnosed_on <= :as_of
  UNION ALL
  SELECT parent_key, 'dead', NULL, NULL, NULL FROM parent WHERE died_on <= :as_of
  UNION ALL
  SELECT parent_key, 'ill', NULL, NULL, NULL FROM parent WHERE serious_illness
  UNION ALL
  SELECT parent_key, 'disabled', NULL, NULL, NULL FROM parent
  WHERE disability_grade IN (:single_person_grades)
    OR (:single_person_grade3 AND disability_grade = 3 AND disability_type IN ('intellectual', 'mental'))
),
judged AS (
  SELECT p.child_key, p.household_key, p.parent_key, MAX(CASE WHEN l.person_key IS NOT NULL THEN 1 ELSE 0 END) AS unable
  FROM parent AS p
  LEFT JOIN lacking AS l ON l.person_key = p.parent_key
  GROUP BY p.child_key, p.household_key, p.parent_key
  UNION ALL
  -- Parents who live elsewhere: the register knows only whether they are able. A row for each, also where the figures are the same.
  SELECT c.person_key, c.household_key, NULL, CASE WHEN s.able THEN 0 ELSE 1 END
  FROM child AS c
  JOIN registry.supporters AS s ON s.person_key = c.person_key AND s.relation = 'parent'
),
counted AS (
  SELECT child_key, household_key, CAST(SUM(unable) AS INTEGER) AS unable, CAST(COUNT(*) AS INTEGER) AS parents
  FROM judged
  GROUP BY child_key, household_key
  -- Both: of a parent who is not on record nothing is known.
  HAVING COUNT(*) >= 2 AND SUM(unable) = COUNT(*)
),
reason AS (
  SELECT c.child_key, CONCAT_WS(',',
    MAX(CASE WHEN l.reason = 'dead' THEN l.reason END), MAX(CASE WHEN l.reason = 'missing' THEN l.reason END),
    MAX(CASE WHEN l.reason = 'jailed' THEN l.reason END), MAX(CASE WHEN l.reason = 'disabled' THEN l.reason END),
    MAX(CASE WHEN l.reason = 'ill' THEN l.reason END), MAX(CASE WHEN j.parent_key IS NULL THEN 'unable' END)) AS reasons
  FROM counted AS c
  JOIN judged AS j ON j.child_key = c.child_key
  LEFT JOIN lacking AS l ON l.person_key = j.parent_key
  GROUP BY c.child_key
)
SELECT DISTINCT
  c.child_key AS person_key,
  c.household_key,
  k.age,
  r.reasons,
  l.source,
  l.feed_period,
  l.row_key
FROM counted AS c
JOIN child AS k ON k.person_key = c.child_key AND k.household_key = c.household_key
JOIN reason AS r ON r.child_key = c.child_key
LEFT JOIN parent AS p ON p.child_key = c.child_key AND p.household_key = c.household_key
LEFT JOIN lacking AS l ON l.person_key = p.parent_key

WITH clue AS (
  SELECT person_key, CAST(NULL AS BIGINT) AS household_key, kind, received_on, 'hotline_clue' AS source, feed_period, row_key
  FROM feed.hotline_clue WHERE received_on <= :as_of AND person_key IS NOT NULL
  UNION ALL
  SELECT person_key, household_key, kind, received_on, NULL, NULL, NULL
  FROM registry.clues
  WHERE received_on <= :as_of AND LOWER(COALESCE(state, 'open')) <> 'closed' AND (person_key IS NOT NULL OR household_key IS NOT NULL)
),
known AS (
  SELECT
    m.person_key, MIN(m.household_key) AS household_key,
    MAX(CASE WHEN m.category IN ('DIBAO', 'TEKUN') OR h.category IN ('DIBAO', 'TEKUN') THEN 1 ELSE 0 END) AS covered,
    MIN(CASE WHEN m.died_on <= :as_of THEN m.died_on END) AS died_on
  FROM registry.members AS m
  JOIN registry.households AS h ON h.household_key = m.household_key
  GROUP BY m.person_key
)
SELECT
  c.person_key,
  COALESCE(k.household_key, c.household_key) AS household_key,
  c.kind,
  c.received_on,
  c.source,
  c.feed_period,
  c.row_key
FROM clue AS c
LEFT JOIN known AS k ON k.person_key = c.person_key
LEFT JOIN registry.households AS h ON h.household_key = c.household_key
WHERE COALESCE(k.covered, 0) = 0 AND k.died_on IS NULL AND COALESCE(h.category, '') NOT IN ('DIBAO', 'TEKUN')

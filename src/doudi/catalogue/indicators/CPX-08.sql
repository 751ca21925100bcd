WITH told AS (
  SELECT person_key, household_key, 'life' AS risk, reported_on AS told_on, CAST(NULL AS VARCHAR) AS source, CAST(NULL AS VARCHAR) AS feed_period, CAST(NULL AS BIGINT) AS row_key
  FROM registry.emergencies
  WHERE extreme_risk AND reported_on <= :as_of AND (completed_on IS NULL OR completed_on > :as_of)
  UNION ALL
  SELECT person_key, household_key, 'media', received_on, NULL, NULL, NULL
  FROM registry.clues
  WHERE kind = 'media' AND received_on <= :as_of AND LOWER(COALESCE(state, 'open')) <> 'closed'
  UNION ALL
  SELECT person_key, CAST(NULL AS BIGINT), 'media', received_on, 'hotline_clue', feed_period, row_key
  FROM feed.hotline_clue
  WHERE kind = 'media' AND received_on <= :as_of
),
concerned AS (
  SELECT
    t.person_key, COALESCE(t.household_key, m.household_key) AS household_key, t.risk, t.told_on, t.source, t.feed_period, t.row_key,
    CASE WHEN t.person_key IS NULL THEN t.household_key END AS home_key
  FROM told AS t
  LEFT JOIN (SELECT person_key, MIN(household_key) AS household_key FROM registry.members GROUP BY person_key) AS m
    ON m.person_key = t.person_key
  WHERE t.person_key IS NOT NULL OR t.household_key IS NOT NULL
)
SELECT
  person_key,
  household_key,
  CONCAT_WS(
    ',',
    MAX(CASE WHEN risk = 'life' THEN risk END) OVER (PARTITION BY person_key, home_key),
    MAX(CASE WHEN risk = 'media' THEN risk END) OVER (PARTITION BY person_key, home_key)
  ) AS risks,
  MIN(told_on) OVER (PARTITION BY person_key, home_key) AS told_on,
  source,
  feed_period,
  row_key
FROM concerned

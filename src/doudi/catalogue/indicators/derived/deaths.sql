-- Deaths that departments told of in the period's deliveries: one row per delivered row. died_on is the earliest date that any of them gives
-- (the police write the day on which the registration was struck off), cause what the health department wrote.
WITH told AS (
  SELECT person_key, died_on, CAST(NULL AS VARCHAR) AS cause, 'funeral' AS source, feed_period, row_key
  FROM feed.funeral WHERE died_on <= :as_of
  UNION ALL
  SELECT person_key, died_on, cause, 'death_record', feed_period, row_key FROM feed.death_record WHERE died_on <= :as_of
  UNION ALL
  SELECT person_key, changed_on, NULL, 'residence', feed_period, row_key FROM feed.residence WHERE change = 'death' AND changed_on <= :as_of
)
SELECT
  person_key,
  MIN(died_on) OVER (PARTITION BY person_key) AS died_on,
  MAX(cause) OVER (PARTITION BY person_key) AS cause,
  source,
  feed_period,
  row_key
FROM told

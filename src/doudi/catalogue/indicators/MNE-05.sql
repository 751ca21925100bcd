WITH owned AS (
  SELECT
    person_key, feed_period, row_key,
    CAST(COUNT(*) OVER (PARTITION BY person_key) AS INTEGER) AS vehicles,
    FIRST_VALUE(kind) OVER (PARTITION BY person_key ORDER BY registered_on DESC, row_key) AS kind,
    MAX(registered_on) OVER (PARTITION BY person_key) AS registered_on
  FROM feed.vehicle
  WHERE status = 'registered' AND registered_on <= :as_of AND use NOT IN ('livelihood', 'disability')
)
SELECT
  m.person_key, m.household_key, m.tested_category AS category, o.vehicles, o.kind, o.registered_on, 'vehicle' AS source, o.feed_period, o.row_key
FROM derived.means_tested AS m
JOIN owned AS o ON o.person_key = m.person_key

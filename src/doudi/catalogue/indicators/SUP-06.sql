WITH county AS (
  SELECT DISTINCT division FROM registry.households
),
expected AS (
  SELECT division, 'funeral' AS feed FROM county
  UNION ALL
  SELECT division, 'fanpin' AS feed FROM county
),
done AS (
  SELECT SUBSTRING(division, 1, 6) AS division, feed, MIN(received_on) AS received_on
  FROM registry.deliveries
  WHERE feed IN ('funeral', 'fanpin') AND received_on >= :first_day AND received_on <= :as_of AND accepted > 0
  GROUP BY SUBSTRING(division, 1, 6), feed
)
SELECT
  e.division,
  CONCAT(e.feed, '/', :period) AS matter,
  e.feed,
  :period AS month,
  CAST(:comparison_day AS INTEGER) AS due_day,
  d.received_on
FROM expected AS e
LEFT JOIN done AS d ON d.division = e.division AND d.feed = e.feed
WHERE d.division IS NULL OR EXTRACT(DAY FROM d.received_on) > :comparison_day

-- Members whose newest assessment, delivered in the period, shows more of the six items that they cannot do than the one before it (the register's
-- where no earlier one was delivered), or that they have no guardian.
WITH newest AS (
  SELECT person_key, failed_items, assessed_on, guardian_absent, feed_period, row_key
  FROM feed.care_assessment
  WHERE assessed_on <= :as_of
  QUALIFY ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY assessed_on DESC, row_key) = 1
),
earlier AS (
  SELECT h.person_key, h.failed_items
  FROM feed.care_assessment_history AS h
  JOIN newest AS n ON n.person_key = h.person_key AND h.assessed_on < n.assessed_on
  QUALIFY ROW_NUMBER() OVER (PARTITION BY h.person_key ORDER BY h.assessed_on DESC, h.feed_period DESC, h.row_key) = 1
)
SELECT
  m.person_key, m.household_key, m.category, m.fanpin, n.assessed_on,
  CASE WHEN n.failed_items > COALESCE(e.failed_items, m.self_care_failed_items) THEN n.failed_items END AS failed_items,
  COALESCE(e.failed_items, m.self_care_failed_items) AS previous_items,
  CASE WHEN n.guardian_absent THEN TRUE END AS guardian_absent,
  n.feed_period, n.row_key
FROM newest AS n
JOIN derived.members AS m ON m.person_key = n.person_key
LEFT JOIN earlier AS e ON e.person_key = n.person_key
WHERE n.failed_items > COALESCE(e.failed_items, m.self_care_failed_items) OR n.guardian_absent

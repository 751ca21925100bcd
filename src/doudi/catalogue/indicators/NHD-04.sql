SELECT
  m.household_key,
  MIN(d.event_on) OVER (PARTITION BY m.household_key) AS event_on,
  MIN(d.stage) OVER (PARTITION BY m.household_key) AS stage,
  MAX(d.loss) OVER (PARTITION BY m.household_key) AS loss,
  MAX(d.relieved_on) OVER (PARTITION BY m.household_key) AS relieved_on,
  'disaster' AS source,
  d.feed_period,
  d.row_key
FROM feed.disaster AS d
JOIN derived.members AS m ON m.person_key = d.person_key
JOIN (SELECT DISTINCT household_key FROM derived.members WHERE category IS NOT NULL OR fanpin IS NOT NULL) AS low
  ON low.household_key = m.household_key
WHERE d.event_on <= :as_of

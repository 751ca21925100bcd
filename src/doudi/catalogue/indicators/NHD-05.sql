SELECT
  u.household_key,
  MAX(u.grade) OVER (PARTITION BY u.household_key) AS grade,
  u.previous_grade,
  MAX(u.graded_on) OVER (PARTITION BY u.household_key) AS graded_on,
  CASE WHEN u.in_plan THEN TRUE END AS in_plan,
  'house_safety' AS source,
  u.feed_period,
  u.row_key
FROM derived.unsafe_houses AS u
JOIN (SELECT DISTINCT household_key FROM derived.members WHERE category IS NOT NULL OR fanpin IS NOT NULL) AS low
  ON low.household_key = u.household_key

SELECT
  r.household_key,
  r.self_paid,
  r.income_year,
  :rehabilitation_share AS share,
  'rehabilitation' AS source,
  r.feed_period,
  r.row_key
FROM derived.rehabilitation_burden AS r
JOIN (SELECT DISTINCT household_key FROM derived.members WHERE category IS NOT NULL OR fanpin IS NOT NULL) AS low
  ON low.household_key = r.household_key

SELECT
  person_key,
  household_key,
  MAX(registered_on) OVER (PARTITION BY person_key) AS registered_on,
  MAX(insured_until) OVER (PARTITION BY person_key) AS insured_until,
  source,
  feed_period,
  row_key
FROM derived.lost_jobs
WHERE category IS NOT NULL OR fanpin IS NOT NULL

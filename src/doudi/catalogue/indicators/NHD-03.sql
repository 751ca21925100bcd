SELECT
  person_key,
  household_key,
  CAST(COUNT(*) OVER (PARTITION BY person_key, household_key) AS INTEGER) AS stays,
  MAX(self_paid) OVER (PARTITION BY person_key, household_key) AS self_paid,
  standard,
  CAST(:stay_standards AS INTEGER) AS times,
  MAX(settled_on) OVER (PARTITION BY person_key, household_key) AS settled_on,
  'medical_settlement' AS source,
  feed_period,
  row_key
FROM derived.high_stays
WHERE category IS NOT NULL OR fanpin IS NOT NULL

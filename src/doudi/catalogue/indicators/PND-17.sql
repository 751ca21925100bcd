SELECT
  household_key,
  CAST(COUNT(*) OVER (PARTITION BY household_key) AS INTEGER) AS cases,
  emergency_no,
  amount,
  advance_paid_on
FROM registry.emergencies
WHERE household_key IS NOT NULL AND advance_paid_on <= :formalities_days_ago AND (completed_on IS NULL OR completed_on > :as_of)
QUALIFY ROW_NUMBER() OVER (PARTITION BY household_key ORDER BY advance_paid_on, emergency_no) = 1

SELECT
  household_key,
  CAST(COUNT(*) OVER (PARTITION BY household_key) AS INTEGER) AS alerts,
  alert_no,
  opened_on
FROM registry.alerts
WHERE household_key IS NOT NULL AND alert_class = 'NCE' AND opened_on <= :inform_days_ago
  AND closed_on IS NULL AND informed_on IS NULL
QUALIFY ROW_NUMBER() OVER (PARTITION BY household_key ORDER BY opened_on, alert_no) = 1

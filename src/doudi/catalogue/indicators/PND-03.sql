SELECT
  d.person_key,
  d.household_key,
  CONCAT_WS(',', d.by_disability, d.by_illness, d.by_age, d.by_student, d.by_minor) AS met,
  CAST(d.supplement * 100 AS BIGINT) AS supplement,
  :period AS pay_period
FROM derived.supplement_grounds AS d
LEFT JOIN registry.payments AS y
  ON y.person_key = d.person_key AND y.household_key = d.household_key AND y.item = 'supplement' AND y.period = :period
WHERE y.person_key IS NULL AND COALESCE(d.by_disability, d.by_illness, d.by_age, d.by_student, d.by_minor) IS NOT NULL

SELECT
  r.household_key,
  h.division,
  CONCAT('H', CAST(r.household_key AS VARCHAR)) AS matter,
  h.category
FROM registry.relatives AS r
JOIN registry.households AS h ON h.household_key = r.household_key
WHERE r.staff_relative AND (r.registered_on IS NULL OR r.registered_on > :as_of)
  AND (h.category IS NOT NULL OR EXISTS (
    SELECT 1 FROM registry.applications AS a
    WHERE a.household_key = r.household_key AND a.state IN ('SUBMITTED', 'REVIEWED')))

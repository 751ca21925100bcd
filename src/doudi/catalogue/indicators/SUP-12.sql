SELECT
  d.household_key,
  h.division,
  CONCAT(d.rule, '/', CAST(COALESCE(d.person_key, d.household_key) AS VARCHAR)) AS matter,
  d.rule,
  CAST(COUNT(*) AS INTEGER) AS defects,
  MIN(d.found_on) AS found_on,
  MIN(d.owner) AS owner
FROM registry.defects AS d
JOIN registry.households AS h ON h.household_key = d.household_key
WHERE d.found_on <= :as_of
GROUP BY d.household_key, h.division, d.person_key, d.rule

SELECT
  a.household_key,
  h.division,
  a.application_no AS matter,
  a.state,
  a.decided_on
FROM registry.applications AS a
JOIN registry.households AS h ON h.household_key = a.household_key
WHERE a.state IN ('APPROVED', 'REFUSED') AND a.decided_on >= :window_start AND a.decided_on <= :as_of AND NOT a.checked

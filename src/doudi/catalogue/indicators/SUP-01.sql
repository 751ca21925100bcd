SELECT
  a.household_key,
  h.division,
  a.application_no AS matter,
  a.state,
  a.submitted_on,
  a.step_due_on
FROM registry.applications AS a
JOIN registry.households AS h ON h.household_key = a.household_key
WHERE a.state IN ('SUBMITTED', 'REVIEWED') AND a.decided_on IS NULL AND a.step_due_on < :as_of

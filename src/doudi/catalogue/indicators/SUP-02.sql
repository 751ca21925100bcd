SELECT
  a.household_key,
  h.division,
  a.alert_no AS matter,
  a.indicator,
  a.opened_on,
  a.due_on
FROM registry.alerts AS a
JOIN registry.households AS h ON h.household_key = a.household_key
-- The deadline is for the check: an alert that has been visited is no longer late.
WHERE a.state IN ('NEW', 'ASSIGNED') AND a.closed_on IS NULL AND a.due_on < :as_of AND a.alert_class <> 'SUP'

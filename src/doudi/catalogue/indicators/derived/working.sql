-- Registered persons who are known to work on the last day of the period. The employment feed is newer than the register where it knows the
-- person; an employee's running social insurance says so by itself.
SELECT m.person_key, MIN(m.household_key) AS household_key
FROM derived.members AS m
LEFT JOIN feed.unemployment AS u ON u.person_key = m.person_key
LEFT JOIN (
  SELECT DISTINCT person_key FROM feed.employment
  WHERE kind = 'employee' AND insured_from <= :as_of AND (insured_until IS NULL OR insured_until >= :as_of)
) AS e ON e.person_key = m.person_key
WHERE u.status = 'employed' OR (m.employed AND u.person_key IS NULL) OR e.person_key IS NOT NULL
GROUP BY m.person_key

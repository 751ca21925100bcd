WITH worker AS (
  SELECT household_key, person_key, division, area
  FROM derived.members
  WHERE labour_ability IN ('full', 'partial') AND student IS NULL
    AND birth_date <= :working_age_from_ago AND birth_date > :working_age_below_ago
),
employed AS (
  SELECT household_key FROM derived.members WHERE employed
  UNION
  -- A job that ended within the days still counts: the family was not without work that long.
  SELECT m.household_key
  FROM feed.employment AS e JOIN derived.members AS m ON m.person_key = e.person_key
  WHERE e.insured_from <= :as_of AND (e.insured_until IS NULL OR e.insured_until > :jobless_days_ago)
  UNION
  SELECT m.household_key
  FROM feed.unemployment AS u JOIN derived.members AS m ON m.person_key = u.person_key
  WHERE u.status = 'employed' AND u.employed_on <= :as_of
  UNION
  SELECT m.household_key
  FROM feed.unemployment AS u JOIN derived.members AS m ON m.person_key = u.person_key
  WHERE u.status = 'unemployed' AND u.registered_on > :jobless_days_ago
),
helped AS (
  SELECT household_key FROM registry.assistance WHERE item LIKE 'J%' AND given_on >= :window_start AND given_on <= :as_of
)
SELECT
  h.household_key,
  h.category,
  CAST(COUNT(*) AS INTEGER) AS workers
FROM worker AS w
JOIN registry.households AS h ON h.household_key = w.household_key
LEFT JOIN employed AS e ON e.household_key = w.household_key
LEFT JOIN helped AS d ON d.household_key = w.household_key
WHERE h.category IN ('DIBAO', 'MARGIN', 'RIGID') AND h.category_from <= :jobless_days_ago
  AND e.household_key IS NULL AND d.household_key IS NULL
GROUP BY h.household_key, h.category

SELECT
  g.person_key,
  COALESCE(g.household_key, m.household_key) AS household_key,
  g.emergency_no,
  g.reported_on,
  SUBSTRING(g.place_division, 1, 6) AS place,
  SUBSTRING(g.home_division, 1, 6) AS home
FROM registry.emergencies AS g
LEFT JOIN (SELECT person_key, MIN(household_key) AS household_key FROM registry.members GROUP BY person_key) AS m ON m.person_key = g.person_key
LEFT JOIN registry.households AS h ON h.household_key = COALESCE(g.household_key, m.household_key)
WHERE g.reported_on >= :first_day AND g.reported_on <= :as_of AND (g.completed_on IS NULL OR g.completed_on > :as_of)
  AND SUBSTRING(g.place_division, 1, 6) <> SUBSTRING(g.home_division, 1, 6)
  -- Who lives where it happened is no stranger there, wherever registered.
  AND (h.division IS NULL OR h.division <> SUBSTRING(g.place_division, 1, 6))
  AND (g.person_key IS NOT NULL OR g.household_key IS NOT NULL)

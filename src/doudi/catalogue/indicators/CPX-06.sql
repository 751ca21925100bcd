WITH unclear AS (
  SELECT
    g.person_key, COALESCE(g.household_key, m.household_key) AS household_key, g.emergency_no, g.reported_on, g.place_division,
    CASE WHEN g.declined_by >= :declining_places THEN g.declined_by END AS declined_by,
    CASE WHEN NOT g.identity_known THEN TRUE END AS unknown
  FROM registry.emergencies AS g
  LEFT JOIN (SELECT person_key, MIN(household_key) AS household_key FROM registry.members GROUP BY person_key) AS m
    ON m.person_key = g.person_key
  WHERE g.reported_on <= :as_of AND (g.completed_on IS NULL OR g.completed_on > :as_of)
    AND (g.declined_by >= :declining_places OR NOT g.identity_known)
    AND (g.person_key IS NOT NULL OR g.household_key IS NOT NULL)
)
SELECT
  person_key,
  household_key,
  emergency_no,
  reported_on,
  SUBSTRING(place_division, 1, 6) AS place,
  declined_by,
  unknown
FROM unclear
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY person_key, CASE WHEN person_key IS NULL THEN household_key END ORDER BY reported_on, emergency_no
) = 1

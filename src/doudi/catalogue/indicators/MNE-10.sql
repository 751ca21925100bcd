WITH twice AS (
  SELECT
    person_key,
    CAST(COUNT(DISTINCT household_key) AS INTEGER) AS households,
    MIN(category) AS category,
    MAX(category) AS other_category
  FROM registry.members
  WHERE category IS NOT NULL AND (died_on IS NULL OR died_on > :as_of)
  GROUP BY person_key
  HAVING COUNT(DISTINCT household_key) > 1
)
SELECT t.person_key, m.household_key, t.households, t.category, t.other_category
FROM twice AS t
JOIN registry.members AS m ON m.person_key = t.person_key AND m.category IS NOT NULL

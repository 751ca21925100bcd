WITH member AS (
  -- Persons whom two officers found to be one (一人一次) count as one, each row under its own key.
  SELECT m.person_key, m.household_key, m.category, m.died_on, COALESCE(s.survivor_key, m.person_key) AS one_key
  FROM registry.members AS m
  LEFT JOIN registry.merged_persons AS s ON s.person_key = m.person_key
),
twice AS (
  SELECT
    one_key,
    CAST(COUNT(DISTINCT household_key) AS INTEGER) AS households,
    MIN(category) AS category,
    MAX(category) AS other_category
  FROM member
  WHERE category IS NOT NULL AND (died_on IS NULL OR died_on > :as_of)
  GROUP BY one_key
  HAVING COUNT(DISTINCT household_key) > 1
)
SELECT m.person_key, m.household_key, t.households, t.category, t.other_category
FROM twice AS t
JOIN member AS m ON m.one_key = t.one_key AND m.category IS NOT NULL

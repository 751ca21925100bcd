WITH dependent AS (
  SELECT
    m.person_key, m.household_key, m.category, m.self_care_failed_items,
    CASE WHEN m.age >= p.elder_age THEN 'elder' WHEN m.age < p.adult_age THEN 'minor'
         WHEN m.disability_grade IS NOT NULL THEN 'disabled' END AS kind
  FROM derived.members AS m
  JOIN parameter AS p ON p.division = m.division AND p.area = m.area
  WHERE m.category IS NOT NULL AND m.self_care_failed_items >= :care_failed_items
),
cared AS (
  SELECT person_key, household_key FROM registry.care_orders
  WHERE from_on <= :as_of AND (until_on IS NULL OR until_on >= :as_of)
  UNION ALL
  SELECT person_key, household_key FROM registry.assistance
  WHERE item IN ('S01', 'S02', 'S04', 'S05') AND given_on >= :first_day AND given_on <= :as_of
  UNION ALL
  -- 集中供养: the institution cares.
  SELECT person_key, household_key FROM registry.accounts WHERE institution
)
SELECT d.person_key, d.household_key, d.category, d.kind, CAST(d.self_care_failed_items AS INTEGER) AS failed_items
FROM dependent AS d
WHERE d.kind IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM cared AS c
  WHERE c.person_key = d.person_key OR (c.person_key IS NULL AND c.household_key = d.household_key)
)
QUALIFY ROW_NUMBER() OVER (PARTITION BY d.person_key ORDER BY d.household_key) = 1

WITH person AS (
  SELECT
    c.person_key, m.household_key, m.category, c.grade, c.feed_period, c.row_key,
    m.category = 'DIBAO'
      OR (m.category = 'MARGIN' AND p.disability_extension = 1 AND c.grade <= :living_extension_grade) AS living_due,
    c.grade IN (:single_person_grades) AS care_due
  FROM derived.valid_cards AS c
  JOIN derived.members AS m ON m.person_key = c.person_key
  JOIN parameter AS p ON p.division = m.division AND p.area = m.area
  WHERE m.category IS NOT NULL
),
paid AS (
  SELECT person_key, MAX(CASE WHEN kind = 'living' THEN 1 ELSE 0 END) AS living, MAX(CASE WHEN kind = 'care' THEN 1 ELSE 0 END) AS care
  FROM feed.disability_allowance
  WHERE from_on <= :as_of
  GROUP BY person_key
),
short AS (
  SELECT
    d.*,
    CASE WHEN d.living_due AND COALESCE(a.living, 0) = 0 THEN 'living' END AS no_living,
    CASE WHEN d.care_due AND COALESCE(a.care, 0) = 0 THEN 'care' END AS no_care
  FROM person AS d
  LEFT JOIN paid AS a ON a.person_key = d.person_key
)
SELECT
  person_key,
  household_key,
  category,
  CAST(grade AS INTEGER) AS grade,
  CONCAT_WS(',', no_living, no_care) AS missing,
  'disability' AS source,
  feed_period,
  row_key
FROM short
WHERE no_living IS NOT NULL OR no_care IS NOT NULL
QUALIFY ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY CASE WHEN no_living IS NULL THEN 1 ELSE 0 END, household_key) = 1

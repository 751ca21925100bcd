WITH due AS (
  SELECT
    m.person_key, m.household_key, p.supplement,
    CASE WHEN m.disability_grade IN (:single_person_grades) THEN 'severe_disability' END AS by_disability,
    CASE WHEN m.serious_illness
              AND (m.illness_from IS NULL OR m.illness_from <= :first_day) THEN 'serious_illness' END AS by_illness,
    CASE WHEN m.birth_date <= :supplement_age_ago THEN 'age_ge_70' END AS by_age,
    CASE WHEN m.student IN ('undergraduate', 'postgraduate')
         THEN 'enrolled_university' END AS by_student,
    CASE WHEN m.birth_date > :minor_below_ago THEN 'minor' END AS by_minor
  FROM registry.members AS m
  JOIN registry.households AS h ON h.household_key = m.household_key
  JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  WHERE m.category = 'DIBAO' AND m.category_from <= :first_day AND m.birth_date <= :first_day
    AND (m.died_on IS NULL OR m.died_on >= :first_day) AND p.supplement > 0
)
SELECT
  d.person_key,
  d.household_key,
  CONCAT_WS(',', d.by_disability, d.by_illness, d.by_age, d.by_student, d.by_minor) AS met,
  CAST(d.supplement * 100 AS BIGINT) AS supplement,
  :period AS pay_period
FROM due AS d
LEFT JOIN registry.payments AS y
  ON y.person_key = d.person_key AND y.household_key = d.household_key AND y.item = 'supplement' AND y.period = :period
WHERE y.person_key IS NULL AND COALESCE(d.by_disability, d.by_illness, d.by_age, d.by_student, d.by_minor) IS NOT NULL

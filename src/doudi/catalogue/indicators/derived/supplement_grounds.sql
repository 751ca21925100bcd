-- 低保 members and on which grounds their supplement is due (分类施保) on the first of the month, NULL where the locality has no such
-- ground or the person does not meet it. supplement: yuan a month. age: completed years on that day.
WITH person AS (
  SELECT
    m.*, p.supplement, p.supplement_age, p.adult_age,
    EXTRACT(YEAR FROM :first_day) - EXTRACT(YEAR FROM m.birth_date)
      - CASE WHEN EXTRACT(MONTH FROM m.birth_date) * 100 + EXTRACT(DAY FROM m.birth_date)
                  > EXTRACT(MONTH FROM :first_day) * 100 + EXTRACT(DAY FROM :first_day) THEN 1 ELSE 0 END AS age
  FROM registry.members AS m
  JOIN registry.households AS h ON h.household_key = m.household_key
  JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  WHERE m.category = 'DIBAO' AND m.category_from <= :first_day AND m.birth_date <= :first_day
    AND (m.died_on IS NULL OR m.died_on >= :first_day) AND p.supplement > 0
)
SELECT
  person_key, household_key, supplement, CAST(age AS INTEGER) AS age, adult_age, student,
  CASE WHEN 'severe_disability' IN (:supplement_groups) AND disability_grade IN (:single_person_grades) THEN 'severe_disability' END AS by_disability,
  CASE WHEN 'serious_illness' IN (:supplement_groups) AND serious_illness AND (illness_from IS NULL OR illness_from <= :first_day)
       THEN 'serious_illness' END AS by_illness,
  CASE WHEN 'age' IN (:supplement_groups) AND age >= supplement_age THEN 'age' END AS by_age,
  CASE WHEN 'university_student' IN (:supplement_groups) AND student IN ('undergraduate', 'postgraduate')
       THEN 'university_student' END AS by_student,
  CASE WHEN 'minor' IN (:supplement_groups) AND age < adult_age THEN 'minor' END AS by_minor
FROM person

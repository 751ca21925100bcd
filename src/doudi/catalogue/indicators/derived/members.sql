-- Living members with their household: one row per active membership.
-- A person who dies in the period still counts up to the day of death; one who died before it no longer does.
SELECT
  m.person_key, m.household_key, m.relation, m.sex, m.birth_date, m.category, m.route, m.category_from, m.fanpin,
  m.disability_grade, m.disability_type,
  m.disability_grade IN (:single_person_grades)
    OR (:single_person_grade3 AND m.disability_grade = 3 AND m.disability_type IN ('intellectual', 'mental')) AS severe,
  m.serious_illness, m.illness_from, m.student, m.labour_ability, m.self_care_failed_items,
  -- Completed years on the last day of the period, which ends a month: the day of birth does not matter, not even 29 February.
  CAST(EXTRACT(YEAR FROM :as_of) - EXTRACT(YEAR FROM m.birth_date)
    - CASE WHEN EXTRACT(MONTH FROM m.birth_date) > EXTRACT(MONTH FROM :as_of) THEN 1 ELSE 0 END AS INTEGER) AS age,
  m.employed, m.wage, m.income_as_of,
  h.division, h.area, h.register, h.category AS household_category, h.category_from AS household_category_from
FROM registry.members AS m
JOIN registry.households AS h ON h.household_key = m.household_key
WHERE m.died_on IS NULL OR m.died_on > :as_of

-- Houses of households of the register whose safety grade became C or D, or went from C to D, since the delivery before (where that
-- does not have the house: their worst house there, else the register's grade). A renovated house is safe again.
WITH graded AS (
  SELECT
    m.household_key, s.grade, COALESCE(p.grade, o.grade, h.house_grade) AS previous_grade, s.graded_on, s.only_house, s.in_plan, s.feed_period, s.row_key
  FROM feed.house_safety AS s
  JOIN (SELECT person_key, MIN(household_key) AS household_key FROM derived.members GROUP BY person_key) AS m ON m.person_key = s.person_key
  JOIN registry.households AS h ON h.household_key = m.household_key
  LEFT JOIN feed.house_safety_previous AS p ON p.row_key = s.row_key
  LEFT JOIN (SELECT person_key, MAX(grade) AS grade FROM feed.house_safety_previous WHERE grade <> 'none' GROUP BY person_key) AS o
    ON o.person_key = s.person_key
  WHERE s.grade IN ('C', 'D') AND s.graded_on <= :as_of AND (s.done_on IS NULL OR s.done_on > :as_of)
)
SELECT * FROM graded
WHERE previous_grade IS NULL OR previous_grade NOT IN ('C', 'D') OR (previous_grade = 'C' AND grade = 'D')

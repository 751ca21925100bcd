WITH house AS (
  SELECT
    m.household_key, s.grade, s.graded_on, s.feed_period, s.row_key,
    m.category, m.fanpin
  FROM feed.house_safety AS s
  JOIN derived.members AS m ON m.person_key = s.person_key
  WHERE m.area = 'rural' AND s.grade IN (:rural_house_grades) AND (s.only_house OR s.grade = 'none' OR NOT :rural_house_only)
    AND NOT s.in_plan AND s.done_on IS NULL AND s.graded_on <= :as_of
),
helped AS (
  SELECT household_key FROM registry.assistance WHERE item IN ('H04', 'D05') AND given_on >= :window_start AND given_on <= :as_of
),
home AS (
  SELECT household_key, MIN(fanpin) AS fanpin FROM derived.members GROUP BY household_key
)
SELECT
  h.household_key,
  COALESCE(r.category, h.category) AS category,
  h.grade,
  h.graded_on,
  'house_safety' AS source,
  h.feed_period,
  h.row_key
FROM house AS h
JOIN registry.households AS r ON r.household_key = h.household_key
JOIN home AS f ON f.household_key = h.household_key
LEFT JOIN helped AS d ON d.household_key = h.household_key
WHERE d.household_key IS NULL
  AND (COALESCE(r.category, h.category) IN ('DIBAO', 'TEKUN', 'MARGIN', 'RIGID')
       OR (f.fanpin IS NOT NULL AND :rural_house_covers_fanpin = 1))

WITH holder AS (
  SELECT household_key, MIN(category_from) AS category_from
  FROM (
    SELECT household_key, category_from FROM registry.households WHERE category IN ('DIBAO', 'TEKUN')
    UNION ALL
    -- 单人保 and 参照单人户: the benefit belongs to one member of a family that has none as a whole.
    SELECT household_key, category_from FROM derived.members
    WHERE category IN ('DIBAO', 'TEKUN') AND COALESCE(household_category, '') NOT IN ('DIBAO', 'TEKUN')
  ) AS benefit
  WHERE category_from < :first_day
  GROUP BY household_key
),
alive AS (
  -- Death ends the benefit from the next month: whoever lived on the first day is paid.
  SELECT DISTINCT household_key FROM registry.members WHERE died_on IS NULL OR died_on >= :first_day
),
line AS (
  SELECT
    y.household_key,
    MAX(CASE WHEN y.result = 'paid'
              AND (y.paid_on < :first_day OR (y.paid_on <= :as_of AND EXTRACT(DAY FROM y.paid_on) <= p.pay_day))
             THEN 1 ELSE 0 END) AS in_time,
    MIN(CASE WHEN y.result = 'paid' THEN y.paid_on END) AS paid_on,
    MAX(CASE WHEN y.result = 'returned' THEN 1 ELSE 0 END) AS returned
  FROM registry.payments AS y
  JOIN registry.households AS h ON h.household_key = y.household_key
  JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  WHERE y.period = :period AND y.item IN ('dibao', 'tekun')
  GROUP BY y.household_key
)
SELECT
  h.household_key,
  CAST(p.pay_day AS INTEGER) AS pay_day,
  h.monthly_benefit,
  l.paid_on,
  CASE WHEN l.returned = 1 AND l.paid_on IS NULL THEN :period END AS returned_in,
  :period AS pay_period
FROM holder AS b
JOIN alive AS a ON a.household_key = b.household_key
JOIN registry.households AS h ON h.household_key = b.household_key
JOIN parameter AS p ON p.division = h.division AND p.area = h.area
LEFT JOIN line AS l ON l.household_key = h.household_key
WHERE p.pay_day IS NOT NULL AND COALESCE(l.in_time, 0) = 0

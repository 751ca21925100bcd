WITH loss AS (
  SELECT household_key, CAST(SUM(lost_wage) AS BIGINT) AS lost_wage FROM derived.lost_wages GROUP BY household_key
),
judged AS (
  SELECT r.*, l.lost_wage, r.net_income - COALESCE(l.lost_wage, 0) AS income
  FROM derived.recomputed_income AS r
  JOIN registry.households AS h ON h.household_key = r.household_key AND h.register = 'ACTIVE'
  LEFT JOIN loss AS l ON l.household_key = r.household_key
  WHERE r.category = 'MARGIN'
)
SELECT
  j.household_key,
  j.income_year,
  j.lost_wage,
  j.member_count,
  CAST(FLOOR(j.income / (j.member_count * 12)) AS BIGINT) AS per_capita_month,
  CAST(ROUND(j.dibao_standard * 100) AS BIGINT) AS standard,
  CASE WHEN w.row_key IS NOT NULL THEN 'unemployment' END AS source,
  w.feed_period,
  w.row_key
FROM judged AS j
LEFT JOIN derived.lost_wages AS w ON w.household_key = j.household_key
WHERE j.income < j.dibao_line

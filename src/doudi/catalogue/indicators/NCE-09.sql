WITH covered AS (
  SELECT
    household_key,
    CAST(SUM(CASE WHEN category = 'DIBAO' AND route IN ('single_person', 'single_household') THEN 1 ELSE 0 END) AS INTEGER) AS single_members,
    CAST(SUM(CASE WHEN COALESCE(category, '') NOT IN ('DIBAO', 'TEKUN') THEN 1 ELSE 0 END) AS INTEGER) AS uncovered
  FROM derived.members
  GROUP BY household_key
),
loss AS (
  SELECT household_key, CAST(SUM(lost_wage) AS BIGINT) AS lost_wage FROM derived.lost_wages GROUP BY household_key
),
judged AS (
  SELECT
    h.household_key, c.single_members, c.uncovered, h.member_count, p.dibao_standard, l.lost_wage,
    -- Where jobs are known to have changed, the recomputed figure counts; where it cannot be computed nothing is decided.
    CASE WHEN r.household_key IS NOT NULL THEN r.net_income ELSE h.income_year END - COALESCE(l.lost_wage, 0) AS net_income
  FROM covered AS c
  JOIN registry.households AS h ON h.household_key = c.household_key
  JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  LEFT JOIN derived.recomputed_income AS r ON r.household_key = h.household_key
  LEFT JOIN loss AS l ON l.household_key = h.household_key
  WHERE c.single_members > 0 AND c.uncovered > 0 AND h.member_count > 0
)
SELECT
  j.household_key,
  j.single_members,
  j.uncovered,
  j.member_count,
  CAST(j.net_income AS BIGINT) AS net_income,
  CAST(ROUND(j.dibao_standard * 100) AS BIGINT) AS standard,
  CASE WHEN w.row_key IS NOT NULL THEN 'unemployment' END AS source,
  w.feed_period,
  w.row_key
FROM judged AS j
LEFT JOIN derived.lost_wages AS w ON w.household_key = j.household_key
WHERE j.net_income < j.dibao_standard * 1200 * j.member_count

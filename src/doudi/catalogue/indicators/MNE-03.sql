WITH over_line AS (
  SELECT
    r.*,
    CASE WHEN r.category = 'DIBAO' THEN r.dibao_line ELSE r.dibao_line * r.margin_multiplier END AS line,
    CASE WHEN r.category = 'DIBAO' THEN r.dibao_standard ELSE r.dibao_standard * r.margin_multiplier END AS line_monthly
  FROM derived.recomputed_income AS r
  WHERE NOT r.over_by_new_job
)
SELECT
  o.household_key,
  o.category,
  o.income_year,
  CAST(o.wage_gain AS BIGINT) AS wage_gain,
  CAST(ROUND(o.cost) AS BIGINT) AS cost,
  o.member_count,
  CAST(ROUND(o.net_income / (o.member_count * 12)) AS BIGINT) AS per_capita_month,
  CAST(ROUND(o.line_monthly * 100) AS BIGINT) AS line_monthly,
  CASE WHEN j.row_key IS NOT NULL THEN 'unemployment' END AS source,
  j.feed_period,
  j.row_key
FROM over_line AS o
LEFT JOIN derived.new_jobs AS j ON j.household_key = o.household_key AND o.new_jobs > 0
WHERE o.net_income >= o.line
  AND (o.category = 'MARGIN' OR EXISTS (
    SELECT 1 FROM derived.members AS m
    WHERE m.household_key = o.household_key AND m.category = 'DIBAO' AND COALESCE(m.route, 'whole_household') = 'whole_household'))

SELECT
  r.household_key,
  r.income_year,
  CAST(r.recent_wage_gain AS BIGINT) AS wage_gain,
  CAST(ROUND(r.recent_cost) AS BIGINT) AS cost,
  r.member_count,
  CAST(ROUND(r.recent_net_income / (r.member_count * 12)) AS BIGINT) AS per_capita_month,
  CAST(ROUND(r.dibao_standard * 100) AS BIGINT) AS line_monthly,
  r.recent_employed_on AS employed_on,
  CAST(r.taper_max_months AS INTEGER) AS taper_max_months,
  'unemployment' AS source,
  j.feed_period,
  j.row_key
FROM derived.recomputed_income AS r
JOIN derived.new_jobs AS j ON j.household_key = r.household_key AND j.employed_on > :new_job_months_ago
WHERE r.over_by_new_job
  AND EXISTS (
    SELECT 1 FROM derived.members AS m
    WHERE m.household_key = r.household_key AND m.category = 'DIBAO' AND COALESCE(m.route, 'whole_household') = 'whole_household')

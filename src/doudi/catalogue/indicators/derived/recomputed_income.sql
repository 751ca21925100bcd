-- Household income with the jobs that the employment feed knows, one row per 低保 or 低保边缘 household. 分 a year throughout.
-- A job's annual wage replaces the member's registered wage. The employment cost of employed 低保 members (a share of the urban 低保 standard of the
-- place of work, at most the wage itself) is deducted; where its ratio or that standard is not known the net figures are NULL: never guessed.
WITH worker AS (
  SELECT
    m.household_key,
    m.person_key,
    m.category,
    m.wage AS registered_wage,
    COALESCE(m.employed, FALSE) AS registered_job,
    u.employed_on,
    CASE WHEN u.employed_on > :new_job_months_ago
           OR m.income_as_of IS NULL OR u.employed_on > m.income_as_of OR NOT COALESCE(m.employed, FALSE)
         THEN u.monthly_wage * 12 END AS new_wage,
    u.employed_on > :new_job_months_ago AS is_recent,
    u.feed_period,
    u.row_key,
    w.dibao_standard AS work_standard,
    p.job_cost_ratio
  FROM derived.members AS m
  LEFT JOIN feed.unemployment AS u
    ON u.person_key = m.person_key AND u.status = 'employed' AND u.employed_on <= :as_of AND u.monthly_wage IS NOT NULL
  LEFT JOIN parameter AS p ON p.division = m.division AND p.area = m.area
  LEFT JOIN parameter AS w
    ON w.division = SUBSTRING(COALESCE(u.workplace_division, m.division), 1, 6) AND w.area = 'urban'
  WHERE m.household_category IN ('DIBAO', 'MARGIN') AND (COALESCE(m.employed, FALSE) OR u.person_key IS NOT NULL)
),
priced AS (
  SELECT
    *,
    COALESCE(registered_wage, 0) AS old_wage,
    CASE WHEN category = 'DIBAO' AND COALESCE(job_cost_ratio, 1) > 0 THEN CAST(work_standard * job_cost_ratio * 1200 AS DECIMAL(18, 4)) ELSE 0 END AS job_cost
  FROM worker
),
summed AS (
  SELECT
    household_key,
    CAST(COALESCE(SUM(CASE WHEN new_wage IS NOT NULL THEN new_wage - old_wage END), 0) AS BIGINT) AS wage_gain,
    CAST(COALESCE(SUM(CASE WHEN new_wage IS NOT NULL AND is_recent THEN new_wage - old_wage END), 0) AS BIGINT) AS recent_wage_gain,
    CASE WHEN COUNT(*) = COUNT(job_cost) THEN SUM(LEAST(job_cost, COALESCE(new_wage, old_wage))) END AS cost,
    CASE WHEN COUNT(*) = COUNT(job_cost)
         THEN SUM(LEAST(job_cost, CASE WHEN is_recent AND new_wage IS NOT NULL THEN new_wage ELSE old_wage END)) END AS recent_cost,
    CASE WHEN COUNT(*) = COUNT(job_cost) THEN SUM(CASE WHEN registered_job THEN LEAST(job_cost, old_wage) ELSE 0 END) END AS registered_cost,
    MIN(CASE WHEN is_recent AND new_wage IS NOT NULL THEN employed_on END) AS recent_employed_on,
    CAST(COUNT(new_wage) AS INTEGER) AS new_jobs
  FROM priced
  GROUP BY household_key
),
household AS (
  SELECT
    h.household_key, h.category, h.member_count, h.income_year, p.margin_multiplier, p.taper_max_months,
    CAST(p.dibao_standard * 1200 * h.member_count AS DECIMAL(18, 4)) AS dibao_line,
    p.dibao_standard
  FROM registry.households AS h
  JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  WHERE h.category IN ('DIBAO', 'MARGIN') AND h.member_count > 0
),
netted AS (
  SELECT
    h.*,
    COALESCE(s.wage_gain, 0) AS wage_gain,
    COALESCE(s.recent_wage_gain, 0) AS recent_wage_gain,
    CASE WHEN s.household_key IS NULL THEN 0 ELSE s.cost END AS cost,
    CASE WHEN s.household_key IS NULL THEN 0 ELSE s.recent_cost END AS recent_cost,
    CASE WHEN s.household_key IS NULL THEN 0 ELSE s.registered_cost END AS registered_cost,
    s.recent_employed_on,
    COALESCE(s.new_jobs, 0) AS new_jobs
  FROM household AS h
  LEFT JOIN summed AS s ON s.household_key = h.household_key
)
SELECT
  *,
  income_year + wage_gain - cost AS net_income,
  income_year + recent_wage_gain - recent_cost AS recent_net_income,
  -- The taper belongs to 低保 families whose income passes the line because of the new job: the register's own figure is below it.
  category = 'DIBAO' AND taper_max_months IS NOT NULL AND recent_employed_on IS NOT NULL
    AND income_year - registered_cost < dibao_line
    AND income_year + recent_wage_gain - recent_cost >= dibao_line AS over_by_new_job
FROM netted

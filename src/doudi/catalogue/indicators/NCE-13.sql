WITH span AS (
  -- The tax office may be a month behind: the newest month that the period's delivery speaks of is the last one compared.
  SELECT
    COALESCE(MAX(CASE WHEN feed_period = :period THEN month_no END), EXTRACT(YEAR FROM :as_of) * 12 + EXTRACT(MONTH FROM :as_of)) AS newest,
    MIN(month_no) AS oldest
  FROM derived.monthly_wages
),
wage AS (
  SELECT
    m.household_key,
    CAST(SUM(CASE WHEN w.month_no > s.newest - :recent_income_months THEN w.income ELSE 0 END) AS BIGINT) AS recent,
    CAST(SUM(CASE WHEN w.month_no <= s.newest - :recent_income_months THEN w.income ELSE 0 END) AS BIGINT) AS base
  FROM derived.monthly_wages AS w
  CROSS JOIN span AS s
  JOIN (SELECT person_key, MIN(household_key) AS household_key FROM derived.members GROUP BY person_key) AS m ON m.person_key = w.person_key
  WHERE w.month_no <= s.newest AND w.month_no > s.newest - :recent_income_months - :base_income_months
    -- Deliveries that do not reach back to the first month compared would show a fall that is none.
    AND s.oldest <= s.newest - :recent_income_months - :base_income_months + 1
  GROUP BY m.household_key
),
other AS (
  -- What the register knows beside wages is taken to go on as it is, 分 a year.
  SELECT m.household_key, CAST(SUM(COALESCE(m.wage, 0)) AS BIGINT) AS registered_wages FROM derived.members AS m GROUP BY m.household_key
),
judged AS (
  SELECT
    h.household_key, h.member_count, p.dibao_standard, p.margin_multiplier,
    CAST(w.recent AS DECIMAL(18, 4)) / :recent_income_months AS recent_wage,
    CAST(w.base AS DECIMAL(18, 4)) / :base_income_months AS base_wage,
    CAST(GREATEST(h.income_year - o.registered_wages, 0) AS DECIMAL(18, 4)) / 12 AS other_income
  FROM wage AS w
  JOIN registry.households AS h ON h.household_key = w.household_key
  JOIN other AS o ON o.household_key = w.household_key
  JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  WHERE w.base > 0 AND h.member_count > 0 AND COALESCE(h.category, '') NOT IN ('DIBAO', 'TEKUN')
),
fallen AS (
  SELECT * FROM judged
  WHERE ROUND(recent_wage + other_income, 4) <= ROUND((1 - :income_drop) * (base_wage + other_income), 4)
    AND ROUND((recent_wage + other_income) / member_count, 4) < dibao_standard * margin_multiplier * 100
),
proof AS (
  SELECT m.household_key, w.feed_period, w.row_key
  FROM derived.monthly_wages AS w
  CROSS JOIN span AS s
  JOIN derived.members AS m ON m.person_key = w.person_key
  WHERE w.month_no <= s.newest AND w.month_no > s.newest - :recent_income_months - :base_income_months
)
SELECT
  f.household_key,
  CAST(ROUND(f.base_wage + f.other_income) AS BIGINT) AS base_income,
  CAST(ROUND(f.recent_wage + f.other_income) AS BIGINT) AS recent_income,
  :income_drop AS fall,
  CAST(FLOOR(ROUND((f.recent_wage + f.other_income) / f.member_count, 4)) AS BIGINT) AS per_capita_month,
  CAST(ROUND(f.dibao_standard * f.margin_multiplier * 100) AS BIGINT) AS line,
  CAST(:recent_income_months AS INTEGER) AS recent_months,
  CAST(:base_income_months AS INTEGER) AS base_months,
  'wage_income' AS source,
  p.feed_period,
  p.row_key
FROM fallen AS f
JOIN proof AS p ON p.household_key = f.household_key

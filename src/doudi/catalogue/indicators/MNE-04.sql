-- What pensions bring beyond what the register knows, 分 a month: of those that began after the last declaration all, of the others what is
-- above the declared transfer income (an upper bound of any declared pension: support from relatives is in it too).
WITH drawn AS (
  SELECT
    m.person_key, m.household_key, m.tested_category AS category, m.division, m.area, r.transfer_net,
    n.kind, n.started_on, n.monthly, n.feed_period, n.row_key,
    CASE WHEN n.started_on > m.income_as_of THEN 0 ELSE n.monthly END AS declarable
  FROM derived.means_tested AS m
  JOIN registry.members AS r ON r.person_key = m.person_key AND r.household_key = m.household_key
  JOIN feed.pension AS n ON n.person_key = m.person_key
  WHERE n.started_on <= :as_of AND (n.kind = 'employee' OR :resident_pension_counted = 1)
),
summed AS (
  SELECT
    person_key, household_key, category, division, area, feed_period, row_key,
    FIRST_VALUE(kind) OVER (PARTITION BY person_key, household_key ORDER BY started_on DESC, row_key) AS kind,
    MAX(started_on) OVER (PARTITION BY person_key, household_key) AS started_on,
    CAST(SUM(monthly) OVER (PARTITION BY person_key, household_key) AS BIGINT) AS monthly,
    LEAST(
      CAST(SUM(declarable) OVER (PARTITION BY person_key, household_key) AS BIGINT), CAST(ROUND(COALESCE(transfer_net, 0) / 12.0) AS BIGINT)
    ) AS declared
  FROM drawn
)
SELECT
  s.person_key, s.household_key, s.category, s.kind, s.monthly, s.started_on, s.declared, s.monthly - s.declared AS gain,
  CAST(ROUND(p.dibao_standard * 100) AS BIGINT) AS standard, :pension_gain AS share, 'pension' AS source, s.feed_period, s.row_key
FROM summed AS s
JOIN parameter AS p ON p.division = s.division AND p.area = s.area
WHERE s.monthly - s.declared > p.dibao_standard * 100 * :pension_gain

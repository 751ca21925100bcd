-- What a pension brings beyond what the register knows: of one that began after the last declaration all of it, else what is above the
-- declared transfer income (an upper bound of any declared pension: support from relatives is in it too). 分 a month.
WITH drawn AS (
  SELECT
    person_key, feed_period, row_key,
    FIRST_VALUE(kind) OVER (PARTITION BY person_key ORDER BY started_on DESC, row_key) AS kind,
    CAST(SUM(monthly) OVER (PARTITION BY person_key) AS BIGINT) AS monthly,
    MAX(started_on) OVER (PARTITION BY person_key) AS last_started_on
  FROM feed.pension
  WHERE started_on <= :as_of AND (kind = 'employee' OR :resident_pension_counted = 1)
),
compared AS (
  SELECT
    m.person_key, m.household_key, m.tested_category AS category, d.kind, d.monthly, d.last_started_on AS started_on, m.income_as_of,
    CAST(ROUND(CASE WHEN d.last_started_on > m.income_as_of THEN 0 ELSE COALESCE(r.transfer_net, 0) / 12.0 END) AS BIGINT) AS declared,
    p.dibao_standard, d.feed_period, d.row_key
  FROM derived.means_tested AS m
  JOIN registry.members AS r ON r.person_key = m.person_key AND r.household_key = m.household_key
  JOIN drawn AS d ON d.person_key = m.person_key
  JOIN parameter AS p ON p.division = m.division AND p.area = m.area
)
SELECT
  person_key, household_key, category, kind, monthly, started_on, declared, monthly - declared AS gain,
  CAST(ROUND(dibao_standard * 100) AS BIGINT) AS standard, :pension_gain AS share,
  'pension' AS source, feed_period, row_key
FROM compared
WHERE monthly - declared > dibao_standard * 100 * :pension_gain

WITH payment AS (
  -- Each payment once, as its latest delivery has it.
  SELECT person_key, kind, paid_on, amount, feed_period, row_key
  FROM feed.compensation_history
  QUALIFY ROW_NUMBER() OVER (PARTITION BY row_key ORDER BY feed_period DESC) = 1
),
member AS (
  SELECT person_key, MIN(household_key) AS household_key
  FROM registry.members
  WHERE died_on IS NULL OR died_on > :as_of
  GROUP BY person_key
),
received AS (
  SELECT
    m.household_key, c.feed_period, c.row_key,
    CAST(SUM(c.amount) OVER (PARTITION BY m.household_key) AS BIGINT) AS amount,
    MAX(c.paid_on) OVER (PARTITION BY m.household_key) AS paid_on
  FROM payment AS c
  JOIN member AS m ON m.person_key = c.person_key
  WHERE c.paid_on >= :window_start AND c.paid_on <= :as_of
)
SELECT
  r.household_key,
  r.amount,
  r.paid_on,
  h.member_count,
  CAST(ROUND(p.dibao_standard * 100) AS BIGINT) AS standard,
  CAST(:compensation_standards AS INTEGER) AS times,
  CAST(ROUND(p.dibao_standard * 100 * :compensation_standards * h.member_count) AS BIGINT) AS amount_limit,
  'compensation' AS source,
  r.feed_period,
  r.row_key
FROM received AS r
JOIN registry.households AS h ON h.household_key = r.household_key
JOIN parameter AS p ON p.division = h.division AND p.area = h.area
WHERE h.category IS NOT NULL AND r.amount > p.dibao_standard * 100 * :compensation_standards * h.member_count

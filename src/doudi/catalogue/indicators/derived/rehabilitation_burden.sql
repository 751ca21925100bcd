-- Households whose members paid for rehabilitation, in the twelve months, at least the given share of the household's income of a year. 分.
-- One row per service, as its latest delivery has it.
WITH service AS (
  SELECT person_key, served_on, self_paid, feed_period, row_key
  FROM feed.rehabilitation_history
  QUALIFY ROW_NUMBER() OVER (PARTITION BY row_key ORDER BY feed_period DESC) = 1
),
borne AS (
  SELECT
    m.household_key, s.feed_period, s.row_key,
    CAST(SUM(s.self_paid) OVER (PARTITION BY m.household_key) AS BIGINT) AS self_paid
  FROM service AS s
  JOIN (SELECT person_key, MIN(household_key) AS household_key FROM derived.members GROUP BY person_key) AS m ON m.person_key = s.person_key
  WHERE s.served_on >= :window_start AND s.served_on <= :as_of AND s.self_paid > 0
)
SELECT b.household_key, b.self_paid, h.income_year, b.feed_period, b.row_key
FROM borne AS b
JOIN registry.households AS h ON h.household_key = b.household_key
WHERE CAST(b.self_paid AS DECIMAL(18, 0)) >= CAST(h.income_year AS DECIMAL(18, 0)) * :rehabilitation_share

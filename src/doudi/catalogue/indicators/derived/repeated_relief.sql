-- Households (of people outside the register: the person alone) with so many grants of temporary assistance in the twelve months.
-- T01 临时救助 and T02 小金额先行救助 are both temporary assistance; T03 to T05 are ways in which the same grant is made.
WITH given AS (
  SELECT
    COALESCE(a.household_key, m.household_key) AS household_key,
    CASE WHEN COALESCE(a.household_key, m.household_key) IS NULL THEN a.person_key END AS alone_key,
    a.amount, a.given_on
  FROM registry.assistance AS a
  LEFT JOIN (SELECT person_key, MIN(household_key) AS household_key FROM registry.members GROUP BY person_key) AS m
    ON m.person_key = a.person_key
  WHERE a.item IN ('T01', 'T02') AND a.given_on >= :window_start AND a.given_on <= :as_of
)
SELECT
  household_key, alone_key, CAST(COUNT(*) AS INTEGER) AS times, CAST(SUM(amount) AS BIGINT) AS amount, MAX(given_on) AS last_on
FROM given
WHERE household_key IS NOT NULL OR alone_key IS NOT NULL
GROUP BY household_key, alone_key
HAVING COUNT(*) >= :temporary_times

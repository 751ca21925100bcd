WITH home AS (
  SELECT household_key, income_year
  FROM registry.households
  WHERE NOT property_conforms AND COALESCE(category, '') NOT IN ('DIBAO', 'TEKUN', 'OTHER')
),
member AS (
  -- Who died in the twelve months has left the family the bills.
  SELECT m.person_key, MIN(m.household_key) AS household_key
  FROM registry.members AS m
  JOIN home AS h ON h.household_key = m.household_key
  GROUP BY m.person_key
),
bill AS (
  -- The latest delivery of each settlement.
  SELECT
    m.household_key, r.in_policy - r.basic_paid - r.serious_paid - r.aid_paid AS self_paid, r.feed_period, r.row_key
  FROM member AS m
  JOIN feed.medical_settlement_history AS r ON r.person_key = m.person_key
  WHERE r.settled_on >= :window_start AND r.settled_on <= :as_of
  QUALIFY ROW_NUMBER() OVER (PARTITION BY r.row_key ORDER BY r.feed_period DESC) = 1
),
total AS (
  SELECT *, CAST(SUM(self_paid) OVER (PARTITION BY household_key) AS BIGINT) AS self_paid_year FROM bill
)
SELECT
  t.household_key,
  t.self_paid_year AS self_paid,
  h.income_year,
  :grave_medical_share AS share,
  'medical_settlement' AS source,
  t.feed_period,
  t.row_key
FROM total AS t
JOIN home AS h ON h.household_key = t.household_key
WHERE t.self_paid_year > 0 AND t.self_paid > 0
  AND CAST(t.self_paid_year AS DECIMAL(18, 0)) >= CAST(h.income_year AS DECIMAL(18, 0)) * :grave_medical_share

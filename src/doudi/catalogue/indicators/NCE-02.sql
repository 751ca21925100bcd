WITH payer AS (
  SELECT s.person_key, s.self_paid, m.household_key, CASE WHEN m.household_key IS NULL THEN s.person_key END AS alone_key
  FROM derived.medical AS s
  LEFT JOIN (SELECT person_key, MIN(household_key) AS household_key FROM registry.members GROUP BY person_key) AS m
    ON m.person_key = s.person_key
  WHERE s.self_paid > 0
),
bearer AS (
  -- A registered person's costs fall on the household; anyone else is judged alone.
  SELECT household_key, alone_key, CAST(SUM(self_paid) AS BIGINT) AS self_paid
  FROM payer
  GROUP BY household_key, alone_key
),
judged AS (
  SELECT
    b.household_key,
    b.alone_key,
    b.self_paid,
    h.income_year,
    -- Nobody knows where a person outside the register lives: the highest local figure holds wherever it is.
    CASE WHEN b.household_key IS NULL THEN highest.disposable_income ELSE p.disposable_income END * 100 AS disposable,
    CAST(h.income_year AS DECIMAL(18, 0)) * :medical_share AS income_part
  FROM bearer AS b
  CROSS JOIN (SELECT MAX(disposable_income) AS disposable_income FROM parameter) AS highest
  LEFT JOIN registry.households AS h ON h.household_key = b.household_key
  LEFT JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  WHERE b.household_key IS NULL OR h.category IS NULL OR h.category NOT IN ('DIBAO', 'TEKUN', 'MARGIN')
),
candidate AS (
  SELECT *, CASE WHEN income_part < disposable THEN income_part ELSE disposable END AS self_paid_limit
  FROM judged
  WHERE self_paid >= CASE WHEN income_part < disposable THEN income_part ELSE disposable END
),
bill AS (
  -- The latest delivery of each of their settlements, and the total again.
  SELECT
    c.household_key, c.alone_key, c.income_year, c.disposable, c.income_part, c.self_paid_limit,
    r.in_policy - r.basic_paid - r.serious_paid - r.aid_paid AS self_paid, r.feed_period, r.row_key
  FROM candidate AS c
  JOIN payer AS y
    ON y.household_key IS NOT DISTINCT FROM c.household_key AND y.alone_key IS NOT DISTINCT FROM c.alone_key
  JOIN feed.medical_settlement_history AS r ON r.person_key = y.person_key
  WHERE r.settled_on >= :window_start AND r.settled_on <= :as_of
  QUALIFY ROW_NUMBER() OVER (PARTITION BY r.row_key ORDER BY r.feed_period DESC) = 1
),
total AS (
  SELECT
    *, CAST(SUM(self_paid) OVER (PARTITION BY household_key, alone_key) AS BIGINT) AS self_paid_year
  FROM bill
)
SELECT
  alone_key AS person_key,
  household_key,
  self_paid_year AS self_paid,
  income_year,
  CASE WHEN income_part < disposable THEN :medical_share END AS share,
  CASE WHEN income_part < disposable THEN NULL ELSE CAST(disposable AS BIGINT) END AS disposable_income,
  CAST(CEIL(self_paid_limit) AS BIGINT) AS self_paid_limit,
  'medical_settlement' AS source,
  feed_period,
  row_key
FROM total
WHERE self_paid_year >= self_paid_limit AND self_paid > 0

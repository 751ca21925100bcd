WITH line AS (
  SELECT household_key, person_key, period, item, amount, result, paid_on, CAST(NULL AS VARCHAR) AS feed_period, CAST(NULL AS BIGINT) AS row_key
  FROM registry.payments
  UNION ALL
  -- The bank's own receipts name the person who is paid: the household's money goes to its member's account.
  SELECT m.household_key, r.person_key, r.period, r.item, r.amount, r.result, r.paid_on, r.feed_period, r.row_key
  FROM feed.payment_receipt_history AS r
  JOIN registry.members AS m ON m.person_key = r.person_key
),
returned AS (
  SELECT *
  FROM line
  WHERE result = 'returned' AND paid_on >= :window_start AND paid_on <= :reissue_days_ago AND period <= :period
),
open AS (
  -- Re-issued: paid for the same month and item, to the same person where the line is a person's.
  SELECT r.*
  FROM returned AS r
  WHERE NOT EXISTS (
    SELECT 1 FROM line AS p
    WHERE p.household_key = r.household_key AND p.period = r.period AND p.item = r.item AND p.result = 'paid'
      AND p.paid_on <= :as_of AND (p.person_key = r.person_key OR p.person_key IS NULL OR r.person_key IS NULL)
  )
),
payment AS (
  -- The register and the bank tell of the same line: it counts once.
  SELECT household_key, COALESCE(person_key, 0) AS payee, period, item, MAX(amount) AS amount, MIN(paid_on) AS returned_on
  FROM (
    SELECT o.household_key, o.period, o.item, o.amount, o.paid_on,
      CASE WHEN o.item = 'supplement' THEN o.person_key END AS person_key
    FROM open AS o
  ) AS plain
  GROUP BY household_key, COALESCE(person_key, 0), period, item
),
total AS (
  SELECT household_key, CAST(COUNT(*) AS INTEGER) AS lines, CAST(SUM(amount) AS BIGINT) AS amount,
    MIN(returned_on) AS returned_on, MIN(period) AS pay_period
  FROM payment
  GROUP BY household_key
)
SELECT
  t.household_key, t.lines, t.amount, t.returned_on, t.pay_period,
  CASE WHEN o.row_key IS NOT NULL THEN 'payment_receipt' END AS source,
  o.feed_period,
  o.row_key
FROM total AS t
JOIN open AS o ON o.household_key = t.household_key

WITH payee AS (
  SELECT household_key, person_key, account_key, COALESCE(institution, FALSE) AS institution,
    CAST(NULL AS VARCHAR) AS feed_period, CAST(NULL AS BIGINT) AS row_key
  FROM registry.accounts
  WHERE account_key IS NOT NULL
  UNION ALL
  SELECT m.household_key, r.person_key, r.account, FALSE, r.feed_period, r.row_key
  FROM feed.payment_receipt AS r
  JOIN registry.members AS m ON m.person_key = r.person_key
  WHERE r.result = 'paid' AND r.account IS NOT NULL
),
account AS (
  SELECT p.account_key, MIN(h.division) AS division,
    CAST(COUNT(DISTINCT p.household_key) AS INTEGER) AS households, CAST(COUNT(DISTINCT p.person_key) AS INTEGER) AS recipients
  FROM payee AS p
  JOIN registry.households AS h ON h.household_key = p.household_key
  GROUP BY p.account_key
  HAVING MAX(CASE WHEN p.institution THEN 1 ELSE 0 END) = 0 AND COUNT(DISTINCT p.household_key) > :account_households
)
SELECT
  a.division,
  CONCAT('A', CAST(a.account_key AS VARCHAR)) AS matter,
  a.households,
  a.recipients,
  CASE WHEN p.row_key IS NOT NULL THEN 'payment_receipt' END AS source,
  p.feed_period,
  p.row_key
FROM account AS a
JOIN payee AS p ON p.account_key = a.account_key

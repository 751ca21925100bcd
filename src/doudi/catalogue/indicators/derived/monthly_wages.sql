-- Wages that the tax office knows, one row per person, month and payer, as the latest delivery has it; month_no counts months.
SELECT
  person_key, income_month, CAST(SUBSTRING(income_month, 1, 4) AS INTEGER) * 12 + CAST(SUBSTRING(income_month, 6, 2) AS INTEGER) AS month_no,
  income, feed_period, row_key
FROM feed.wage_income_history
WHERE income_month <= :period
QUALIFY ROW_NUMBER() OVER (PARTITION BY row_key ORDER BY feed_period DESC) = 1

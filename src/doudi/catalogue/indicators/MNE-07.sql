WITH entity AS (
  SELECT
    person_key, feed_period, row_key,
    CAST(COUNT(*) OVER (PARTITION BY person_key) AS INTEGER) AS entities,
    FIRST_VALUE(role) OVER (PARTITION BY person_key ORDER BY registered_on DESC, row_key) AS role,
    MAX(registered_on) OVER (PARTITION BY person_key) AS registered_on,
    CAST(SUM(capital) OVER (PARTITION BY person_key) AS BIGINT) AS capital
  FROM feed.business
  WHERE status = 'active' AND registered_on <= :as_of AND COALESCE(capital, 0) >= :business_capital * 100
)
SELECT
  m.person_key, m.household_key, m.tested_category AS category, e.entities, e.role, e.registered_on, e.capital,
  'business' AS source, e.feed_period, e.row_key
FROM derived.means_tested AS m
JOIN entity AS e ON e.person_key = m.person_key

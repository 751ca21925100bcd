WITH death AS (
  SELECT person_key, died_on, cremated_on, feed_period, row_key
  FROM feed.funeral_history
  WHERE died_on <= :as_of
  QUALIFY ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY feed_period DESC, row_key) = 1
)
SELECT
  m.person_key,
  m.household_key,
  COALESCE(m.category, h.category) AS category,
  d.died_on,
  d.cremated_on,
  h.monthly_benefit,
  'funeral' AS source,
  d.feed_period,
  d.row_key
FROM death AS d
JOIN registry.members AS m ON m.person_key = d.person_key
JOIN registry.households AS h ON h.household_key = m.household_key
WHERE m.died_on IS NULL AND (m.category IN ('DIBAO', 'TEKUN') OR h.category IN ('DIBAO', 'TEKUN'))

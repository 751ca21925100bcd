-- A household with so many dwellings, or with property registered since it was recognised (no longer ago than the twelve months).
-- A property that spouses hold together stands in the list once for each of them, but under different keys: it cannot be told from two.
WITH held AS (
  SELECT
    m.household_key, r.kind, r.registered_on, r.feed_period, r.row_key,
    CASE WHEN r.registered_on >= :window_start AND (h.category_from IS NULL OR r.registered_on > h.category_from) THEN r.registered_on END AS new_on
  FROM feed.real_estate AS r
  JOIN (SELECT DISTINCT person_key, household_key FROM derived.means_tested) AS m ON m.person_key = r.person_key
  JOIN registry.households AS h ON h.household_key = m.household_key
  WHERE r.status = 'held' AND r.registered_on <= :as_of
),
counted AS (
  SELECT
    household_key,
    CAST(COUNT(CASE WHEN kind = 'dwelling' THEN 1 END) AS INTEGER) AS dwellings,
    CAST(COUNT(new_on) AS INTEGER) AS acquired,
    MAX(new_on) AS registered_on
  FROM held
  GROUP BY household_key
)
SELECT
  c.household_key, h.category, c.dwellings,
  CASE WHEN c.dwellings >= :dwelling_limit THEN CAST(:dwelling_limit AS INTEGER) END AS dwelling_limit,
  NULLIF(c.acquired, 0) AS acquired, c.registered_on, 'real_estate' AS source, e.feed_period, e.row_key
FROM counted AS c
JOIN registry.households AS h ON h.household_key = c.household_key
JOIN held AS e ON e.household_key = c.household_key
WHERE c.dwellings >= :dwelling_limit OR c.acquired > 0

WITH event AS (
  -- What this period's delivery tells for the first time: a list that repeats earlier months tells them once.
  SELECT person_key, change, registered_on, feed_period, row_key
  FROM feed.marriage_history
  WHERE registered_on >= :window_start AND registered_on <= :as_of
  QUALIFY MIN(feed_period) OVER (PARTITION BY row_key) = :period
),
concerned AS (
  SELECT DISTINCT m.household_key, e.change, e.registered_on, e.feed_period, e.row_key
  FROM event AS e
  JOIN registry.members AS m ON m.person_key = e.person_key
  JOIN registry.households AS h ON h.household_key = m.household_key
  WHERE (m.died_on IS NULL OR m.died_on > :as_of) AND (m.category IS NOT NULL OR h.category IS NOT NULL)
),
changed AS (
  SELECT
    household_key,
    MAX(CASE WHEN change = 'marriage' THEN change END) AS marriage,
    MAX(CASE WHEN change = 'divorce' THEN change END) AS divorce,
    MAX(CASE WHEN change = 'birth' THEN change END) AS birth,
    MAX(CASE WHEN change = 'adoption' THEN change END) AS adoption,
    MAX(registered_on) AS registered_on
  FROM concerned
  GROUP BY household_key
)
SELECT
  c.household_key,
  CONCAT_WS(',', g.marriage, g.divorce, g.birth, g.adoption) AS changes,
  g.registered_on,
  'marriage' AS source,
  c.feed_period,
  c.row_key
FROM concerned AS c
JOIN changed AS g ON g.household_key = c.household_key

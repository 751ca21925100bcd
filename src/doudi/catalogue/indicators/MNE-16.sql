-- Where somebody last moved, as far as the twelve months know. Out of one village and into another on the same day is a move within the county.
WITH moved AS (
  SELECT r.person_key, r.change, r.changed_on, r.to_division, r.feed_period, r.row_key
  FROM feed.residence_history AS r
  WHERE r.change IN ('move_out', 'move_in', 'missing') AND r.changed_on >= :window_start AND r.changed_on <= :as_of
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY r.person_key ORDER BY r.changed_on DESC, CASE WHEN r.change = 'move_in' THEN 0 ELSE 1 END, r.feed_period DESC, r.row_key) = 1
),
gone AS (
  SELECT
    m.household_key, v.changed_on, v.change, v.to_division, v.feed_period, v.row_key,
    CAST(COUNT(*) OVER (PARTITION BY m.household_key) AS INTEGER) AS persons,
    ROW_NUMBER() OVER (PARTITION BY m.household_key ORDER BY v.changed_on DESC, v.row_key) AS place
  FROM moved AS v
  JOIN derived.members AS m ON m.person_key = v.person_key
  WHERE v.change <> 'move_in'
    AND (v.to_division IS NULL OR SUBSTRING(v.to_division, 1, 6) <> m.division)
    -- Recognised after the move: it was known.
    AND (m.household_category_from IS NULL OR v.changed_on >= m.household_category_from)
),
met AS (
  SELECT household_key, MAX(visited_on) AS visited_on
  FROM registry.visits
  WHERE visited_on <= :as_of AND COALESCE(outcome, '') <> 'NOT_FOUND'
  GROUP BY household_key
),
missed AS (
  SELECT
    v.household_key, CAST(COUNT(*) AS INTEGER) AS visits, MIN(v.visited_on) AS first_on, MAX(v.visited_on) AS last_on
  FROM registry.visits AS v
  LEFT JOIN met AS m ON m.household_key = v.household_key
  WHERE v.outcome = 'NOT_FOUND' AND COALESCE(v.method, 'HOME') = 'HOME' AND v.visited_on >= :window_start AND v.visited_on <= :as_of
    AND (m.visited_on IS NULL OR v.visited_on > m.visited_on)
  GROUP BY v.household_key
  HAVING COUNT(*) >= :failed_visits AND DATE_DIFF('day', MIN(v.visited_on), MAX(v.visited_on)) >= :failed_visit_days
)
SELECT
  h.household_key, h.category, g.persons,
  MAX(CASE WHEN g.place = 1 THEN g.change END) OVER (PARTITION BY h.household_key) AS change,
  MAX(CASE WHEN g.place = 1 THEN g.changed_on END) OVER (PARTITION BY h.household_key) AS changed_on,
  MAX(CASE WHEN g.place = 1 THEN g.to_division END) OVER (PARTITION BY h.household_key) AS to_division,
  f.visits, f.first_on, f.last_on,
  CASE WHEN g.row_key IS NOT NULL THEN 'residence' END AS source, g.feed_period, g.row_key
FROM registry.households AS h
LEFT JOIN gone AS g ON g.household_key = h.household_key
LEFT JOIN missed AS f ON f.household_key = h.household_key
WHERE h.category IS NOT NULL AND (g.household_key IS NOT NULL OR f.household_key IS NOT NULL)

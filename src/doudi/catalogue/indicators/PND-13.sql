WITH event AS (
  SELECT d.*
  FROM feed.disaster_history AS d
  QUALIFY ROW_NUMBER() OVER (PARTITION BY d.row_key ORDER BY d.feed_period DESC) = 1
),
hit AS (
  SELECT m.household_key, m.category, e.stage, e.event_on, e.event_no, e.loss, e.feed_period, e.row_key
  FROM event AS e
  JOIN derived.members AS m ON m.person_key = e.person_key
  WHERE (e.relieved_on IS NULL OR e.relieved_on > :as_of) AND e.event_on >= :window_start
    AND (m.category IS NOT NULL OR (m.fanpin IS NOT NULL AND :disaster_covers_fanpin = 1))
    AND e.event_on <= CASE WHEN e.stage = 'emergency' THEN :disaster_emergency_days_ago ELSE :disaster_days_ago END
)
SELECT
  h.household_key,
  h.category,
  h.stage,
  h.event_on,
  h.loss,
  'disaster' AS source,
  h.feed_period,
  h.row_key
FROM hit AS h
WHERE NOT EXISTS (
  SELECT 1 FROM registry.assistance AS a
  WHERE a.household_key = h.household_key AND a.item LIKE 'D%' AND a.given_on >= h.event_on AND a.given_on <= :as_of
)

WITH card AS (
  -- The valid card of each person, else the latest, whatever became of it.
  SELECT
    c.person_key, v.person_key IS NULL AS invalid, v.grade, COALESCE(v.severe, FALSE) AS severe, c.status, c.valid_until,
    c.feed_period, c.row_key
  FROM feed.disability AS c
  LEFT JOIN derived.valid_cards AS v ON v.person_key = c.person_key
  WHERE c.issued_on <= :as_of AND (v.row_key IS NULL OR v.row_key = c.row_key)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY c.person_key ORDER BY c.issued_on DESC, c.row_key) = 1
),
allowance AS (
  SELECT person_key, kind, feed_period, row_key FROM feed.disability_allowance WHERE from_on <= :as_of
),
person AS (
  SELECT
    m.person_key, MIN(m.household_key) AS household_key,
    -- Who entered 低保 alone for an illness does not depend on the card.
    MAX(CASE WHEN m.category = 'DIBAO' AND m.route IN ('single_person', 'single_household') AND m.severe
              AND NOT COALESCE(m.serious_illness, FALSE) THEN 1 ELSE 0 END) AS by_route
  FROM derived.members AS m
  GROUP BY m.person_key
),
held AS (
  SELECT
    p.person_key, p.household_key, k.invalid, k.grade, k.status, k.valid_until, k.feed_period, k.row_key,
    CASE WHEN p.by_route = 1 AND NOT k.severe THEN 'route' END AS route,
    CASE WHEN a.living = 1 AND k.invalid THEN 'living' END AS living,
    CASE WHEN a.care = 1 AND (k.invalid OR k.grade NOT IN (:single_person_grades)) THEN 'care' END AS care
  FROM person AS p
  JOIN card AS k ON k.person_key = p.person_key
  LEFT JOIN (
    SELECT person_key, MAX(CASE WHEN kind = 'living' THEN 1 ELSE 0 END) AS living, MAX(CASE WHEN kind = 'care' THEN 1 ELSE 0 END) AS care
    FROM allowance
    GROUP BY person_key
  ) AS a ON a.person_key = p.person_key
),
hit AS (
  SELECT * FROM held WHERE route IS NOT NULL OR living IS NOT NULL OR care IS NOT NULL
),
proof AS (
  SELECT person_key, 'disability' AS source, feed_period, row_key FROM hit
  UNION ALL
  SELECT h.person_key, 'disability_allowance', a.feed_period, a.row_key
  FROM hit AS h
  JOIN allowance AS a ON a.person_key = h.person_key AND a.kind IN (h.living, h.care)
)
SELECT
  h.person_key,
  h.household_key,
  CASE WHEN NOT h.invalid THEN 'downgraded' WHEN h.status = 'cancelled' THEN 'cancelled' ELSE 'expired' END AS card,
  h.grade,
  CASE WHEN h.invalid AND h.status <> 'cancelled' THEN h.valid_until END AS valid_until,
  CONCAT_WS(',', h.route, h.living, h.care) AS depends,
  p.source,
  p.feed_period,
  p.row_key
FROM hit AS h
JOIN proof AS p ON p.person_key = h.person_key

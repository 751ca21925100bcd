WITH known AS (
  SELECT
    m.person_key, MIN(m.household_key) AS household_key,
    MAX(CASE WHEN m.category IS NOT NULL OR m.fanpin IS NOT NULL OR h.category IS NOT NULL THEN 1 ELSE 0 END) AS low_income
  FROM registry.members AS m
  JOIN registry.households AS h ON h.household_key = m.household_key
  WHERE m.died_on IS NULL OR m.died_on >= :first_day
  GROUP BY m.person_key
),
survivors AS (
  SELECT m.household_key, COUNT(*) AS survivors
  FROM derived.members AS m
  LEFT JOIN (SELECT DISTINCT person_key FROM derived.deaths) AS d ON d.person_key = m.person_key
  WHERE d.person_key IS NULL
  GROUP BY m.household_key
),
event AS (
  SELECT person_key, kind, happened_on, 'accident' AS source, feed_period, row_key FROM feed.accident
  UNION ALL
  -- A death by accident leaves a household in need only where somebody is left.
  SELECT d.person_key, 'death', d.died_on, d.source, d.feed_period, d.row_key
  FROM derived.deaths AS d
  JOIN known AS k ON k.person_key = d.person_key
  JOIN survivors AS s ON s.household_key = k.household_key
  WHERE d.cause = 'accident'
  UNION ALL
  -- Disasters of low-income households are NHD-04.
  SELECT d.person_key, 'disaster', d.event_on, 'disaster', d.feed_period, d.row_key
  FROM feed.disaster AS d
  LEFT JOIN known AS k ON k.person_key = d.person_key
  WHERE d.stage = 'emergency' AND COALESCE(k.low_income, 0) = 0
),
concerned AS (
  -- Where relief is for the low-income population only, people outside the register are not looked for.
  SELECT e.person_key, e.kind, e.happened_on, e.source, e.feed_period, e.row_key, k.household_key
  FROM event AS e
  LEFT JOIN known AS k ON k.person_key = e.person_key
  WHERE e.happened_on <= :as_of AND (k.person_key IS NOT NULL OR :emergency_scope = 'anyone')
),
helped AS (
  SELECT c.source, c.row_key
  FROM concerned AS c
  JOIN registry.emergencies AS g ON g.person_key = c.person_key
  WHERE DATE_DIFF('day', c.happened_on, g.reported_on) BETWEEN 0 AND :emergency_days
  UNION
  SELECT c.source, c.row_key
  FROM concerned AS c
  JOIN registry.emergencies AS g ON g.household_key = c.household_key
  WHERE DATE_DIFF('day', c.happened_on, g.reported_on) BETWEEN 0 AND :emergency_days
)
SELECT
  c.person_key,
  c.household_key,
  c.kind,
  c.happened_on,
  CAST(:emergency_days AS INTEGER) AS days,
  c.source,
  c.feed_period,
  c.row_key
FROM concerned AS c
LEFT JOIN helped AS h ON h.source = c.source AND h.row_key = c.row_key
WHERE h.row_key IS NULL

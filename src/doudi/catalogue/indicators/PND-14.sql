WITH dated AS (
  SELECT CAST(EXTRACT(YEAR FROM :as_of) AS INTEGER) AS this_year, CAST(EXTRACT(MONTH FROM :as_of) AS INTEGER) AS this_month
),
season AS (
  SELECT
    MAKE_DATE(CASE WHEN this_month >= :heating_from_month THEN this_year ELSE this_year - 1 END, CAST(:heating_from_month AS INTEGER), 1) AS began_on
  FROM dated
  WHERE this_month >= :heating_from_month OR this_month <= :heating_until_month
),
home AS (
  SELECT household_key, category, category_from
  FROM registry.households
  WHERE category IN ('DIBAO', 'TEKUN', 'MARGIN', 'RIGID')
),
given AS (
  SELECT household_key, item, given_on FROM registry.assistance WHERE item IN ('O01', 'O02', 'O03') AND given_on <= :as_of
),
death AS (
  -- The funeral home and the register tell of the same death.
  SELECT household_key, person_key, MIN(died_on) AS died_on, MIN(feed_period) AS feed_period, MIN(row_key) AS row_key
  FROM (
    SELECT m.household_key, m.person_key, f.died_on, f.feed_period, f.row_key
    FROM feed.funeral_history AS f JOIN registry.members AS m ON m.person_key = f.person_key
    UNION ALL
    SELECT household_key, person_key, died_on, CAST(NULL AS VARCHAR) AS feed_period, CAST(NULL AS BIGINT) AS row_key
    FROM registry.members WHERE died_on IS NOT NULL
  ) AS told
  GROUP BY household_key, person_key
),
due AS (
  SELECT h.household_key, 'heating' AS item, s.began_on AS since, CAST(NULL AS DATE) AS died_on, CAST(NULL AS VARCHAR) AS feed_period, CAST(NULL AS BIGINT) AS row_key
  FROM home AS h CROSS JOIN season AS s
  WHERE :heating_named = 1 AND s.began_on <= :seasonal_days_ago AND h.category_from <= :seasonal_days_ago
    AND NOT EXISTS (SELECT 1 FROM given AS g WHERE g.household_key = h.household_key AND g.item = 'O01' AND g.given_on >= s.began_on)
  UNION ALL
  SELECT h.household_key, 'utility', :window_start, NULL, NULL, NULL
  FROM home AS h
  WHERE :utility_named = 1 AND h.category_from <= :seasonal_days_ago
    AND NOT EXISTS (SELECT 1 FROM given AS g WHERE g.household_key = h.household_key AND g.item = 'O03' AND g.given_on >= :window_start)
  UNION ALL
  SELECT h.household_key, 'funeral', d.died_on, d.died_on, d.feed_period, d.row_key
  FROM home AS h JOIN death AS d ON d.household_key = h.household_key
  WHERE d.died_on >= :window_start AND d.died_on <= :funeral_days_ago AND h.category_from <= d.died_on
    AND NOT EXISTS (SELECT 1 FROM given AS g WHERE g.household_key = h.household_key AND g.item = 'O02' AND g.given_on >= d.died_on)
),
lacking AS (
  SELECT
    household_key,
    MAX(CASE WHEN item = 'heating' THEN 'heating' END) AS heating,
    MAX(CASE WHEN item = 'funeral' THEN 'funeral' END) AS funeral,
    MAX(CASE WHEN item = 'utility' THEN 'utility' END) AS utility,
    MIN(died_on) AS died_on
  FROM due
  GROUP BY household_key
)
SELECT
  l.household_key,
  h.category,
  CONCAT_WS(',', l.heating, l.funeral, l.utility) AS missing,
  l.died_on,
  CASE WHEN d.row_key IS NOT NULL THEN 'funeral' END AS source,
  d.feed_period,
  d.row_key
FROM lacking AS l
JOIN home AS h ON h.household_key = l.household_key
JOIN due AS d ON d.household_key = l.household_key

WITH given AS (
  -- The same row of help delivered twice is one; items that may well come several times a period are not looked at.
  SELECT household_key, person_key, item, period, given_on, amount, department
  FROM registry.assistance
  WHERE period IS NOT NULL AND period <> '' AND given_on >= :window_start AND given_on <= :as_of
),
twice AS (
  SELECT household_key, person_key, item, item AS other_item, period, CAST(COUNT(*) AS INTEGER) AS times
  FROM given
  WHERE item IN ('B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'M01', 'M02', 'E01', 'E02', 'E03', 'E04', 'E05', 'E06', 'O01', 'O03', 'O04')
  GROUP BY household_key, person_key, item, period
  HAVING COUNT(*) > 1
),
excluding AS (
  -- 低保 or 特困, one route into 低保, one subsidy of the same contribution, a public rental or its rent.
  SELECT * FROM (VALUES ('B01', 'B05'), ('B02', 'B05'), ('B03', 'B05'), ('B01', 'B02'), ('B01', 'B03'), ('B02', 'B03'), ('M01', 'M02'), ('H01', 'H02'))
    AS pair(item, other_item)
),
both_items AS (
  SELECT a.household_key, COALESCE(a.person_key, b.person_key) AS person_key, a.item, b.item AS other_item, a.period, CAST(2 AS INTEGER) AS times
  FROM given AS a
  JOIN excluding AS x ON x.item = a.item
  JOIN given AS b ON b.household_key = a.household_key AND b.item = x.other_item AND b.period = a.period
    AND (a.person_key = b.person_key OR a.person_key IS NULL OR b.person_key IS NULL)
),
conflict AS (
  SELECT * FROM twice
  UNION ALL
  SELECT DISTINCT * FROM both_items
)
SELECT
  c.household_key,
  h.division,
  CONCAT(c.period, '/', c.item, '/', c.other_item, '/', CAST(COALESCE(c.person_key, c.household_key) AS VARCHAR)) AS matter,
  c.period AS item_period,
  c.item,
  CASE WHEN c.other_item <> c.item THEN c.other_item END AS other_item,
  c.times
FROM conflict AS c
JOIN registry.households AS h ON h.household_key = c.household_key

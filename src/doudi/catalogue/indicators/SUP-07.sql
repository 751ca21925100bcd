WITH dated AS (
  -- At the end of December the year itself, until then the year before: an incomplete screening stays open.
  SELECT CAST(EXTRACT(YEAR FROM :as_of) AS INTEGER) - CASE WHEN EXTRACT(MONTH FROM :as_of) = 12 THEN 0 ELSE 1 END AS checked_year
),
county AS (
  SELECT DISTINCT h.division
  FROM registry.households AS h
  JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  WHERE p.annual_screening >= 1
),
campaign AS (
  SELECT SUBSTRING(c.division, 1, 6) AS division, c.division AS place, c.year, c.households, c.done
  FROM registry.campaigns AS c
  JOIN dated AS d ON d.checked_year = c.year
)
SELECT
  y.division,
  CONCAT(c.place, '/', CAST(c.year AS VARCHAR)) AS matter,
  CAST(c.year AS VARCHAR) AS year,
  c.place,
  CAST(c.households AS INTEGER) AS households,
  CAST(c.done AS INTEGER) AS done
FROM county AS y
JOIN campaign AS c ON c.division = y.division
WHERE c.done < c.households
UNION ALL
SELECT
  y.division, CONCAT(y.division, '/', CAST(d.checked_year AS VARCHAR)), CAST(d.checked_year AS VARCHAR), y.division, NULL, NULL
FROM county AS y
CROSS JOIN dated AS d
LEFT JOIN campaign AS c ON c.division = y.division
WHERE c.division IS NULL AND EXTRACT(MONTH FROM :as_of) = 12

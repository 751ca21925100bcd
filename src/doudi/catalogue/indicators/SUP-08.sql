WITH dated AS (
  SELECT CAST(EXTRACT(YEAR FROM :as_of) AS INTEGER) - CASE WHEN EXTRACT(MONTH FROM :as_of) = 12 THEN 0 ELSE 1 END AS checked_year
),
county AS (
  SELECT h.division, MAX(p.meeting_min_per_year) AS required
  FROM registry.households AS h
  JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  GROUP BY h.division
),
held AS (
  SELECT SUBSTRING(m.division, 1, 6) AS division,
    SUM(CASE WHEN EXTRACT(YEAR FROM m.held_on) = d.checked_year THEN 1 ELSE 0 END) AS meetings,
    SUM(CASE WHEN EXTRACT(YEAR FROM m.held_on) <= d.checked_year THEN 1 ELSE 0 END) AS until_then
  FROM registry.meetings AS m
  CROSS JOIN dated AS d
  WHERE m.held_on <= :as_of
  GROUP BY SUBSTRING(m.division, 1, 6)
)
SELECT
  c.division,
  CONCAT(c.division, '/', CAST(d.checked_year AS VARCHAR)) AS matter,
  CAST(d.checked_year AS VARCHAR) AS year,
  CAST(c.required AS INTEGER) AS required,
  CAST(COALESCE(h.meetings, 0) AS INTEGER) AS meetings
FROM county AS c
CROSS JOIN dated AS d
LEFT JOIN held AS h ON h.division = c.division
WHERE COALESCE(h.meetings, 0) < c.required
  -- Of an earlier year only what the platform recorded by then can be missing.
  AND (EXTRACT(MONTH FROM :as_of) = 12 OR h.until_then > 0)

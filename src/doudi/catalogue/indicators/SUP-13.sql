WITH last_draw AS (
  SELECT division, MAX(drawn_on) AS drawn_on
  FROM registry.reserve_draws
  WHERE drawn_on <= :as_of
  GROUP BY division
)
SELECT
  SUBSTRING(division, 1, 6) AS division,
  draw_no AS matter,
  division AS place,
  'uncleared' AS kind,
  amount,
  drawn_on
FROM registry.reserve_draws
WHERE drawn_on <= :reserve_clearing_days_ago AND (cleared_on IS NULL OR cleared_on > :as_of)
UNION ALL
SELECT SUBSTRING(division, 1, 6), CONCAT('idle/', division), division, 'idle', NULL, drawn_on
FROM last_draw
WHERE drawn_on <= :reserve_idle_months_ago

-- The latest answer about each person counts, no older than the twelve months.
WITH asked AS (
  SELECT person_key, asked_on, total, feed_period, row_key
  FROM feed.financial_assets_history
  WHERE asked_on >= :window_start AND asked_on <= :as_of
  QUALIFY ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY asked_on DESC, feed_period DESC, row_key) = 1
),
summed AS (
  SELECT
    m.household_key, a.feed_period, a.row_key,
    CAST(SUM(a.total) OVER (PARTITION BY m.household_key) AS BIGINT) AS total,
    CAST(COUNT(*) OVER (PARTITION BY m.household_key) AS INTEGER) AS persons,
    MAX(a.asked_on) OVER (PARTITION BY m.household_key) AS asked_on
  FROM asked AS a
  JOIN (SELECT DISTINCT person_key, household_key FROM derived.means_tested) AS m ON m.person_key = a.person_key
)
SELECT
  s.household_key, h.category, s.total, s.persons, s.asked_on, h.member_count,
  CAST(ROUND(p.dibao_standard * 100) AS BIGINT) AS standard, CAST(:asset_standards AS INTEGER) AS asset_standards,
  CAST(ROUND(p.dibao_standard * 100 * :asset_standards * h.member_count) AS BIGINT) AS asset_limit,
  'financial_assets' AS source, s.feed_period, s.row_key
FROM summed AS s
JOIN registry.households AS h ON h.household_key = s.household_key
JOIN parameter AS p ON p.division = h.division AND p.area = h.area
WHERE s.total > p.dibao_standard * 100 * :asset_standards * h.member_count

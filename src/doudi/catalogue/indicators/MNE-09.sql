WITH declared AS (
  SELECT person_key, household_key, tested_category
  FROM derived.means_tested
  WHERE NOT employed
),
proof AS (
  SELECT person_key, insured_from, CAST(NULL AS DATE) AS opened_on, base, CAST(NULL AS BIGINT) AS monthly, 'employment' AS source, feed_period, row_key
  FROM feed.employment
  WHERE kind = 'employee' AND insured_from <= :as_of AND (insured_until IS NULL OR insured_until >= :as_of)
  UNION ALL
  SELECT person_key, NULL, opened_on, NULL, monthly, 'housing_fund', feed_period, row_key
  FROM feed.housing_fund
  WHERE employer_contribution AND opened_on <= :as_of AND monthly > 0
)
SELECT
  d.person_key, d.household_key, d.tested_category AS category,
  MAX(p.insured_from) OVER (PARTITION BY d.person_key) AS insured_from,
  MAX(p.base) OVER (PARTITION BY d.person_key) AS base,
  MAX(p.opened_on) OVER (PARTITION BY d.person_key) AS opened_on,
  MAX(p.monthly) OVER (PARTITION BY d.person_key) AS monthly,
  p.source, p.feed_period, p.row_key
FROM declared AS d
JOIN proof AS p ON p.person_key = d.person_key

WITH checked AS (
  SELECT CAST(EXTRACT(YEAR FROM :as_of) AS INTEGER)
    - CASE WHEN EXTRACT(MONTH FROM :as_of) > :enrolment_close_month THEN 0 ELSE 1 END AS insurance_year
),
enrolment AS (
  SELECT i.*
  FROM feed.insurance_enrolment AS i
  CROSS JOIN checked AS c
  WHERE i.insurance_year = c.insurance_year
),
claim AS (
  -- 低保 by its own ratio or amount; other groups only where the locality has said that it subsidises them.
  SELECT
    m.person_key, m.household_key, m.category, m.category_from, p.insurance_contribution,
    CASE WHEN m.category = 'DIBAO' THEN p.insurance_subsidy_ratio_dibao ELSE p.insurance_subsidy_ratio_other END AS ratio,
    CASE WHEN m.category = 'DIBAO' THEN p.insurance_subsidy_dibao ELSE p.insurance_subsidy_other END AS fixed
  FROM derived.members AS m
  JOIN parameter AS p ON p.division = m.division AND p.area = m.area
  WHERE COALESCE(m.category, '') <> 'TEKUN' AND (
    m.category = 'DIBAO'
    OR (m.category = 'MARGIN' AND p.insurance_covers_margin = 1)
    OR (m.category = 'RIGID' AND p.insurance_covers_rigid = 1)
    OR (m.category = 'OTHER' AND p.insurance_covers_other = 1)
    OR (m.fanpin IS NOT NULL AND p.insurance_covers_fanpin = 1))
),
owed AS (
  SELECT
    c.person_key, c.household_key, c.category, y.insurance_year, i.enrolled, i.feed_period, i.row_key,
    COALESCE(i.subsidy, 0) AS subsidy,
    COALESCE(i.contribution, CAST(c.insurance_contribution * 100 AS BIGINT)) AS contribution,
    c.ratio AS floor_ratio,
    CASE WHEN c.ratio IS NOT NULL
         THEN CAST(CEIL(COALESCE(i.contribution, CAST(c.insurance_contribution * 100 AS BIGINT)) * c.ratio) AS BIGINT)
         ELSE CAST(c.fixed * 100 AS BIGINT) END AS floor_amount,
    EXTRACT(YEAR FROM c.category_from) * 12 + EXTRACT(MONTH FROM c.category_from) <= y.insurance_year * 12 + :enrolment_close_month AS was_covered
  FROM claim AS c
  CROSS JOIN checked AS y
  LEFT JOIN enrolment AS i ON i.person_key = c.person_key
  WHERE c.category_from IS NULL OR c.category_from < :first_day
),
short AS (
  SELECT *,
    ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY COALESCE(floor_amount, 1) DESC, household_key, row_key) AS place
  FROM owed
)
SELECT
  person_key,
  household_key,
  category,
  CAST(insurance_year AS INTEGER) AS insurance_year,
  CASE WHEN COALESCE(enrolled, FALSE) THEN NULL ELSE TRUE END AS not_enrolled,
  subsidy,
  contribution,
  floor_ratio,
  floor_amount,
  CASE WHEN row_key IS NOT NULL THEN 'insurance_enrolment' END AS source,
  feed_period,
  row_key
FROM short
WHERE place = 1
  -- Where no number is set, no subsidy at all is conspicuous.
  AND (NOT COALESCE(enrolled, FALSE) OR (COALESCE(was_covered, TRUE) AND subsidy < COALESCE(floor_amount, 1)))

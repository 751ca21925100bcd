WITH checked AS (
  -- The year whose enrolment has closed: before the close of this year's it is last year's.
  SELECT CAST(EXTRACT(YEAR FROM :as_of) AS INTEGER)
    - CASE WHEN EXTRACT(MONTH FROM :as_of) > :enrolment_close_month THEN 0 ELSE 1 END AS insurance_year
),
person AS (
  SELECT m.person_key, MIN(m.household_key) AS household_key, MIN(m.category_from) AS category_from, MIN(p.insurance_contribution) AS contribution
  FROM derived.members AS m
  JOIN parameter AS p ON p.division = m.division AND p.area = m.area
  WHERE m.category = 'TEKUN' AND m.category_from < :first_day
  GROUP BY m.person_key
),
enrolment AS (
  SELECT i.*
  FROM feed.insurance_enrolment AS i
  CROSS JOIN checked AS c
  WHERE i.insurance_year = c.insurance_year
)
SELECT
  d.person_key,
  d.household_key,
  CAST(c.insurance_year AS INTEGER) AS insurance_year,
  CASE WHEN COALESCE(i.enrolled, FALSE) THEN NULL ELSE TRUE END AS not_enrolled,
  COALESCE(i.contribution, CAST(d.contribution * 100 AS BIGINT)) AS contribution,
  COALESCE(i.subsidy, 0) AS subsidy,
  CASE WHEN i.row_key IS NOT NULL THEN 'insurance_enrolment' END AS source,
  i.feed_period,
  i.row_key
FROM person AS d
CROSS JOIN checked AS c
LEFT JOIN enrolment AS i ON i.person_key = d.person_key
WHERE NOT COALESCE(i.enrolled, FALSE)
   -- Whoever became 特困 after the close had already paid.
   OR (EXTRACT(YEAR FROM d.category_from) * 12 + EXTRACT(MONTH FROM d.category_from) <= c.insurance_year * 12 + :enrolment_close_month
       AND COALESCE(i.subsidy, 0) < COALESCE(i.contribution, CAST(d.contribution * 100 AS BIGINT)))

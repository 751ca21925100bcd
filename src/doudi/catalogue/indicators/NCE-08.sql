WITH place AS (
  -- Nobody knows where a household outside the register lives: below the lowest local standard (that of the countryside) it is below any.
  SELECT COALESCE(MIN(CASE WHEN area = 'rural' THEN dibao_standard END), MIN(dibao_standard)) AS lowest FROM parameter
),
known AS (
  -- Where no supporters are on record at all, nobody can be said to have none.
  SELECT COUNT(*) AS supporters FROM registry.supporters
),
person AS (
  SELECT
    f.person_key AS fanpin_key, f.subtype, f.feed_period, f.row_key, m.household_key,
    CASE WHEN m.household_key IS NULL THEN f.person_key END AS alone_key,
    COALESCE(f.income_per_capita, CAST(FLOOR(h.income_year / h.member_count) AS BIGINT)) AS income_per_capita,
    CASE WHEN m.household_key IS NULL THEN l.lowest ELSE p.dibao_standard END AS dibao_standard,
    CASE WHEN w.person_key IS NOT NULL AND n.supporters > 0 THEN TRUE END AS without_supporter
  FROM feed.fanpin AS f
  CROSS JOIN place AS l
  CROSS JOIN known AS n
  LEFT JOIN (
    SELECT person_key, MIN(household_key) AS household_key, MAX(CASE WHEN category IN ('DIBAO', 'TEKUN') THEN 1 ELSE 0 END) AS covered,
      MIN(CASE WHEN died_on <= :as_of THEN died_on END) AS died_on
    FROM registry.members GROUP BY person_key
  ) AS m ON m.person_key = f.person_key
  LEFT JOIN registry.households AS h ON h.household_key = m.household_key
  LEFT JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  LEFT JOIN derived.without_supporter AS w ON w.person_key = f.person_key AND w.household_key = m.household_key
  WHERE f.risk_status = 'open' AND f.identified_on <= :as_of
    AND COALESCE(m.covered, 0) = 0 AND m.died_on IS NULL AND COALESCE(h.category, '') NOT IN ('DIBAO', 'TEKUN')
)
SELECT
  alone_key AS person_key,
  household_key,
  subtype,
  CASE WHEN income_per_capita < dibao_standard * 1200 THEN income_per_capita END AS income_per_capita,
  CASE WHEN income_per_capita < dibao_standard * 1200 THEN CAST(dibao_standard * 1200 AS BIGINT) END AS standard_year,
  without_supporter,
  'fanpin' AS source,
  feed_period,
  row_key
FROM person
WHERE income_per_capita < dibao_standard * 1200 OR without_supporter

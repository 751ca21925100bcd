WITH dead AS (SELECT DISTINCT person_key, died_on FROM derived.deaths),
person AS (
  SELECT
    m.household_key, m.person_key, d.died_on,
    -- Completed years on the day of death.
    EXTRACT(YEAR FROM d.died_on) - EXTRACT(YEAR FROM m.birth_date)
      - CASE WHEN EXTRACT(MONTH FROM m.birth_date) * 100 + EXTRACT(DAY FROM m.birth_date)
                  > EXTRACT(MONTH FROM d.died_on) * 100 + EXTRACT(DAY FROM d.died_on) THEN 1 ELSE 0 END AS age,
    COALESCE(m.wage, 0) + COALESCE(m.business_net, 0) + COALESCE(m.property_net, 0) + COALESCE(m.transfer_net, 0)
      + COALESCE(m.other_income, 0) AS own_income,
    COALESCE(m.employed, FALSE) OR COALESCE(m.wage, 0) > 0 OR COALESCE(m.business_net, 0) > 0 AS earns,
    d.died_on IS NULL AND (m.died_on IS NULL OR m.died_on > :as_of) AS lives
  FROM registry.members AS m
  LEFT JOIN dead AS d ON d.person_key = m.person_key
  WHERE m.died_on IS NULL OR m.died_on >= :first_day
),
household AS (
  SELECT p.household_key, CAST(SUM(CASE WHEN p.lives THEN 1 ELSE 0 END) AS INTEGER) AS survivors,
    MAX(CASE WHEN p.lives AND p.earns THEN 1 ELSE 0 END) AS others_earn
  FROM person AS p
  WHERE p.household_key IN (SELECT household_key FROM person WHERE died_on IS NOT NULL)
  GROUP BY p.household_key
),
main_earner AS (
  SELECT
    p.person_key, p.household_key, p.died_on, CAST(p.age AS INTEGER) AS age, b.survivors, p.own_income, h.income_year,
    p.earns AND b.others_earn = 0 AS sole,
    h.income_year > 0 AND CAST(p.own_income AS DECIMAL(18, 0)) >= CAST(h.income_year AS DECIMAL(18, 0)) * :earner_share AS half
  FROM person AS p
  JOIN household AS b ON b.household_key = p.household_key AND b.survivors > 0
  JOIN registry.households AS h ON h.household_key = p.household_key
  WHERE p.died_on IS NOT NULL AND p.age >= :earner_age_from AND p.age < :working_age_below
    AND COALESCE(h.category, '') NOT IN ('DIBAO', 'TEKUN')
)
SELECT
  e.person_key,
  e.household_key,
  e.died_on,
  e.age,
  CASE WHEN e.sole THEN TRUE END AS sole_earner,
  CASE WHEN e.half THEN CAST(e.own_income AS BIGINT) END AS own_income,
  CASE WHEN e.half THEN e.income_year END AS income_year,
  CASE WHEN e.half THEN :earner_share END AS share,
  e.survivors,
  d.source,
  d.feed_period,
  d.row_key
FROM main_earner AS e
JOIN derived.deaths AS d ON d.person_key = e.person_key
WHERE e.sole OR e.half

WITH dead AS (SELECT person_key, MIN(died_on) AS died_on FROM derived.deaths GROUP BY person_key),
person AS (
  SELECT m.person_key, m.household_key, m.relation, d.died_on,
    d.person_key IS NULL AND (m.died_on IS NULL OR m.died_on > :as_of) AS lives,
    m.category IS NOT NULL OR m.fanpin IS NOT NULL AS low_income
  FROM registry.members AS m
  LEFT JOIN dead AS d ON d.person_key = m.person_key
  WHERE m.died_on IS NULL OR m.died_on >= :first_day
),
household AS (
  SELECT
    household_key,
    CAST(SUM(CASE WHEN lives THEN 1 ELSE 0 END) AS INTEGER) AS survivors,
    MAX(CASE WHEN low_income THEN 1 ELSE 0 END) AS low_income,
    MAX(CASE WHEN lives AND relation IN ('head', 'spouse') THEN 1 ELSE 0 END) AS partner_lives
  FROM person
  GROUP BY household_key
)
SELECT
  p.person_key,
  p.household_key,
  p.died_on,
  CASE WHEN p.relation IN ('head', 'spouse') AND b.partner_lives = 1 THEN TRUE END AS widowed,
  b.survivors,
  d.source,
  d.feed_period,
  d.row_key
FROM person AS p
JOIN household AS b ON b.household_key = p.household_key
JOIN derived.deaths AS d ON d.person_key = p.person_key
WHERE p.died_on IS NOT NULL AND b.survivors > 0 AND b.low_income = 1

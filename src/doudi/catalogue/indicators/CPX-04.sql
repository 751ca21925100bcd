WITH open_case AS (
  SELECT
    COALESCE(g.household_key, m.household_key) AS household_key,
    CASE WHEN COALESCE(g.household_key, m.household_key) IS NULL THEN g.person_key END AS alone_key,
    g.emergency_no, g.amount, g.reported_on, g.place_division
  FROM registry.emergencies AS g
  LEFT JOIN (SELECT person_key, MIN(household_key) AS household_key FROM registry.members GROUP BY person_key) AS m
    ON m.person_key = g.person_key
  WHERE g.reported_on <= :as_of AND (g.completed_on IS NULL OR g.completed_on > :as_of)
    AND (g.person_key IS NOT NULL OR g.household_key IS NOT NULL)
),
limited AS (
  -- The standard of the place of the emergency; of those outside the register nobody knows the area: the higher one holds.
  SELECT
    o.household_key, o.alone_key, o.emergency_no, o.amount, o.reported_on,
    MAX(p.dibao_standard) AS standard, MAX(p.dibao_standard * p.township_cap_multiple * 100) AS cap
  FROM open_case AS o
  LEFT JOIN registry.households AS h ON h.household_key = o.household_key
  JOIN parameter AS p
    ON p.division = COALESCE(SUBSTRING(o.place_division, 1, 6), h.division) AND (h.area IS NULL OR p.area = h.area)
  GROUP BY o.household_key, o.alone_key, o.emergency_no, o.amount, o.reported_on
),
above AS (
  SELECT DISTINCT l.household_key, l.alone_key, l.emergency_no, l.amount, l.reported_on, l.standard, l.cap
  FROM limited AS l
  LEFT JOIN registry.conferences AS c
    ON c.household_key = l.household_key AND c.proposed_on >= l.reported_on AND c.proposed_on <= :as_of
  WHERE l.amount > l.cap AND c.household_key IS NULL
)
SELECT
  alone_key AS person_key,
  household_key,
  emergency_no,
  reported_on,
  amount,
  CAST(ROUND(standard * 100) AS BIGINT) AS standard,
  CAST(ROUND(cap) AS BIGINT) AS cap
FROM above
QUALIFY ROW_NUMBER() OVER (PARTITION BY household_key, alone_key ORDER BY amount DESC, emergency_no) = 1

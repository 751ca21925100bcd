WITH member AS (
  SELECT person_key, household_key, category, fanpin FROM registry.members WHERE died_on IS NULL OR died_on > :as_of
),
need AS (
  SELECT DISTINCT
    n.person_key, n.item, n.verified_on,
    COALESCE(n.household_key, m.household_key) AS household_key,
    CASE WHEN COALESCE(n.household_key, m.household_key) IS NULL THEN n.person_key END AS alone_key
  FROM registry.needs AS n
  LEFT JOIN (SELECT person_key, MIN(household_key) AS household_key FROM member GROUP BY person_key) AS m ON m.person_key = n.person_key
  WHERE n.verified_on <= :as_of AND LOWER(COALESCE(n.state, 'open')) <> 'met' AND (n.person_key IS NOT NULL OR n.household_key IS NOT NULL)
),
holder AS (
  -- The categories that open items: a person's own and the household's.
  SELECT household_key, person_key, category FROM member WHERE category IS NOT NULL
  UNION
  SELECT household_key, person_key, 'FANPIN' FROM member WHERE fanpin IS NOT NULL
  UNION
  SELECT household_key, NULL, category FROM registry.households WHERE category IS NOT NULL
),
judged AS (
  SELECT
    n.household_key, n.alone_key, n.person_key, n.item, n.verified_on,
    MIN(COALESCE(o.category, 'NONE')) AS category,
    MAX(CASE WHEN CONCAT(COALESCE(o.category, 'NONE'), '/', n.item) IN (:entitled_items) THEN 1
             -- Emergency relief (T) for anyone, registered or not.
             WHEN n.item LIKE 'T%' AND :emergency_scope = 'anyone' THEN 1 ELSE 0 END) AS offered
  FROM need AS n
  LEFT JOIN holder AS o ON o.household_key = n.household_key AND (n.person_key IS NULL OR o.person_key IS NULL OR o.person_key = n.person_key)
  GROUP BY n.household_key, n.alone_key, n.person_key, n.item, n.verified_on
),
unmet AS (
  SELECT DISTINCT j.household_key, j.alone_key, j.person_key AS needed_by, j.category, j.item, j.verified_on
  FROM judged AS j
  LEFT JOIN registry.conferences AS c
    ON c.household_key = j.household_key AND c.proposed_on >= j.verified_on AND c.proposed_on <= :as_of
  WHERE j.offered = 0 AND c.household_key IS NULL
)
SELECT
  alone_key AS person_key,
  household_key,
  CAST(COUNT(*) OVER (PARTITION BY household_key, alone_key) AS INTEGER) AS needs,
  category,
  item,
  verified_on
FROM unmet
QUALIFY ROW_NUMBER() OVER (PARTITION BY household_key, alone_key ORDER BY verified_on, item, needed_by) = 1

WITH earner AS (
  SELECT m.household_key, m.person_key
  FROM derived.members AS m
  LEFT JOIN feed.unemployment AS u ON u.person_key = m.person_key
  -- The employment feed is newer than the register where it knows the person.
  WHERE u.status = 'employed' OR (m.employed AND u.person_key IS NULL)
)
SELECT
  m.person_key,
  m.household_key,
  u.registered_on,
  CASE WHEN u.benefit_until < :as_of THEN u.benefit_until END AS benefit_ended_on,
  'unemployment' AS source,
  u.feed_period,
  u.row_key
FROM feed.unemployment AS u
JOIN derived.members AS m ON m.person_key = u.person_key
WHERE u.status = 'unemployed'
  AND (u.registered_on <= :unemployed_months_ago OR u.benefit_until < :as_of)
  AND m.birth_date <= :working_age_from_ago AND m.birth_date > :working_age_below_ago
  AND COALESCE(m.household_category, '') NOT IN ('DIBAO', 'TEKUN')
  AND COALESCE(m.category, '') NOT IN ('DIBAO', 'TEKUN')
  AND NOT EXISTS (SELECT 1 FROM earner AS e WHERE e.household_key = m.household_key AND e.person_key <> m.person_key)

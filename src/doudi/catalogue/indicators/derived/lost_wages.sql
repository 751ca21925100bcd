-- Wages that the register still counts although the employment feed has the member as unemployed since the income was determined:
-- one row per member, 分 a year. A 低保 member's wage is left out: its employment cost is deducted elsewhere.
SELECT m.household_key, m.person_key, m.wage AS lost_wage, u.registered_on, u.feed_period, u.row_key
FROM derived.members AS m
JOIN feed.unemployment AS u ON u.person_key = m.person_key
WHERE u.status = 'unemployed' AND u.registered_on <= :as_of AND m.wage > 0 AND COALESCE(m.category, '') <> 'DIBAO'
  AND (m.income_as_of IS NULL OR u.registered_on > m.income_as_of)

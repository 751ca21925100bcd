-- The employment feed's rows behind recomputed_income: the evidence.
SELECT m.household_key, m.person_key, u.employed_on, u.feed_period, u.row_key
FROM derived.members AS m
JOIN feed.unemployment AS u ON u.person_key = m.person_key
WHERE u.status = 'employed' AND u.employed_on <= :as_of AND u.monthly_wage IS NOT NULL AND m.household_category IN ('DIBAO', 'MARGIN')

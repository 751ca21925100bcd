SELECT m.person_key, m.household_key, m.tested_category AS category, d.kind, d.from_on, d.until_on, 'detention' AS source, d.feed_period, d.row_key
FROM derived.means_tested AS m
JOIN feed.detention AS d ON d.person_key = m.person_key
WHERE m.tested_category IN ('DIBAO', 'TEKUN') AND d.from_on <= :as_of AND (d.until_on IS NULL OR d.until_on >= :as_of)

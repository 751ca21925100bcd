-- Members of the households whose income and property are tested (低保, 特困, 低保边缘, 刚性支出), one row per membership.
-- tested_category: the member's own category, else the household's.
SELECT *, COALESCE(category, household_category) AS tested_category
FROM derived.members
WHERE COALESCE(category, household_category) IN ('DIBAO', 'TEKUN', 'MARGIN', 'RIGID')

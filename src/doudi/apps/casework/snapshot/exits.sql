-- Who was refused (every member of the family that applied) or has left: only people without a category on the day.
WITH held AS (
    SELECT DISTINCT person_id FROM category_status
    WHERE category <> 'FANPIN' AND from_date <= %(as_of)s AND (to_date IS NULL OR to_date > %(as_of)s)
),
gone AS (
    SELECT s.household_id, s.person_id, 'exited' AS kind, s.category, s.to_date AS left_on
    FROM category_status s
    WHERE s.category <> 'FANPIN' AND s.to_date <= %(as_of)s
    UNION ALL
    SELECT a.household_id, m.person_id, 'rejected', NULL, (a.decided_at AT TIME ZONE 'Asia/Shanghai')::date
    FROM application a
    JOIN membership m ON m.household_id = a.household_id
      AND m.from_date <= (a.decided_at AT TIME ZONE 'Asia/Shanghai')::date
      AND (m.to_date IS NULL OR m.to_date > (a.decided_at AT TIME ZONE 'Asia/Shanghai')::date)
    WHERE a.state = 'REFUSED' AND (a.decided_at AT TIME ZONE 'Asia/Shanghai')::date <= %(as_of)s
)
SELECT h.household_key, p.person_key, g.kind, g.category, g.left_on
FROM (
    SELECT DISTINCT ON (person_id, kind) * FROM gone WHERE person_id NOT IN (SELECT person_id FROM held)
    ORDER BY person_id, kind, left_on DESC, household_id
) g
JOIN household h ON h.id = g.household_id
JOIN person p ON p.id = g.person_id
WHERE h.county_code = %(county)s

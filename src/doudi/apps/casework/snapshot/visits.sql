SELECT h.household_key, (v.visited_at AT TIME ZONE 'Asia/Shanghai')::date, v.method, v.outcome, v.other_difficulty <> ''
FROM visit v
JOIN visit_task t ON t.id = v.task_id
JOIN household h ON h.id = t.household_id
WHERE h.county_code = %(county)s AND (v.visited_at AT TIME ZONE 'Asia/Shanghai')::date <= %(as_of)s

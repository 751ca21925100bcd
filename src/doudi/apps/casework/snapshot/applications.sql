-- The step's limit is counted in Python: working days are no matter of SQL. Checked: the decision rests on a computation.
SELECT h.household_key, a.application_no, a.channel, NULL, a.state, (a.submitted_at AT TIME ZONE 'Asia/Shanghai')::date,
       NULL, (a.decided_at AT TIME ZONE 'Asia/Shanghai')::date, a.decision_id IS NOT NULL
FROM application a
JOIN household h ON h.id = a.household_id
WHERE h.county_code = %(county)s AND (a.submitted_at AT TIME ZONE 'Asia/Shanghai')::date <= %(as_of)s

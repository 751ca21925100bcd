SELECT h.household_key, c.conference_no, c.state, (c.proposed_at AT TIME ZONE 'Asia/Shanghai')::date, c.held_on
FROM case_conference c
JOIN household h ON h.id = c.household_id
WHERE h.county_code = %(county)s AND (c.proposed_at AT TIME ZONE 'Asia/Shanghai')::date <= %(as_of)s

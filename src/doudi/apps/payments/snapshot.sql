SELECT h.household_key, p.person_key, l.period, l.item, (l.amount * 100)::bigint, l.result, l.paid_on
FROM payment_line l
JOIN household h ON h.id = l.household_id
LEFT JOIN person p ON p.id = l.person_id
WHERE h.county_code = %(county)s AND l.period <= %(period)s

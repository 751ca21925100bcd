SELECT h.household_key, p.person_key, a.item, (a.amount * 100)::bigint, nullif(a.period, ''), a.given_on, u.department
FROM assistance_record a
JOIN household h ON h.id = a.household_id
LEFT JOIN person p ON p.id = a.person_id
JOIN unit u ON u.id = a.unit_id
WHERE h.county_code = %(county)s AND a.given_on <= %(as_of)s

SELECT h.household_key, p.person_key, r.referral_no, r.item, u.department, r.state,
       (r.sent_at AT TIME ZONE 'Asia/Shanghai')::date, r.accept_due_on, r.handle_due_on, r.rejections
FROM referral r
JOIN household h ON h.id = r.household_id
LEFT JOIN person p ON p.id = r.person_id
JOIN unit u ON u.id = r.to_unit_id
WHERE h.county_code = %(county)s AND (r.sent_at AT TIME ZONE 'Asia/Shanghai')::date <= %(as_of)s

-- informed_on: the day that the record of telling the family (主动告知) names.
SELECT h.household_key, p.person_key, a.alert_no, a.indicator, a.alert_class, a.state,
       (a.created_at AT TIME ZONE 'Asia/Shanghai')::date, a.due_on, (a.closed_at AT TIME ZONE 'Asia/Shanghai')::date,
       told.informed_on
FROM alert a
JOIN household h ON h.id = a.household_id
LEFT JOIN person p ON p.id = a.person_id
LEFT JOIN (
    SELECT document, min((body ->> '告知日期')::date) AS informed_on FROM chain_event
    WHERE kind = 'NOTICE' AND document LIKE 'alert:%%' AND body ->> '告知日期' IS NOT NULL GROUP BY document
) told ON told.document = 'alert:' || a.id
WHERE a.county_code = %(county)s AND (a.created_at AT TIME ZONE 'Asia/Shanghai')::date <= %(as_of)s

-- Taper periods of the decisions in force: months, as first and last day.
SELECT h.household_key, to_date(d.result -> 'taper' ->> 'from', 'YYYY-MM'),
       (to_date(d.result -> 'taper' ->> 'to', 'YYYY-MM') + interval '1 month' - interval '1 day')::date
FROM (
    SELECT DISTINCT ON (household_id) * FROM decision
    WHERE state = 'IN_FORCE' AND (decided_at AT TIME ZONE 'Asia/Shanghai')::date <= %(as_of)s
    ORDER BY household_id, decided_at DESC, id DESC
) d
JOIN household h ON h.id = d.household_id
WHERE h.county_code = %(county)s AND d.result -> 'taper' ->> 'from' IS NOT NULL

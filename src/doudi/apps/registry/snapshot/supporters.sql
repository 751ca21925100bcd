-- What is known of each supporter on the day: the latest statement of the same supporter counts.
SELECT p.person_key, s.relation, extract(year FROM age(%(as_of)s::date, s.birth_date))::int,
       (s.annual_support * 100)::bigint, s.able
FROM (
    SELECT DISTINCT ON (supports_id, name, relation) * FROM supporter
    WHERE as_of <= %(as_of)s ORDER BY supports_id, name, relation, as_of DESC, id DESC
) s
JOIN person p ON p.id = s.supports_id
JOIN household h ON h.id = s.household_id
WHERE h.county_code = %(county)s

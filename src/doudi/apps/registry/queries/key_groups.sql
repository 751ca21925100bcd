-- Families outside dibao and tekun that the documents have visited first, by the facts in force on a day.
WITH here AS (
    SELECT m.household_id, m.person_id, p.birth_date, p.labour_ability
    FROM membership m
    JOIN household h ON h.id = m.household_id
    JOIN person p ON p.id = m.person_id
    WHERE h.county_code = %(county)s AND h.register IN ('ACTIVE', 'WATCH', 'RETAINED')
      AND h.category NOT IN ('DIBAO', 'TEKUN')
      AND m.from_date <= %(on)s AND (m.to_date IS NULL OR m.to_date > %(on)s)
      AND (p.died_on IS NULL OR p.died_on > %(on)s)
),
card AS (
    SELECT DISTINCT ON (person_id) person_id, valid_until, cancelled_on FROM fact_disability
    WHERE as_of <= %(on)s AND person_id IN (SELECT person_id FROM here) ORDER BY person_id, as_of DESC, id DESC
),
health AS (
    SELECT DISTINCT ON (person_id) person_id, serious_illness, until FROM fact_health
    WHERE as_of <= %(on)s AND person_id IN (SELECT person_id FROM here) ORDER BY person_id, as_of DESC, id DESC
),
study AS (
    SELECT DISTINCT ON (person_id) person_id, stage, until FROM fact_study
    WHERE as_of <= %(on)s AND person_id IN (SELECT person_id FROM here) ORDER BY person_id, as_of DESC, id DESC
),
able AS (
    SELECT h.household_id
    FROM here h
    LEFT JOIN study s ON s.person_id = h.person_id
    WHERE h.birth_date <= %(on)s::date - make_interval(years => %(from)s)
      AND h.birth_date > %(on)s::date - make_interval(years => %(below)s)
      AND coalesce(h.labour_ability, '') IN ('', 'full')
      AND (s.stage IS NULL OR s.until < %(on)s)
),
covered AS (
    SELECT s.household_id, s.person_id FROM category_status s
    WHERE s.category = 'DIBAO' AND s.from_date <= %(on)s AND (s.to_date IS NULL OR s.to_date > %(on)s)
)
SELECT h.household_id, 'uncovered_disabled', array_agg(h.person_id ORDER BY h.person_id)
FROM here h
JOIN card c ON c.person_id = h.person_id
WHERE (c.valid_until IS NULL OR c.valid_until >= %(on)s) AND (c.cancelled_on IS NULL OR c.cancelled_on > %(on)s)
GROUP BY h.household_id
UNION ALL
SELECT h.household_id, 'ill', array_agg(h.person_id ORDER BY h.person_id)
FROM here h
JOIN health i ON i.person_id = h.person_id
WHERE i.serious_illness AND (i.until IS NULL OR i.until >= %(on)s)
GROUP BY h.household_id
UNION ALL
SELECT DISTINCT h.household_id, 'weak_labour', '{}'::bigint[]
FROM here h
WHERE h.household_id NOT IN (SELECT household_id FROM able)
UNION ALL
SELECT h.household_id, 'not_whole_household', array_agg(h.person_id ORDER BY h.person_id) FILTER (WHERE c.person_id IS NOT NULL)
FROM here h
LEFT JOIN covered c ON c.household_id = h.household_id AND c.person_id = h.person_id
GROUP BY h.household_id
HAVING count(c.person_id) BETWEEN 1 AND count(*) - 1
ORDER BY 1, 2

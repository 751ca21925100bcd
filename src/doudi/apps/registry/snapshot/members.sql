-- Active memberships of a county, or of some of its households, on a day, with what was known of the person by then. Money: yuan here, 分 in the file.
WITH here AS (
    SELECT m.id, m.person_id, m.household_id, m.relation, h.household_key
    FROM membership m
    JOIN household h ON h.id = m.household_id
    WHERE h.county_code = %(county)s AND h.register IN ('ACTIVE', 'WATCH', 'RETAINED')
      AND (%(households)s::bigint[] IS NULL OR h.household_key = ANY(%(households)s))
      AND m.from_date <= %(as_of)s AND (m.to_date IS NULL OR m.to_date > %(as_of)s)
),
status AS (
    SELECT s.id, s.person_id, s.household_id, s.category, s.route, s.subtype, s.from_date
    FROM category_status s
    JOIN household h ON h.id = s.household_id
    WHERE h.county_code = %(county)s
      AND (%(households)s::bigint[] IS NULL OR h.household_key = ANY(%(households)s))
      AND s.from_date <= %(as_of)s AND (s.to_date IS NULL OR s.to_date > %(as_of)s)
),
own AS (
    SELECT DISTINCT ON (person_id, household_id) person_id, household_id, category, nullif(route, '') AS route, from_date
    FROM status WHERE category <> 'FANPIN' ORDER BY person_id, household_id, from_date DESC, id DESC
),
flag AS (
    SELECT DISTINCT ON (person_id, household_id) person_id, household_id, nullif(subtype, '') AS subtype
    FROM status WHERE category = 'FANPIN' ORDER BY person_id, household_id, from_date DESC, id DESC
),
income AS (
    SELECT DISTINCT ON (person_id) * FROM fact_income
    WHERE as_of <= %(as_of)s AND person_id IN (SELECT person_id FROM here) ORDER BY person_id, as_of DESC, id DESC
),
health AS (
    SELECT DISTINCT ON (person_id) person_id, since, serious_illness AND (until IS NULL OR until >= %(as_of)s) AS serious
    FROM fact_health
    WHERE as_of <= %(as_of)s AND person_id IN (SELECT person_id FROM here) ORDER BY person_id, as_of DESC, id DESC
),
card AS (
    SELECT DISTINCT ON (person_id) person_id, kind, grade, valid_until, cancelled_on FROM fact_disability
    WHERE as_of <= %(as_of)s AND person_id IN (SELECT person_id FROM here) ORDER BY person_id, as_of DESC, id DESC
),
valid_card AS (
    SELECT * FROM card
    WHERE (valid_until IS NULL OR valid_until >= %(as_of)s) AND (cancelled_on IS NULL OR cancelled_on > %(as_of)s)
),
job AS (
    SELECT DISTINCT ON (person_id) person_id, employed, since FROM fact_employment
    WHERE as_of <= %(as_of)s AND person_id IN (SELECT person_id FROM here) ORDER BY person_id, as_of DESC, id DESC
),
study AS (
    SELECT DISTINCT ON (person_id) person_id, stage, until FROM fact_study
    WHERE as_of <= %(as_of)s AND person_id IN (SELECT person_id FROM here) ORDER BY person_id, as_of DESC, id DESC
)
SELECT p.person_key, here.household_key, here.relation, p.sex, p.birth_date,
       own.category, own.route, own.from_date, flag.subtype,
       c.kind, c.grade,
       coalesce(health.serious, false), CASE WHEN health.serious THEN health.since END,
       CASE WHEN study.until IS NULL OR study.until >= %(as_of)s THEN study.stage END,
       nullif(p.labour_ability, ''), p.self_care_failed_items,
       coalesce(job.employed, false), CASE WHEN job.employed THEN job.since END,
       (coalesce(income.wage, 0) * 100)::bigint, (coalesce(income.business_net, 0) * 100)::bigint,
       (coalesce(income.property_net, 0) * 100)::bigint, (coalesce(income.transfer_net, 0) * 100)::bigint,
       (coalesce(income.other, 0) * 100)::bigint, income.as_of,
       CASE WHEN p.died_on <= %(as_of)s THEN p.died_on END
FROM here
JOIN person p ON p.id = here.person_id
LEFT JOIN own ON own.person_id = here.person_id AND own.household_id = here.household_id
LEFT JOIN flag ON flag.person_id = here.person_id AND flag.household_id = here.household_id
LEFT JOIN income ON income.person_id = here.person_id
LEFT JOIN health ON health.person_id = here.person_id
LEFT JOIN valid_card c ON c.person_id = here.person_id
LEFT JOIN job ON job.person_id = here.person_id
LEFT JOIN study ON study.person_id = here.person_id

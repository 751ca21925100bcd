-- Households of a county, or some of them, on a day. The household's category is that of the household as a whole: routes that belong to
-- one person count only where every member has one.
WITH home AS (
    SELECT * FROM household WHERE county_code = %(county)s AND register IN ('ACTIVE', 'WATCH', 'RETAINED')
      AND (%(households)s::bigint[] IS NULL OR household_key = ANY(%(households)s))
),
member AS (
    SELECT m.household_id, m.person_id FROM membership m
    JOIN home ON home.id = m.household_id
    JOIN person p ON p.id = m.person_id
    WHERE m.from_date <= %(as_of)s AND (m.to_date IS NULL OR m.to_date > %(as_of)s)
),
living AS (
    SELECT member.household_id, count(*) AS members FROM member
    JOIN person p ON p.id = member.person_id
    WHERE p.died_on IS NULL OR p.died_on > %(as_of)s GROUP BY member.household_id
),
status AS (
    SELECT s.household_id, s.category, s.route, s.from_date, s.id, count(*) OVER (PARTITION BY s.household_id) AS held
    FROM category_status s JOIN home ON home.id = s.household_id
    WHERE s.category <> 'FANPIN' AND s.from_date <= %(as_of)s AND (s.to_date IS NULL OR s.to_date > %(as_of)s)
),
own AS (
    SELECT DISTINCT ON (status.household_id) status.household_id, status.category, status.from_date
    FROM status LEFT JOIN living USING (household_id)
    WHERE route NOT IN ('single_person', 'single_household') OR held >= coalesce(members, 0)
    ORDER BY status.household_id, route IN ('single_person', 'single_household'), from_date, id
),
earned AS (
    SELECT member.household_id, sum(i.wage + i.business_net + i.property_net + i.transfer_net + i.other) AS total
    FROM member JOIN (
        SELECT DISTINCT ON (person_id) * FROM fact_income
        WHERE as_of <= %(as_of)s AND person_id IN (SELECT person_id FROM member)
        ORDER BY person_id, as_of DESC, id DESC
    ) i ON i.person_id = member.person_id
    GROUP BY member.household_id
),
shared AS (
    SELECT DISTINCT ON (household_id) household_id, wage + business_net + property_net + transfer_net + other AS total
    FROM fact_shared_income WHERE as_of <= %(as_of)s AND household_id IN (SELECT id FROM home)
    ORDER BY household_id, as_of DESC, id DESC
),
spent AS (
    SELECT DISTINCT ON (household_id) household_id, illness_rigid + disability_rigid + education_rigid AS necessary
    FROM fact_spending WHERE as_of <= %(as_of)s AND household_id IN (SELECT id FROM home)
    ORDER BY household_id, as_of DESC, id DESC
),
graded AS (
    -- the worst of the houses of the latest look
    SELECT household_id, max(grade) AS grade FROM (
        SELECT household_id, nullif(grade, '') AS grade, rank() OVER (PARTITION BY household_id ORDER BY as_of DESC) AS r
        FROM fact_house WHERE as_of <= %(as_of)s AND household_id IN (SELECT id FROM home)
    ) houses WHERE r = 1 GROUP BY household_id
)
SELECT home.household_key, home.province_code, home.city_code, home.county_code, home.township_code, home.village_code,
       home.area, home.register, own.category, own.from_date, coalesce(living.members, 0),
       ((coalesce(earned.total, 0) + coalesce(shared.total, 0)) * 100)::bigint,
       (coalesce(shared.total, 0) * 100)::bigint, (coalesce(spent.necessary, 0) * 100)::bigint,
       home.property_conforms, graded.grade, (home.monthly_benefit * 100)::bigint
FROM home
LEFT JOIN own ON own.household_id = home.id
LEFT JOIN living ON living.household_id = home.id
LEFT JOIN earned ON earned.household_id = home.id
LEFT JOIN shared ON shared.household_id = home.id
LEFT JOIN spent ON spent.household_id = home.id
LEFT JOIN graded ON graded.household_id = home.id

-- 特困人员 whose conditions no longer seem to hold, one row per ground and proof. 分 a year.
WITH tekun AS (
  SELECT
    m.person_key, m.household_key, m.age, m.student, m.labour_ability, m.category_from, m.birth_date,
    COALESCE(m.severe, FALSE) OR (m.labour_ability = 'none' AND m.disability_grade IS NOT NULL) AS disabled,
    CASE WHEN h.member_count = 1 THEN h.income_year
         ELSE COALESCE(r.wage, 0) + COALESCE(r.business_net, 0) + COALESCE(r.property_net, 0) + COALESCE(r.transfer_net, 0)
           + COALESCE(r.other_income, 0) END AS own_income,
    h.property_conforms,
    COALESCE(p.tekun_income_limit, p.dibao_standard) AS income_limit,
    p.adult_age, p.elder_age, p.working_age,
    -- Recognised as a minor, grown since. Ages in completed months, birthdays of the month itself included.
    m.age >= p.adult_age AND ADD_MONTHS(m.birth_date, CAST(p.adult_age * 12 AS INTEGER)) > m.category_from AS has_grown
  FROM derived.means_tested AS m
  JOIN registry.members AS r ON r.person_key = m.person_key AND r.household_key = m.household_key
  JOIN registry.households AS h ON h.household_key = m.household_key
  JOIN parameter AS p ON p.division = m.division AND p.area = m.area
  WHERE m.tested_category = 'TEKUN'
),
schooling AS (
  SELECT
    person_key, feed_period, row_key, status,
    MAX(CASE WHEN status = 'enrolled' AND stage IN ('compulsory', 'senior_high', 'vocational') THEN 1 ELSE 0 END) OVER (PARTITION BY person_key)
      AS at_school
  FROM feed.school_enrolment
  WHERE enrolled_on <= :as_of
),
pupil AS (
  -- The school list is newer than the register where it knows the person.
  SELECT t.person_key
  FROM tekun AS t
  LEFT JOIN (SELECT person_key, MAX(at_school) AS at_school FROM schooling GROUP BY person_key) AS s ON s.person_key = t.person_key
  WHERE s.at_school = 1 OR (s.at_school IS NULL AND t.student IN ('compulsory', 'senior_high', 'vocational'))
),
ground AS (
  SELECT t.person_key, t.household_key, 'supporter' AS ground, CAST(NULL AS VARCHAR) AS source, CAST(NULL AS VARCHAR) AS feed_period, CAST(NULL AS BIGINT) AS row_key
  FROM tekun AS t
  JOIN registry.supporters AS s ON s.person_key = t.person_key
  WHERE s.able AND s.relation NOT IN ('sibling', 'other') AND (s.age IS NULL OR s.age >= t.adult_age)
  UNION ALL
  SELECT t.person_key, t.household_key, 'able', NULL, NULL, NULL
  FROM tekun AS t
  LEFT JOIN pupil AS p ON p.person_key = t.person_key
  WHERE t.labour_ability = 'full' AND t.age >= t.adult_age AND t.age < t.elder_age AND NOT t.disabled AND p.person_key IS NULL
  UNION ALL
  SELECT t.person_key, t.household_key, 'work', e.source, e.feed_period, e.row_key
  FROM tekun AS t
  JOIN derived.working AS w ON w.person_key = t.person_key
  LEFT JOIN (
    SELECT person_key, 'employment' AS source, feed_period, row_key FROM feed.employment
    WHERE kind = 'employee' AND insured_from <= :as_of AND (insured_until IS NULL OR insured_until >= :as_of)
    UNION ALL
    SELECT person_key, 'unemployment', feed_period, row_key FROM feed.unemployment WHERE status = 'employed'
  ) AS e ON e.person_key = t.person_key
  WHERE t.age >= t.working_age AND t.age < t.elder_age
  UNION ALL
  SELECT t.person_key, t.household_key, 'grown', CASE WHEN s.row_key IS NOT NULL THEN 'school_enrolment' END, s.feed_period, s.row_key
  FROM tekun AS t
  LEFT JOIN pupil AS p ON p.person_key = t.person_key
  LEFT JOIN schooling AS s ON s.person_key = t.person_key
  WHERE t.has_grown AND t.age < t.elder_age AND NOT t.disabled AND p.person_key IS NULL
  UNION ALL
  SELECT person_key, household_key, 'income', NULL, NULL, NULL FROM tekun WHERE own_income >= income_limit * 1200
  UNION ALL
  SELECT person_key, household_key, 'property', NULL, NULL, NULL FROM tekun WHERE NOT property_conforms
),
listed AS (
  SELECT person_key, CONCAT_WS(',',
    MAX(CASE WHEN ground = 'supporter' THEN ground END), MAX(CASE WHEN ground = 'able' THEN ground END),
    MAX(CASE WHEN ground = 'work' THEN ground END), MAX(CASE WHEN ground = 'grown' THEN ground END),
    MAX(CASE WHEN ground = 'income' THEN ground END), MAX(CASE WHEN ground = 'property' THEN ground END)) AS grounds
  FROM ground
  GROUP BY person_key
)
SELECT
  g.person_key, g.household_key, l.grounds, t.age, CAST(ROUND(t.own_income / 12.0) AS BIGINT) AS own_income,
  CAST(ROUND(t.income_limit * 100) AS BIGINT) AS income_limit, g.source, g.feed_period, g.row_key
FROM ground AS g
JOIN listed AS l ON l.person_key = g.person_key
JOIN tekun AS t ON t.person_key = g.person_key AND t.household_key = g.household_key

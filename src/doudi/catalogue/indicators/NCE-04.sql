WITH adult AS (
  SELECT
    m.person_key, m.household_key, m.relation,
    CASE WHEN m.severe AND c.severe THEN LEAST(m.disability_grade, c.grade)
         WHEN m.severe THEN m.disability_grade ELSE c.grade END AS grade,
    CASE WHEN c.severe THEN 'disability' END AS source,
    CASE WHEN c.severe THEN c.feed_period END AS feed_period,
    CASE WHEN c.severe THEN c.row_key END AS row_key,
    p.adult_age,
    COALESCE(p.single_household_supporter_age, p.elder_age) AS supporter_age
  FROM derived.members AS m
  JOIN parameter AS p ON p.division = m.division AND p.area = m.area
  LEFT JOIN derived.valid_cards AS c ON c.person_key = m.person_key
  LEFT JOIN derived.working AS w ON w.person_key = m.person_key
  LEFT JOIN (SELECT DISTINCT person_key FROM registry.members WHERE category IN ('DIBAO', 'TEKUN')) AS covered
    ON covered.person_key = m.person_key
  WHERE (m.severe OR c.severe) AND m.age >= p.adult_age AND w.person_key IS NULL AND covered.person_key IS NULL
),
supporter AS (
  SELECT a.person_key, a.household_key, s.relation = 'sibling' AS is_sibling, s.age >= a.supporter_age AS is_elder
  FROM adult AS a
  JOIN registry.supporters AS s ON s.person_key = a.person_key AND COALESCE(s.able, TRUE)
  UNION ALL
  -- Grown people of the same household keep one another. Brothers and sisters: two children of the head, or the head and the head's own.
  SELECT
    a.person_key, a.household_key,
    (a.relation = 'child' AND o.relation = 'child') OR (a.relation IN ('head', 'sibling') AND o.relation = 'sibling')
      OR (a.relation = 'sibling' AND o.relation = 'head'),
    o.age >= a.supporter_age
  FROM adult AS a
  JOIN derived.members AS o ON o.household_key = a.household_key AND o.person_key <> a.person_key AND o.age >= a.adult_age
),
kept AS (
  SELECT
    person_key, household_key,
    CAST(COUNT(*) AS INTEGER) AS supporters,
    CAST(SUM(CASE WHEN is_sibling THEN 1 ELSE 0 END) AS INTEGER) AS siblings,
    CAST(SUM(CASE WHEN is_sibling OR is_elder THEN 1 ELSE 0 END) AS INTEGER) AS exempt
  FROM supporter
  GROUP BY person_key, household_key
)
SELECT
  a.person_key,
  a.household_key,
  a.grade,
  k.supporters,
  CASE WHEN k.siblings > 0 THEN k.siblings END AS siblings,
  CAST(a.supporter_age AS INTEGER) AS supporter_age,
  a.source,
  a.feed_period,
  a.row_key
FROM adult AS a
JOIN kept AS k ON k.person_key = a.person_key AND k.household_key = a.household_key
WHERE k.supporters = k.exempt

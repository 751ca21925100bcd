-- Registered persons who look like 特困人员: old, under working age or disabled without labour ability; nobody on record who could keep them,
-- neither a supporter who is able nor a relative with a legal duty in the same household; income below the 低保 standard. 分 a year.
WITH candidate AS (
  SELECT
    m.person_key, m.household_key, m.relation, m.age, m.category,
    CASE WHEN m.age >= p.elder_age THEN 'elder' WHEN m.age < p.working_age THEN 'child' ELSE 'disabled' END AS ground,
    CASE WHEN h.member_count = 1 THEN h.income_year
         ELSE COALESCE(r.wage, 0) + COALESCE(r.business_net, 0) + COALESCE(r.property_net, 0) + COALESCE(r.transfer_net, 0)
           + COALESCE(r.other_income, 0) END AS own_income,
    p.dibao_standard, p.adult_age, p.elder_age
  FROM derived.members AS m
  JOIN registry.members AS r ON r.person_key = m.person_key AND r.household_key = m.household_key
  JOIN registry.households AS h ON h.household_key = m.household_key
  JOIN parameter AS p ON p.division = m.division AND p.area = m.area
  WHERE m.age >= p.elder_age OR m.age < p.working_age
    OR m.severe OR (m.labour_ability = 'none' AND m.disability_grade IS NOT NULL)
),
keeper AS (
  -- Those who could keep somebody: registered supporters who are able, and grown relatives of the household who can work or have enough to live
  -- on. A brother, a sister or one who is no relative has no such duty.
  SELECT c.person_key, c.household_key
  FROM candidate AS c
  JOIN registry.supporters AS s ON s.person_key = c.person_key AND COALESCE(s.able, TRUE) AND s.relation NOT IN ('sibling', 'other')
  UNION
  SELECT c.person_key, c.household_key
  FROM candidate AS c
  JOIN derived.members AS o ON o.household_key = c.household_key AND o.person_key <> c.person_key AND o.age >= c.adult_age
  LEFT JOIN candidate AS weak ON weak.person_key = o.person_key AND weak.household_key = o.household_key
  WHERE CASE WHEN weak.person_key IS NULL THEN COALESCE(o.labour_ability, 'full') <> 'none' ELSE weak.own_income >= weak.dibao_standard * 1200 END
    AND o.relation <> 'other' AND c.relation <> 'other'
    AND NOT ((c.relation = 'child' AND o.relation = 'child') OR (c.relation IN ('head', 'sibling') AND o.relation = 'sibling')
      OR (c.relation = 'sibling' AND o.relation = 'head'))
)
SELECT c.person_key, c.household_key, c.category, c.ground, c.age, CAST(c.own_income AS BIGINT) AS own_income, c.dibao_standard
FROM candidate AS c
LEFT JOIN keeper AS k ON k.person_key = c.person_key AND k.household_key = c.household_key
WHERE k.person_key IS NULL AND c.own_income < c.dibao_standard * 1200

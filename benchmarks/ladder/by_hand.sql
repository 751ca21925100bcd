-- The ladder of the national guide for 2025-03-01, category and monthly amount, as one would write it by hand for DuckDB:
-- one row a household; only the columns that count; only the members who can have an amount looked at twice.
WITH support AS (
  SELECT person_key, SUM(annual_support) AS amount FROM supporter WHERE NOT co_living GROUP BY person_key
),
h AS (
  SELECT household_key, dibao_standard AS dibao, disposable_income AS disposable, tekun_basic_standard AS basic,
    tekun_care_partial AS partial_care, tekun_care_none AS full_care, property_conforms,
    COALESCE(property_conforms_margin_given, property_conforms) AS margin_property,
    shared_wage + shared_business_net + shared_property_net + shared_transfer_net + shared_other_income AS shared,
    spending_illness_rigid + spending_disability_rigid + spending_education_rigid AS spending
  FROM household LEFT JOIN standard USING (division, area)
),
p AS (
  SELECT t.household_key, h.shared, COALESCE(self_care_failed_items, 0) AS failed, has_legal_supporter, supporter_able,
    COALESCE(died_on >= DATE '2025-03-01', TRUE) AS living, current_category = 'OTHER' AS other, disability_grade,
    labour_ability_given, disability_grade IN (1, 2) OR serious_illness AS weak,
    COALESCE((20250301 - (year(birth_date) * 10000 + month(birth_date) * 100 + day(birth_date))) // 10000, age_given) AS age,
    wage + business_net + property_net + transfer_net + other_income
      + CASE WHEN transfer_net >= COALESCE(u.amount, 0) THEN 0 ELSE u.amount END AS income
  FROM person AS t JOIN h USING (household_key) LEFT JOIN support AS u USING (person_key)
),
q AS (
  SELECT household_key, income, living, other, weak, failed, living AND NOT (has_legal_supporter AND supporter_able)
    AND COALESCE(labour_ability_given = 'none', age < 16 OR age >= 60) AND (age >= 60 OR disability_grade > 0 OR age < 18)
    AND (income + shared < 10000 * 12 OR (income <= 0 AND shared <= 0)) AS tekun
  FROM p
),
r AS (SELECT *, living AND tekun IS NOT TRUE AS counted FROM q),
g AS (
  SELECT household_key, COUNT(*) FILTER (counted) AS members, COALESCE(SUM(income) FILTER (counted), 0) AS income,
    BOOL_OR(living) AND NOT BOOL_OR(living AND NOT tekun) AS all_tekun, BOOL_OR(living AND other) AS other
  FROM r GROUP BY household_key
),
k AS (
  SELECT h.*, members, all_tekun, other, CAST(g.income + shared AS BIGINT) AS total FROM h JOIN g USING (household_key)
),
d AS (SELECT *, members > 0 AND total < dibao * 12 * members AND property_conforms AS is_dibao FROM k),
m AS (SELECT *, members > 0 AND NOT is_dibao AND total < dibao * 18 * members AND margin_property AS is_margin FROM d),
e AS (
  SELECT *, CASE WHEN all_tekun THEN 'TEKUN' WHEN is_dibao THEN 'DIBAO' WHEN is_margin THEN 'MARGIN' WHEN is_rigid THEN 'RIGID'
    WHEN other THEN 'OTHER' WHEN all_tekun IS NULL OR is_dibao IS NULL OR is_margin IS NULL OR is_rigid IS NULL
    THEN 'NEEDS_LOCAL_RULE' ELSE 'NOT_LOW_INCOME' END AS category
  FROM (SELECT *, members > 0 AND NOT is_dibao AND NOT is_margin AND total < disposable * members AND margin_property
    AND spending > 0 AND spending * 2 >= total AS is_rigid FROM m)
),
s AS (
  SELECT household_key, SUM(CASE
    WHEN r.tekun THEN e.basic + CASE WHEN failed >= 4 THEN e.full_care WHEN failed >= 1 THEN e.partial_care ELSE 0 END
    WHEN weak AND counted AND is_margin AND r.income * members + shared < dibao * 12 * members
    THEN ((dibao * 12 * members - r.income * members - shared) * 2 + 12 * members) // (24 * members) ELSE 0 END) AS amount
  FROM (FROM r WHERE tekun OR (weak AND counted)) AS r JOIN e USING (household_key) GROUP BY household_key
)
SELECT household_key, category, CASE WHEN category <> 'NEEDS_LOCAL_RULE' THEN CAST(COALESCE(s.amount, 0)
  + CASE WHEN category = 'DIBAO' THEN ((dibao * 12 * members - total) * 2 + 12) // 24 ELSE 0 END AS BIGINT) END AS monthly
FROM e LEFT JOIN s USING (household_key)

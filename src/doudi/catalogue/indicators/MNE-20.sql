WITH school AS (
  -- At a university on the first of the month, or gone from it before: who left on the first was still there that day.
  SELECT
    person_key,
    MAX(CASE WHEN status IN ('enrolled', 'suspended') AND enrolled_on <= :first_day THEN 1 ELSE 0 END) AS attends,
    MAX(CASE WHEN status IN ('graduated', 'left') AND COALESCE(left_on, feed_as_of) < :first_day THEN COALESCE(left_on, feed_as_of) END) AS left_on
  FROM feed.school_enrolment
  WHERE stage IN ('undergraduate', 'postgraduate')
  GROUP BY person_key
),
ended AS (
  SELECT
    g.person_key, g.household_key, g.age,
    CASE WHEN g.by_student IS NOT NULL THEN 'graduated' WHEN g.age >= g.adult_age THEN 'adult' END AS reason,
    CASE WHEN g.by_student IS NOT NULL THEN s.left_on END AS left_on
  FROM derived.supplement_grounds AS g
  LEFT JOIN school AS s ON s.person_key = g.person_key
  WHERE COALESCE(g.by_disability, g.by_illness, g.by_age, g.by_minor) IS NULL
    AND COALESCE(s.attends, 0) = 0 AND (g.by_student IS NULL OR s.left_on IS NOT NULL)
),
hit AS (
  SELECT e.person_key, e.household_key, e.age, e.reason, e.left_on, CAST(SUM(y.amount) AS BIGINT) AS amount
  FROM ended AS e
  JOIN registry.payments AS y
    ON y.person_key = e.person_key AND y.household_key = e.household_key AND y.item = 'supplement' AND y.period = :period
  WHERE e.reason IS NOT NULL AND y.result <> 'returned'
  GROUP BY e.person_key, e.household_key, e.age, e.reason, e.left_on
)
SELECT
  h.person_key,
  h.household_key,
  h.reason,
  h.age,
  h.left_on,
  :period AS pay_period,
  h.amount,
  CASE WHEN f.row_key IS NOT NULL THEN 'school_enrolment' END AS source,
  f.feed_period,
  f.row_key
FROM hit AS h
LEFT JOIN feed.school_enrolment AS f
  ON f.person_key = h.person_key AND h.reason = 'graduated' AND f.stage IN ('undergraduate', 'postgraduate') AND f.status IN ('graduated', 'left')

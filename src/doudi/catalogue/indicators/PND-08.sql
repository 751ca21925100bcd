WITH dated AS (
  SELECT CAST(EXTRACT(YEAR FROM :as_of) AS INTEGER) AS this_year, CAST(EXTRACT(MONTH FROM :as_of) AS INTEGER) AS this_month
),
term AS (
  -- The school year begins in autumn; term 1 runs until the spring term begins.
  SELECT
    CASE WHEN this_month >= :autumn_term_month THEN CONCAT(CAST(this_year AS VARCHAR), '-1')
         WHEN this_month >= :spring_term_month THEN CONCAT(CAST(this_year - 1 AS VARCHAR), '-2')
         ELSE CONCAT(CAST(this_year - 1 AS VARCHAR), '-1') END AS term,
    CASE WHEN this_month >= :autumn_term_month THEN MAKE_DATE(this_year, CAST(:autumn_term_month AS INTEGER), 1)
         WHEN this_month >= :spring_term_month THEN MAKE_DATE(this_year, CAST(:spring_term_month AS INTEGER), 1)
         ELSE MAKE_DATE(this_year - 1, CAST(:autumn_term_month AS INTEGER), 1) END AS began_on
  FROM dated
),
pupil AS (
  SELECT s.person_key, s.stage, s.enrolled_on, s.feed_period, s.row_key
  FROM feed.school_enrolment AS s
  WHERE s.status = 'enrolled' AND s.enrolled_on <= :as_of
  QUALIFY ROW_NUMBER() OVER (PARTITION BY s.person_key ORDER BY s.enrolled_on DESC, s.row_key) = 1
),
aided AS (
  SELECT a.person_key FROM feed.student_aid AS a JOIN term AS t ON t.term = a.term
  UNION
  SELECT p.person_key FROM feed.poor_student AS p JOIN term AS t ON t.term = p.term WHERE p.aid_amount > 0
  UNION
  SELECT r.person_key FROM registry.assistance AS r CROSS JOIN term AS t
  WHERE r.item LIKE 'E%' AND r.given_on >= t.began_on AND r.given_on <= :as_of
)
SELECT
  m.person_key,
  m.household_key,
  m.category,
  p.stage,
  t.term,
  p.enrolled_on,
  'school_enrolment' AS source,
  p.feed_period,
  p.row_key
FROM pupil AS p
CROSS JOIN term AS t
JOIN derived.members AS m ON m.person_key = p.person_key
LEFT JOIN aided AS a ON a.person_key = p.person_key
WHERE a.person_key IS NULL AND (m.category IS NOT NULL OR (m.fanpin IS NOT NULL AND :student_aid_covers_fanpin = 1))
  -- Term, enrolment and category have all lasted the days that the aid may take.
  AND t.began_on <= :student_aid_days_ago AND p.enrolled_on <= :student_aid_days_ago
  AND (m.category_from IS NULL OR m.category_from <= :student_aid_days_ago)
QUALIFY ROW_NUMBER() OVER (PARTITION BY m.person_key ORDER BY m.household_key) = 1

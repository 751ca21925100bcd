SELECT
  s.person_key,
  CAST(NULL AS BIGINT) AS household_key,
  s.stage,
  s.poverty_grade,
  s.term,
  'poor_student' AS source,
  s.feed_period,
  s.row_key
FROM feed.poor_student AS s
LEFT JOIN (SELECT DISTINCT person_key FROM registry.members) AS known ON known.person_key = s.person_key
WHERE s.poverty_grade IN ('severe', 'poor') AND known.person_key IS NULL

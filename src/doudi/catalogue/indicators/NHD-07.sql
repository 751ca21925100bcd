SELECT
  person_key,
  household_key,
  stage,
  previous_stage,
  enrolled_on,
  'school_enrolment' AS source,
  feed_period,
  row_key
FROM derived.new_enrolments
WHERE category IS NOT NULL OR fanpin IS NOT NULL

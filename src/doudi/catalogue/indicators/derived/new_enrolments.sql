-- Students of the register at a stage of schooling at which the delivery before did not have them, enrolled within the twelve months.
SELECT
  m.person_key, m.household_key, m.category, m.fanpin, e.stage, p.stage AS previous_stage, e.enrolled_on, e.feed_period, e.row_key
FROM feed.school_enrolment AS e
JOIN derived.members AS m ON m.person_key = e.person_key
LEFT JOIN (SELECT DISTINCT person_key, stage FROM feed.school_enrolment_previous WHERE status IN ('enrolled', 'suspended')) AS same
  ON same.person_key = e.person_key AND same.stage = e.stage
LEFT JOIN (SELECT person_key, MAX(stage) AS stage FROM feed.school_enrolment_previous GROUP BY person_key) AS p ON p.person_key = e.person_key
WHERE e.status = 'enrolled' AND e.enrolled_on >= :window_start AND e.enrolled_on <= :as_of AND same.person_key IS NULL

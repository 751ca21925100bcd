SELECT person_key, household_key, category, grade, previous_grade, disability_type, issued_on, source, feed_period, row_key
FROM derived.worse_cards
WHERE category IS NOT NULL OR fanpin IS NOT NULL

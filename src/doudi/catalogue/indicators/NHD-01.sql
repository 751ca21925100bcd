SELECT person_key, household_key, category, settled_on AS listed_last, diagnosed_on, granted_on, source, feed_period, row_key
FROM derived.newly_ill
WHERE category IS NOT NULL OR fanpin IS NOT NULL

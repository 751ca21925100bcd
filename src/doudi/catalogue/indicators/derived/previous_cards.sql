-- The most severe card of each person that was valid on the last day of the delivery before this period's.
SELECT person_key, CAST(disability_grade AS INTEGER) AS grade, feed_period, row_key
FROM feed.disability_previous
WHERE status = 'valid' AND issued_on <= feed_as_of AND (valid_until IS NULL OR valid_until >= feed_as_of)
QUALIFY ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY CAST(disability_grade AS INTEGER), row_key) = 1

-- severe: grades 1 and 2, and grade 3 of intellectual and mental disability where the locality extends it.
-- The most severe disability card of each person that is valid on the last day of the period: a card that expires today is valid today.
SELECT person_key, CAST(disability_grade AS INTEGER) AS grade, disability_type, issued_on,
  CAST(disability_grade AS INTEGER) IN (:single_person_grades)
    OR (:single_person_grade3 AND CAST(disability_grade AS INTEGER) = 3 AND disability_type IN ('intellectual', 'mental')) AS severe,
  feed_period, row_key
FROM feed.disability
WHERE status = 'valid' AND issued_on <= :as_of AND (valid_until IS NULL OR valid_until >= :as_of)
QUALIFY ROW_NUMBER() OVER (PARTITION BY person_key ORDER BY CAST(disability_grade AS INTEGER), row_key) = 1

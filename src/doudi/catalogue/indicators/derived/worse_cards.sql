-- Members whose valid disability card is new, or of a more severe grade than the one of the delivery before. One row per card, old and new.
SELECT
  m.person_key, m.household_key, m.category, m.fanpin, c.grade, p.grade AS previous_grade, c.disability_type, c.issued_on,
  'disability' AS source, e.feed_period, e.row_key
FROM derived.members AS m
JOIN derived.valid_cards AS c ON c.person_key = m.person_key
LEFT JOIN derived.previous_cards AS p ON p.person_key = c.person_key
JOIN (
  SELECT person_key, feed_period, row_key FROM derived.valid_cards
  UNION ALL
  SELECT person_key, feed_period, row_key FROM derived.previous_cards
) AS e ON e.person_key = c.person_key
WHERE p.grade IS NULL OR p.grade > c.grade

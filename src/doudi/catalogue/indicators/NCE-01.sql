SELECT
  c.person_key,
  m.household_key,
  c.grade,
  p.grade AS previous_grade,
  c.disability_type,
  c.issued_on,
  'disability' AS source,
  e.feed_period,
  e.row_key
FROM derived.valid_cards AS c
LEFT JOIN derived.previous_cards AS p ON p.person_key = c.person_key
LEFT JOIN (SELECT person_key, MIN(household_key) AS household_key FROM registry.members GROUP BY person_key) AS m ON m.person_key = c.person_key
LEFT JOIN (
  SELECT DISTINCT person_key FROM registry.members
  WHERE category IN ('DIBAO', 'TEKUN') OR died_on <= :as_of
) AS covered ON covered.person_key = c.person_key
JOIN (
  SELECT person_key, feed_period, row_key FROM derived.valid_cards
  UNION ALL
  SELECT person_key, feed_period, row_key FROM derived.previous_cards
) AS e ON e.person_key = c.person_key
WHERE c.severe AND (p.grade IS NULL OR p.grade > c.grade) AND covered.person_key IS NULL

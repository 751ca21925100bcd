WITH found AS (
  SELECT
    m.person_key, m.household_key,
    CASE WHEN m.severe AND c.severe THEN LEAST(m.disability_grade, c.grade)
         WHEN m.severe THEN m.disability_grade
         WHEN c.severe THEN c.grade END AS grade,
    CASE WHEN m.serious_illness OR s.listed_last IS NOT NULL THEN TRUE END AS ill,
    s.listed_last
  FROM derived.members AS m
  LEFT JOIN derived.valid_cards AS c ON c.person_key = m.person_key
  LEFT JOIN derived.medical AS s ON s.person_key = m.person_key
  WHERE m.household_category = 'MARGIN' AND m.register = 'ACTIVE'
),
hit AS (
  SELECT f.* FROM found AS f
  LEFT JOIN (SELECT DISTINCT person_key FROM registry.members WHERE category IN ('DIBAO', 'TEKUN')) AS covered
    ON covered.person_key = f.person_key
  WHERE (f.grade IS NOT NULL OR f.ill) AND covered.person_key IS NULL
),
proof AS (
  SELECT person_key, 'disability' AS source, feed_period, row_key FROM derived.valid_cards WHERE severe
  UNION ALL
  SELECT s.person_key, 'medical_settlement', s.feed_period, s.row_key
  FROM feed.medical_settlement_history AS s
  JOIN hit AS h ON h.person_key = s.person_key
  WHERE s.listed_disease AND s.settled_on >= :window_start AND s.settled_on <= :as_of
)
SELECT h.person_key, h.household_key, h.grade, h.ill, h.listed_last, p.source, p.feed_period, p.row_key
FROM hit AS h
LEFT JOIN proof AS p ON p.person_key = h.person_key

WITH household AS (
  SELECT h.household_key, MAX(v.visited_on) AS visited_on
  FROM registry.households AS h
  LEFT JOIN registry.visits AS v
    ON v.household_key = h.household_key AND v.visited_on <= :as_of AND v.method = 'HOME' AND COALESCE(v.outcome, '') <> 'NOT_FOUND'
  WHERE COALESCE(h.category, '') NOT IN ('DIBAO', 'TEKUN')
  GROUP BY h.household_key
  HAVING MAX(v.visited_on) IS NULL OR MAX(v.visited_on) < :unvisited_months_ago
),
member AS (
  SELECT m.* FROM derived.members AS m JOIN household AS b ON b.household_key = m.household_key
),
grouped AS (
  SELECT m.household_key, 'uncovered_disabled' AS visit_group
  FROM member AS m
  LEFT JOIN derived.valid_cards AS c ON c.person_key = m.person_key
  WHERE m.disability_grade IS NOT NULL OR c.person_key IS NOT NULL
  UNION ALL
  SELECT m.household_key, 'ill'
  FROM member AS m
  LEFT JOIN derived.medical AS s ON s.person_key = m.person_key
  LEFT JOIN (
    SELECT person_key FROM feed.outpatient_status WHERE granted_on <= :as_of AND (valid_until IS NULL OR valid_until >= :as_of)
    UNION
    SELECT person_key FROM feed.serious_illness WHERE diagnosed_on <= :as_of
  ) AS d ON d.person_key = m.person_key
  WHERE m.serious_illness OR s.listed_last IS NOT NULL OR d.person_key IS NOT NULL
  UNION ALL
  -- 无劳动力或弱劳动力: nobody of working age who is not a student and of whom the register does not say less than full labour ability.
  SELECT m.household_key, 'weak_labour'
  FROM member AS m
  GROUP BY m.household_key
  HAVING MAX(CASE WHEN m.birth_date <= :working_age_from_ago AND m.birth_date > :working_age_below_ago AND m.student IS NULL
                   AND COALESCE(m.labour_ability, 'full') = 'full' THEN 1 ELSE 0 END) = 0
  UNION ALL
  SELECT m.household_key, 'not_whole_household'
  FROM member AS m
  GROUP BY m.household_key
  HAVING MAX(CASE WHEN m.category = 'DIBAO' THEN 1 ELSE 0 END) = 1 AND MAX(CASE WHEN COALESCE(m.category, '') <> 'DIBAO' THEN 1 ELSE 0 END) = 1
  UNION ALL
  SELECT m.household_key, 'hit_by_emergency'
  FROM member AS m JOIN feed.accident_history AS a ON a.person_key = m.person_key
  WHERE a.happened_on >= :window_start AND a.happened_on <= :as_of
  UNION ALL
  SELECT b.household_key, 'hit_by_emergency'
  FROM household AS b JOIN registry.emergencies AS g ON g.household_key = b.household_key
  WHERE g.reported_on >= :window_start AND g.reported_on <= :as_of
),
listed AS (
  SELECT household_key, CONCAT_WS(',',
    MAX(CASE WHEN visit_group = 'uncovered_disabled' THEN visit_group END), MAX(CASE WHEN visit_group = 'ill' THEN visit_group END),
    MAX(CASE WHEN visit_group = 'weak_labour' THEN visit_group END), MAX(CASE WHEN visit_group = 'not_whole_household' THEN visit_group END),
    MAX(CASE WHEN visit_group = 'hit_by_emergency' THEN visit_group END)) AS visit_groups
  FROM grouped
  WHERE visit_group IN (:visit_groups)
  GROUP BY household_key
)
SELECT l.household_key, l.visit_groups, b.visited_on AS last_visited_on, CAST(:unvisited_months AS INTEGER) AS months
FROM listed AS l
JOIN household AS b ON b.household_key = l.household_key

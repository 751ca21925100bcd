SELECT v.household_key, MAX(v.visited_on) AS visited_on
FROM registry.visits AS v
JOIN (SELECT DISTINCT household_key FROM derived.members WHERE category IS NOT NULL OR fanpin IS NOT NULL) AS low
  ON low.household_key = v.household_key
WHERE v.other_difficulty AND v.visited_on >= :first_day AND v.visited_on <= :as_of
GROUP BY v.household_key

SELECT
  w.person_key,
  w.household_key,
  w.ground,
  w.age,
  w.own_income,
  CAST(ROUND(w.dibao_standard * 100) AS BIGINT) AS standard
FROM derived.without_supporter AS w
LEFT JOIN (SELECT DISTINCT person_key FROM registry.members WHERE category = 'TEKUN') AS tekun ON tekun.person_key = w.person_key
LEFT JOIN (SELECT DISTINCT person_key FROM feed.child_welfare WHERE from_on <= :as_of) AS ward ON ward.person_key = w.person_key
WHERE tekun.person_key IS NULL AND ward.person_key IS NULL

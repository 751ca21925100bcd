SELECT
  m.person_key,
  m.household_key,
  m.category,
  s.listed_last,
  'medical_settlement' AS source,
  r.feed_period,
  r.row_key
FROM derived.members AS m
JOIN derived.medical AS s ON s.person_key = m.person_key
JOIN feed.medical_settlement_history AS r
  ON r.person_key = s.person_key AND r.listed_disease AND r.settled_on >= :first_day AND r.settled_on <= :as_of
WHERE (m.category IS NOT NULL OR m.fanpin IS NOT NULL)
  AND s.listed_last >= :first_day AND s.listed_before IS NULL
  -- Known to the register before the period: not new.
  AND (NOT COALESCE(m.serious_illness, FALSE) OR (m.illness_from >= :first_day AND m.illness_from <= :as_of))

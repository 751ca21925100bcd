-- Stays in hospital in the period's delivery that left a member a self-paid part, after basic insurance, serious-illness insurance and medical
-- aid, of at least so many times the monthly 低保 standard. 分.
SELECT
  m.person_key, m.household_key, m.category, m.fanpin, s.settled_on,
  s.in_policy - s.basic_paid - s.serious_paid - s.aid_paid AS self_paid,
  CAST(ROUND(p.dibao_standard * 100) AS BIGINT) AS standard,
  s.feed_period, s.row_key
FROM feed.medical_settlement AS s
JOIN derived.members AS m ON m.person_key = s.person_key
JOIN parameter AS p ON p.division = m.division AND p.area = m.area
WHERE s.kind = 'inpatient' AND s.settled_on <= :as_of
  AND s.in_policy - s.basic_paid - s.serious_paid - s.aid_paid >= p.dibao_standard * 100 * :stay_standards

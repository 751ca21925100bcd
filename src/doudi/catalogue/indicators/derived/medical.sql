-- Twelve months of settlements, one row per person: one pass over the largest feed serves every indicator that asks about it.
-- A later delivery may correct a settlement; rows are not matched by settlement here (it would sort the whole feed), so self_paid is an upper
-- bound (a correction is then counted beside what it corrects) and whoever compares it with a limit looks again at the rows of the few it finds.
SELECT
  person_key,
  CAST(SUM(in_policy - basic_paid - serious_paid - aid_paid) AS BIGINT) AS self_paid,
  MAX(CASE WHEN listed_disease THEN settled_on END) AS listed_last,
  MAX(CASE WHEN listed_disease AND settled_on < :first_day THEN settled_on END) AS listed_before
FROM feed.medical_settlement_history
WHERE settled_on >= :window_start AND settled_on <= :as_of
GROUP BY person_key

WITH late AS (
  SELECT
    person_key, household_key, referral_no, item, department, state, sent_on,
    CASE WHEN state = 'SENT' THEN accept_due_on ELSE handle_due_on END AS due_on
  FROM registry.referrals
  WHERE (state = 'SENT' AND (accept_due_on < :as_of OR (accept_due_on IS NULL AND sent_on < :referral_accept_days_ago)))
     OR (state = 'ACCEPTED' AND (handle_due_on < :as_of OR (handle_due_on IS NULL AND sent_on < :referral_handle_days_ago)))
)
SELECT
  household_key,
  CAST(COUNT(*) OVER (PARTITION BY household_key) AS INTEGER) AS referrals,
  referral_no, item, state, sent_on, due_on
FROM late
QUALIFY ROW_NUMBER() OVER (PARTITION BY household_key ORDER BY COALESCE(due_on, sent_on), referral_no) = 1

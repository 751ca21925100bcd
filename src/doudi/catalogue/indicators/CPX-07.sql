WITH waiting AS (
  SELECT household_key, application_no, submitted_on
  FROM registry.applications
  WHERE category = 'OTHER' AND submitted_on <= :as_of AND state NOT IN ('APPROVED', 'REFUSED')
    AND (decided_on IS NULL OR decided_on > :as_of) AND household_key IS NOT NULL
),
discussed AS (
  SELECT w.household_key, w.application_no, w.submitted_on, MIN(c.proposed_on) AS proposed_on
  FROM waiting AS w
  LEFT JOIN registry.conferences AS c
    ON c.household_key = w.household_key AND c.proposed_on >= w.submitted_on AND c.proposed_on <= :as_of
  GROUP BY w.household_key, w.application_no, w.submitted_on
)
SELECT household_key, application_no, submitted_on, proposed_on
FROM discussed
QUALIFY ROW_NUMBER() OVER (PARTITION BY household_key ORDER BY submitted_on, application_no) = 1

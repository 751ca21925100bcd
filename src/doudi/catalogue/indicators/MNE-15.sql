-- The latest of: the day of recognition, the last review, an application approved since.
WITH known AS (
  SELECT household_key, last_on FROM registry.reviews WHERE kind = 'margin_annual' AND last_on <= :as_of
  UNION ALL
  SELECT household_key, decided_on FROM registry.applications WHERE state = 'APPROVED' AND decided_on <= :as_of
  UNION ALL
  SELECT household_key, category_from FROM registry.households
),
reviewed AS (
  SELECT household_key, MAX(last_on) AS last_on FROM known GROUP BY household_key
),
due AS (
  SELECT h.household_key, r.last_on, CAST(p.margin_review_months AS INTEGER) AS months, CAST(ADD_MONTHS(r.last_on, CAST(p.margin_review_months AS INTEGER)) AS DATE) AS due_on
  FROM registry.households AS h
  JOIN reviewed AS r ON r.household_key = h.household_key
  JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  WHERE h.category = 'MARGIN'
)
SELECT
  household_key, last_on, months, due_on,
  CASE WHEN due_on >= :as_of THEN CAST(DATE_DIFF('day', :as_of, due_on) AS INTEGER) END AS days_left,
  CASE WHEN due_on < :as_of THEN CAST(DATE_DIFF('day', due_on, :as_of) AS INTEGER) END AS days_over
FROM due
WHERE DATE_DIFF('day', :as_of, due_on) <= :review_reminder_days

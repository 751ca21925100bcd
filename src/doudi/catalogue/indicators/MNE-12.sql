-- The family's last taper. Whoever was recognised anew after its end no longer lives on it.
WITH taper AS (
  SELECT household_key, MAX(taper_from) AS taper_from, MAX(taper_to) AS taper_to
  FROM registry.tapers
  GROUP BY household_key
),
timed AS (
  SELECT
    t.household_key, t.taper_from, t.taper_to, CAST(DATE_DIFF('day', :as_of, t.taper_to) AS INTEGER) AS days, p.taper_reminder_days,
    h.monthly_benefit
  FROM taper AS t
  JOIN registry.households AS h ON h.household_key = t.household_key
  JOIN parameter AS p ON p.division = h.division AND p.area = h.area
  WHERE h.category = 'DIBAO' AND (h.category_from IS NULL OR h.category_from <= t.taper_to)
)
SELECT
  household_key, taper_from, taper_to, CASE WHEN days >= 0 THEN days END AS days_left, CASE WHEN days < 0 THEN -days END AS days_over, monthly_benefit
FROM timed
WHERE days <= taper_reminder_days

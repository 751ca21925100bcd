WITH latest AS (
  SELECT s.*
  FROM feed.medical_settlement_history AS s
  JOIN (SELECT DISTINCT person_key FROM registry.members WHERE category IN ('DIBAO', 'TEKUN', 'MARGIN', 'RIGID')) AS known
    ON known.person_key = s.person_key
  WHERE s.kind = 'outpatient'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY s.row_key ORDER BY s.feed_period DESC) = 1
),
listed AS (
  -- The disease is on the local list: the settlement says so, or the patient held the status on that day.
  SELECT l.person_key, l.settled_on, l.in_policy - l.basic_paid - l.serious_paid AS self_paid, l.aid_paid, l.feed_period, l.row_key
  FROM latest AS l
  WHERE l.designated AND l.settled_on >= :window_start AND l.settled_on < :settled_days_ago
    AND l.in_policy - l.basic_paid - l.serious_paid > 0
    AND (l.listed_disease OR EXISTS (
      SELECT 1 FROM feed.outpatient_status AS o
      WHERE o.person_key = l.person_key AND o.granted_on <= l.settled_on AND (o.valid_until IS NULL OR o.valid_until >= l.settled_on)))
),
short AS (
  SELECT
    s.*, m.household_key, p.outpatient_ratio AS floor_ratio,
    CAST(FLOOR(CAST(s.self_paid AS DECIMAL(18, 0)) * p.outpatient_ratio) AS BIGINT) AS floor_amount
  FROM listed AS s
  JOIN derived.members AS m ON m.person_key = s.person_key
  JOIN parameter AS p ON p.division = m.division AND p.area = m.area
  WHERE m.category IN ('DIBAO', 'TEKUN', 'MARGIN', 'RIGID') AND m.category_from <= s.settled_on
    AND CASE WHEN p.outpatient_ratio IS NULL THEN s.aid_paid = 0
             ELSE s.aid_paid < FLOOR(CAST(s.self_paid AS DECIMAL(18, 0)) * p.outpatient_ratio) END
),
one AS (
  SELECT * FROM short
  QUALIFY ROW_NUMBER() OVER (PARTITION BY person_key, row_key ORDER BY household_key) = 1
)
SELECT
  person_key,
  MIN(household_key) OVER (PARTITION BY person_key) AS household_key,
  CAST(COUNT(*) OVER (PARTITION BY person_key) AS INTEGER) AS settlements,
  CAST(SUM(self_paid) OVER (PARTITION BY person_key) AS BIGINT) AS self_paid,
  CAST(SUM(aid_paid) OVER (PARTITION BY person_key) AS BIGINT) AS aid_paid,
  CAST(SUM(floor_amount) OVER (PARTITION BY person_key) AS BIGINT) AS floor_amount,
  MAX(floor_ratio) OVER (PARTITION BY person_key) AS floor_ratio,
  MIN(settled_on) OVER (PARTITION BY person_key) AS first_settled_on,
  'medical_settlement' AS source,
  feed_period,
  row_key
FROM one

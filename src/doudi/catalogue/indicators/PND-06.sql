WITH stay AS (
  SELECT
    s.person_key, s.settled_on, s.in_policy - s.basic_paid - s.serious_paid AS self_paid, s.aid_paid, s.feed_period, s.row_key
  FROM feed.medical_settlement_history AS s
  JOIN (SELECT DISTINCT person_key FROM registry.members) AS known ON known.person_key = s.person_key
  WHERE s.kind = 'inpatient' AND s.designated AND s.settled_on >= :window_start AND s.settled_on <= :as_of
  -- The aid is often settled after the stay: the latest delivery of a settlement is the one that counts.
  QUALIFY ROW_NUMBER() OVER (PARTITION BY s.row_key ORDER BY s.feed_period DESC) = 1
),
claim AS (
  -- Every category under which the person could claim on the day of discharge.
  SELECT person_key, household_key, category AS claimed, category_from AS claimed_from
  FROM registry.members WHERE category IN ('DIBAO', 'TEKUN', 'MARGIN', 'RIGID')
  UNION ALL
  SELECT person_key, household_key, 'FANPIN', CAST(NULL AS DATE) FROM registry.members WHERE fanpin IS NOT NULL
  UNION ALL
  SELECT person_key, household_key, 'ILLNESS_POOR', category_from FROM registry.members WHERE category = 'RIGID' AND serious_illness
),
rated AS (
  -- Where the pack gives floors only the groups it names may claim, at the highest of their ratios (就高);
  -- where it gives none the four groups of the documents may, and only a stay with no aid at all is conspicuous.
  SELECT s.person_key, s.row_key, MIN(c.household_key) AS household_key, MAX(f.value) AS floor_ratio
  FROM stay AS s
  JOIN claim AS c ON c.person_key = s.person_key AND (c.claimed_from IS NULL OR c.claimed_from <= s.settled_on)
  LEFT JOIN mapping.inpatient_ratio AS f ON UPPER(f.key) = c.claimed
  CROSS JOIN (SELECT COUNT(*) AS floors FROM mapping.inpatient_ratio) AS n
  WHERE f.key IS NOT NULL OR (n.floors = 0 AND c.claimed IN ('DIBAO', 'TEKUN', 'MARGIN', 'RIGID'))
  GROUP BY s.person_key, s.row_key
),
short AS (
  SELECT
    s.*, r.household_key, r.floor_ratio,
    CAST(FLOOR(CAST(s.self_paid AS DECIMAL(18, 0)) * r.floor_ratio) AS BIGINT) AS floor_amount
  FROM stay AS s
  JOIN rated AS r ON r.person_key = s.person_key AND r.row_key = s.row_key
  WHERE s.self_paid > 0 AND s.settled_on < :settled_days_ago
    AND CASE WHEN r.floor_ratio IS NULL THEN s.aid_paid = 0
             ELSE s.aid_paid < FLOOR(CAST(s.self_paid AS DECIMAL(18, 0)) * r.floor_ratio) END
)
SELECT
  person_key,
  MIN(household_key) OVER (PARTITION BY person_key) AS household_key,
  CAST(COUNT(*) OVER (PARTITION BY person_key) AS INTEGER) AS stays,
  CAST(SUM(self_paid) OVER (PARTITION BY person_key) AS BIGINT) AS self_paid,
  CAST(SUM(aid_paid) OVER (PARTITION BY person_key) AS BIGINT) AS aid_paid,
  CAST(SUM(floor_amount) OVER (PARTITION BY person_key) AS BIGINT) AS floor_amount,
  MAX(floor_ratio) OVER (PARTITION BY person_key) AS floor_ratio,
  MIN(settled_on) OVER (PARTITION BY person_key) AS first_settled_on,
  'medical_settlement' AS source,
  feed_period,
  row_key
FROM short

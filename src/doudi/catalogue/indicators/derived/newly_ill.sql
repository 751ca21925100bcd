-- Members with a listed serious illness that is new in the period: a settlement, a diagnosis of the health department or a newly granted
-- outpatient status, and nothing of the kind before, neither in the eleven months of settlements nor in the register. One row per proof.
WITH known AS (
  SELECT
    m.person_key, m.household_key, m.category, m.fanpin
  FROM derived.members AS m
  LEFT JOIN derived.medical AS s ON s.person_key = m.person_key
  WHERE s.listed_before IS NULL
    -- Known to the register before the period: not new.
    AND (NOT COALESCE(m.serious_illness, FALSE) OR (m.illness_from >= :first_day AND m.illness_from <= :as_of))
),
proof AS (
  SELECT person_key, settled_on AS known_on, 'medical_settlement' AS source, feed_period, row_key
  FROM feed.medical_settlement_history
  WHERE listed_disease AND settled_on >= :first_day AND settled_on <= :as_of
  UNION ALL
  SELECT person_key, diagnosed_on, 'serious_illness', feed_period, row_key
  FROM feed.serious_illness WHERE listed_disease AND diagnosed_on >= :first_day AND diagnosed_on <= :as_of
  UNION ALL
  -- The same disease in the delivery before (same row_key): renewed, not new.
  SELECT o.person_key, o.granted_on, 'outpatient_status', o.feed_period, o.row_key
  FROM feed.outpatient_status AS o
  LEFT JOIN feed.outpatient_status_previous AS p ON p.row_key = o.row_key
  WHERE o.granted_on >= :first_day AND o.granted_on <= :as_of AND (o.valid_until IS NULL OR o.valid_until >= :as_of) AND p.row_key IS NULL
)
SELECT
  k.person_key, k.household_key, k.category, k.fanpin,
  MAX(CASE WHEN p.source = 'medical_settlement' THEN p.known_on END) OVER (PARTITION BY k.person_key) AS settled_on,
  MAX(CASE WHEN p.source = 'serious_illness' THEN p.known_on END) OVER (PARTITION BY k.person_key) AS diagnosed_on,
  MAX(CASE WHEN p.source = 'outpatient_status' THEN p.known_on END) OVER (PARTITION BY k.person_key) AS granted_on,
  p.source, p.feed_period, p.row_key
FROM known AS k
JOIN proof AS p ON p.person_key = k.person_key

WITH ceiling AS (
  -- The highest floor anywhere: a stay with that much aid is in order under every rule, and most are.
  SELECT MAX(GREATEST(
    COALESCE(inpatient_ratio_tekun, 0), COALESCE(inpatient_ratio_dibao, 0), COALESCE(inpatient_ratio_margin, 0),
    COALESCE(inpatient_ratio_rigid, 0), COALESCE(inpatient_ratio_illness_poor, 0), COALESCE(inpatient_ratio_fanpin, 0))) AS ratio
  FROM parameter
),
suspect AS (
  SELECT DISTINCT s.row_key
  FROM feed.medical_settlement_history AS s
  CROSS JOIN ceiling AS c
  JOIN (SELECT DISTINCT person_key FROM registry.members WHERE category IS NOT NULL OR fanpin IS NOT NULL) AS known
    ON known.person_key = s.person_key
  WHERE s.kind = 'inpatient' AND s.designated AND s.settled_on >= :window_start AND s.settled_on < :settled_days_ago
    AND s.aid_paid < CASE WHEN c.ratio > 0 THEN CAST(s.in_policy - s.basic_paid - s.serious_paid AS DECIMAL(18, 0)) * c.ratio ELSE 1 END
),
latest AS (
  -- The aid is often settled after the stay: the latest delivery of a settlement is the one that counts.
  SELECT s.*
  FROM feed.medical_settlement_history AS s
  JOIN suspect AS q ON q.row_key = s.row_key
  QUALIFY ROW_NUMBER() OVER (PARTITION BY s.row_key ORDER BY s.feed_period DESC) = 1
),
stay AS (
  SELECT person_key, settled_on, in_policy - basic_paid - serious_paid AS self_paid, aid_paid, feed_period, row_key
  FROM latest
  WHERE kind = 'inpatient' AND designated AND settled_on >= :window_start AND settled_on < :settled_days_ago
    AND in_policy - basic_paid - serious_paid > 0
),
claim AS (
  -- Every group under which the person could claim on the day of discharge, with the local floor of its ratio.
  SELECT
    m.person_key, m.household_key, m.category IN ('DIBAO', 'TEKUN', 'MARGIN', 'RIGID') AND m.category_from <= s.settled_on AS covered,
    s.row_key,
    CASE WHEN m.category_from <= s.settled_on
         THEN CASE m.category
              WHEN 'TEKUN' THEN p.inpatient_ratio_tekun
              WHEN 'DIBAO' THEN p.inpatient_ratio_dibao
              WHEN 'MARGIN' THEN p.inpatient_ratio_margin
              WHEN 'RIGID' THEN p.inpatient_ratio_rigid END END AS by_category,
    CASE WHEN m.category = 'RIGID' AND m.category_from <= s.settled_on AND m.serious_illness
         THEN p.inpatient_ratio_illness_poor END AS by_illness,
    CASE WHEN m.fanpin IS NOT NULL THEN p.inpatient_ratio_fanpin END AS by_fanpin,
    COALESCE(p.inpatient_ratio_tekun, p.inpatient_ratio_dibao, p.inpatient_ratio_margin, p.inpatient_ratio_rigid,
             p.inpatient_ratio_illness_poor, p.inpatient_ratio_fanpin) IS NOT NULL AS has_floors
  FROM stay AS s
  JOIN registry.members AS m ON m.person_key = s.person_key
  JOIN registry.households AS h ON h.household_key = m.household_key
  JOIN parameter AS p ON p.division = h.division AND p.area = h.area
),
rated AS (
  -- Where the locality has floors only the groups that they name may claim, at the highest (就高);
  -- where it has none the four groups of the documents may, and only a stay without any aid is conspicuous.
  SELECT
    person_key, row_key, MIN(household_key) AS household_key,
    MAX(GREATEST(COALESCE(by_category, 0), COALESCE(by_illness, 0), COALESCE(by_fanpin, 0))) AS highest,
    MAX(CASE WHEN has_floors THEN 1 ELSE 0 END) AS has_floors
  FROM claim
  WHERE (has_floors AND COALESCE(by_category, by_illness, by_fanpin) IS NOT NULL) OR (NOT has_floors AND covered)
  GROUP BY person_key, row_key
),
short AS (
  SELECT
    s.*, r.household_key, CASE WHEN r.has_floors = 1 THEN r.highest END AS floor_ratio,
    CASE WHEN r.has_floors = 1 THEN CAST(FLOOR(CAST(s.self_paid AS DECIMAL(18, 0)) * r.highest) AS BIGINT) END AS floor_amount
  FROM stay AS s
  JOIN rated AS r ON r.person_key = s.person_key AND r.row_key = s.row_key
  WHERE CASE WHEN r.has_floors = 1 THEN s.aid_paid < FLOOR(CAST(s.self_paid AS DECIMAL(18, 0)) * r.highest) ELSE s.aid_paid = 0 END
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

WITH referral AS (
  SELECT
    COALESCE(r.household_key, m.household_key) AS household_key,
    CASE WHEN COALESCE(r.household_key, m.household_key) IS NULL THEN r.person_key END AS alone_key,
    r.item, r.department, r.state, r.sent_on, COALESCE(r.rejections, 0) AS rejections
  FROM registry.referrals AS r
  LEFT JOIN (SELECT person_key, MIN(household_key) AS household_key FROM registry.members GROUP BY person_key) AS m
    ON m.person_key = r.person_key
  WHERE r.sent_on <= :as_of AND (r.person_key IS NOT NULL OR r.household_key IS NOT NULL)
),
matter AS (
  -- One matter: the same item of help for the same household, to whichever departments it was sent.
  SELECT
    household_key, alone_key, item,
    CAST(SUM(rejections) AS INTEGER) AS rejections,
    CAST(COUNT(DISTINCT CASE WHEN rejections > 0 THEN department END) AS INTEGER) AS departments,
    MIN(CASE WHEN rejections > 0 THEN sent_on END) AS sent_on
  FROM referral
  GROUP BY household_key, alone_key, item
  -- Somebody has taken it on, or answered.
  HAVING MAX(CASE WHEN state IN ('ACCEPTED', 'FEEDBACK', 'CLOSED') THEN 1 ELSE 0 END) = 0
),
bounced AS (
  SELECT DISTINCT x.household_key, x.alone_key, x.item, x.rejections, x.departments, x.sent_on
  FROM matter AS x
  LEFT JOIN registry.conferences AS c ON c.household_key = x.household_key AND c.proposed_on >= x.sent_on AND c.proposed_on <= :as_of
  WHERE (x.rejections >= :referral_rejections OR x.departments >= :rejecting_departments) AND c.household_key IS NULL
)
SELECT
  alone_key AS person_key,
  household_key,
  CAST(COUNT(*) OVER (PARTITION BY household_key, alone_key) AS INTEGER) AS matters,
  item,
  rejections,
  departments,
  sent_on
FROM bounced
QUALIFY ROW_NUMBER() OVER (PARTITION BY household_key, alone_key ORDER BY rejections DESC, sent_on, item) = 1

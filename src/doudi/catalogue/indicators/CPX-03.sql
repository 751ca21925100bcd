WITH referral AS (
  SELECT
    COALESCE(r.household_key, m.household_key) AS household_key,
    CASE WHEN COALESCE(r.household_key, m.household_key) IS NULL THEN r.person_key END AS alone_key,
    r.item, r.department, r.sent_on,
    CASE WHEN r.state IN ('FEEDBACK', 'CLOSED') THEN 0 ELSE COALESCE(r.rejections, 0) END AS rejections,
    CASE WHEN r.state IN ('ACCEPTED', 'FEEDBACK', 'CLOSED') THEN r.sent_on END AS taken_on
  FROM registry.referrals AS r
  LEFT JOIN (SELECT person_key, MIN(household_key) AS household_key FROM registry.members GROUP BY person_key) AS m
    ON m.person_key = r.person_key
  WHERE r.sent_on <= :as_of AND (r.person_key IS NOT NULL OR r.household_key IS NOT NULL)
),
matter AS (
  -- One matter: the same item of help for the same household, to whichever departments it was sent. Somebody who took it on or answered
  -- has settled it, unless that was before it was handed over again.
  SELECT
    household_key, alone_key, item,
    CAST(SUM(rejections) AS INTEGER) AS rejections,
    CAST(COUNT(DISTINCT CASE WHEN rejections > 0 THEN department END) AS INTEGER) AS departments,
    MIN(CASE WHEN rejections > 0 THEN sent_on END) AS sent_on,
    MAX(taken_on) AS taken_on
  FROM referral
  GROUP BY household_key, alone_key, item
),
bounced AS (
  SELECT DISTINCT x.household_key, x.alone_key, x.item, x.rejections, x.departments, x.sent_on
  FROM matter AS x
  LEFT JOIN registry.conferences AS c ON c.household_key = x.household_key AND c.proposed_on >= x.sent_on AND c.proposed_on <= :as_of
  WHERE (x.rejections >= :referral_rejections OR x.departments >= :rejecting_departments) AND c.household_key IS NULL
    AND (x.taken_on IS NULL OR x.taken_on < x.sent_on)
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

-- Members who had work and now are registered as unemployed, or whose employer's social insurance ended, since the delivery before.
-- Who has reached the end of working age retires, who has died needs no job. One row per proof.
WITH worker AS (
  SELECT m.person_key, MIN(m.household_key) AS household_key, MAX(m.category) AS category, MAX(m.fanpin) AS fanpin,
    MAX(CASE WHEN m.employed THEN 1 ELSE 0 END) AS registered_job
  FROM derived.members AS m
  LEFT JOIN derived.deaths AS d ON d.person_key = m.person_key
  WHERE m.birth_date > :working_age_below_ago AND d.person_key IS NULL
  GROUP BY m.person_key
),
insured AS (
  SELECT person_key FROM feed.employment
  WHERE insured_from <= :as_of AND (insured_until IS NULL OR insured_until >= :as_of)
),
insured_before AS (
  SELECT person_key, MAX(feed_period) AS feed_period, MAX(row_key) AS row_key FROM feed.employment_previous
  WHERE kind = 'employee' AND insured_from <= feed_as_of AND (insured_until IS NULL OR insured_until >= feed_as_of)
  GROUP BY person_key
),
delivered AS (SELECT COUNT(*) AS employment_rows FROM feed.employment),
stopped AS (
  -- The row says when it ended; of one who is no longer listed at all, the delivery before is the proof.
  SELECT b.person_key, e.insured_until, COALESCE(e.feed_period, b.feed_period) AS feed_period, COALESCE(e.row_key, b.row_key) AS row_key
  FROM insured_before AS b
  CROSS JOIN delivered AS n
  LEFT JOIN insured AS i ON i.person_key = b.person_key
  LEFT JOIN feed.employment AS e ON e.person_key = b.person_key AND e.kind = 'employee' AND e.insured_until < :as_of
  WHERE i.person_key IS NULL AND n.employment_rows > 0
),
unemployed AS (
  SELECT u.person_key, u.registered_on, p.status AS previous_status, u.feed_period, u.row_key
  FROM feed.unemployment AS u
  LEFT JOIN feed.unemployment_previous AS p ON p.person_key = u.person_key
  WHERE u.status = 'unemployed' AND u.registered_on <= :as_of AND COALESCE(p.status, '') <> 'unemployed'
),
working AS (
  SELECT person_key FROM feed.unemployment WHERE status = 'employed'
)
SELECT
  w.person_key, w.household_key, w.category, w.fanpin, u.registered_on, CAST(NULL AS DATE) AS insured_until,
  'unemployment' AS source, u.feed_period, u.row_key
FROM worker AS w
JOIN unemployed AS u ON u.person_key = w.person_key
LEFT JOIN insured_before AS b ON b.person_key = w.person_key
WHERE w.registered_job = 1 OR u.previous_status = 'employed' OR b.person_key IS NOT NULL
UNION ALL
SELECT
  w.person_key, w.household_key, w.category, w.fanpin, NULL, s.insured_until, 'employment', s.feed_period, s.row_key
FROM worker AS w
JOIN stopped AS s ON s.person_key = w.person_key
LEFT JOIN working AS j ON j.person_key = w.person_key
WHERE j.person_key IS NULL

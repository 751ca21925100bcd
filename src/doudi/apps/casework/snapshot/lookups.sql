-- Households whose files one user opened in an hour of the month, and how many of them without a task: no alert,
-- visit, referral or application was open there that day.
WITH seen AS (
    SELECT DISTINCT l.actor_id, (l.at AT TIME ZONE 'Asia/Shanghai')::date AS day,
           extract(hour FROM l.at AT TIME ZONE 'Asia/Shanghai')::int AS hour, l.household_id
    FROM access_log l
    WHERE l.action IN ('READ', 'REVEAL', 'EXPORT') AND l.actor_id IS NOT NULL AND l.household_id IS NOT NULL
      AND l.county_code = %(county)s
      AND l.at >= (%(period)s || '-01')::timestamp AT TIME ZONE 'Asia/Shanghai'
      AND l.at < (%(as_of)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
),
matter AS (
    SELECT household_id, created_at AS begun, closed_at AS ended FROM alert WHERE county_code = %(county)s
    UNION ALL
    SELECT household_id, assigned_at, CASE WHEN state <> 'ASSIGNED' THEN assigned_at + interval '31 days' END FROM visit_task
    WHERE county_code = %(county)s
    UNION ALL
    SELECT household_id, sent_at, feedback_at FROM referral WHERE county_code = %(county)s
    UNION ALL
    SELECT household_id, submitted_at, decided_at FROM application WHERE county_code = %(county)s
)
SELECT left(%(county)s, 6), 'U' || s.actor_id, s.day, s.hour, count(*)::int,
       (count(*) FILTER (WHERE NOT EXISTS (
           SELECT FROM matter m WHERE m.household_id = s.household_id
             AND (m.begun AT TIME ZONE 'Asia/Shanghai')::date <= s.day
             AND (m.ended IS NULL OR (m.ended AT TIME ZONE 'Asia/Shanghai')::date >= s.day)
       )))::int
FROM seen s
GROUP BY s.actor_id, s.day, s.hour

-- The last day on which a family of a reviewed category was looked at again and stayed: recognised by a decision put
-- into force, kept by a re-check that changed nothing, or kept by the check of an alert that asked for the review.
WITH kept AS (
    SELECT a.household_id, (a.decided_at AT TIME ZONE 'Asia/Shanghai')::date AS reviewed_on
    FROM application a
    WHERE a.channel = 'review' AND a.state = 'REFUSED'
    UNION ALL
    SELECT a.household_id, (v.visited_at AT TIME ZONE 'Asia/Shanghai')::date
    FROM alert a
    JOIN visit_task_alert ta ON ta.alert_id = a.id
    JOIN visit v ON v.task_id = ta.visittask_id
    WHERE a.indicator IN ('MNE-14', 'MNE-15') AND a.state = 'CLOSED' AND v.outcome = 'NOT_NEEDED'
      AND a.outcome = v.outcome AND (a.closed_at AT TIME ZONE 'Asia/Shanghai')::date <= %(as_of)s
      AND NOT EXISTS (SELECT FROM application p WHERE p.alert_id = a.id)
),
reviewed AS (
    SELECT DISTINCT k.household_id, s.category, k.reviewed_on
    FROM kept k
    JOIN category_status s ON s.household_id = k.household_id
      AND s.from_date <= k.reviewed_on AND (s.to_date IS NULL OR s.to_date > k.reviewed_on)
    UNION ALL
    SELECT d.household_id, d.category, (d.decided_at AT TIME ZONE 'Asia/Shanghai')::date
    FROM decision d
    WHERE d.state = 'IN_FORCE'
)
SELECT h.household_key, CASE r.category WHEN 'MARGIN' THEN 'margin_annual' ELSE 'rigid_recognition' END, max(r.reviewed_on)
FROM reviewed r
JOIN household h ON h.id = r.household_id
WHERE h.county_code = %(county)s AND r.category IN ('MARGIN', 'RIGID') AND r.reviewed_on <= %(as_of)s
GROUP BY h.household_key, r.category

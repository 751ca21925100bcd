-- Families of staff's near relatives. The mark itself is the separate registration: it counts from the day it was made.
SELECT household_key, TRUE, registered_on
FROM (
    SELECT h.household_key, coalesce(
        (SELECT min((e.pgh_created_at AT TIME ZONE 'Asia/Shanghai')::date) FROM registry_householdevent e
         WHERE e.pgh_obj_id = h.id AND e.has_staff_relative),
        (h.created_at AT TIME ZONE 'Asia/Shanghai')::date) AS registered_on
    FROM household h
    WHERE h.county_code = %(county)s AND h.has_staff_relative
) marked
WHERE registered_on <= %(as_of)s

-- Numbers of the county, of what is above it where the county has none of its own (as the county's), and of every other
-- county: the standard of a place of work counts. Of two numbers for one day the one recorded last; a number for both
-- areas is written once an area where another is for one of them. No value: the pack's own again. Lists and texts stay
-- out: indicators take numbers only.
WITH latest AS (
    SELECT DISTINCT ON (division, parameter, area, valid_from) *
    FROM local_standard
    WHERE value IS NULL OR value #>> '{}' ~ '^-?[0-9]+(\.[0-9]+)?$'
    ORDER BY division, parameter, area, valid_from, id DESC
),
numbers AS (
    SELECT l.division, l.parameter, coalesce(nullif(l.area, ''), each.area) AS area, l.valid_from, l.amends,
           (l.value #>> '{}')::numeric(18, 4) AS value
    FROM latest l
    LEFT JOIN (VALUES ('urban'), ('rural')) AS each (area) ON l.area = '' AND EXISTS (
        SELECT FROM latest other
        WHERE other.division = l.division AND other.parameter = l.parameter AND other.area <> ''
    )
    WHERE l.area <> '' OR each.area IS NULL OR NOT EXISTS (
        SELECT FROM latest own WHERE own.division = l.division AND own.parameter = l.parameter
        AND own.area = each.area AND own.valid_from = l.valid_from
    )
),
above AS (
    SELECT *, rank() OVER (PARTITION BY parameter, area ORDER BY length(rtrim(division, '0')) DESC) AS r
    FROM numbers
    WHERE division IN (%(county)s, rpad(left(%(county)s, 4), 12, '0'), rpad(left(%(county)s, 2), 12, '0'))
)
SELECT parameter, left(%(county)s, 6), area, valid_from, value, amends FROM above WHERE r = 1
UNION ALL
SELECT parameter, left(division, 6), area, valid_from, value, amends FROM numbers
WHERE division ~ '^[0-9]{6}000000$' AND division !~ '^[0-9]{4}00000000$' AND division <> %(county)s

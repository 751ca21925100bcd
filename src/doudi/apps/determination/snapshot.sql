-- Numbers of the county, of what is above it where the county has none of its own (as the county's), and of every other
-- county: the standard of a place of work counts. Lists and texts stay out: indicators take numbers only.
WITH above AS (
    SELECT *, rank() OVER (PARTITION BY parameter, area ORDER BY length(rtrim(division, '0')) DESC) AS r
    FROM local_standard
    WHERE division IN (%(county)s, rpad(left(%(county)s, 4), 12, '0'), rpad(left(%(county)s, 2), 12, '0'))
)
SELECT parameter, left(%(county)s, 6), nullif(area, ''), valid_from, (value #>> '{}')::numeric(18, 4)
FROM above WHERE r = 1 AND value #>> '{}' ~ '^-?[0-9]+(\.[0-9]+)?$'
UNION ALL
SELECT parameter, left(division, 6), nullif(area, ''), valid_from, (value #>> '{}')::numeric(18, 4)
FROM local_standard
WHERE division ~ '^[0-9]{6}000000$' AND division !~ '^[0-9]{4}00000000$' AND division <> %(county)s
  AND value #>> '{}' ~ '^-?[0-9]+(\.[0-9]+)?$'

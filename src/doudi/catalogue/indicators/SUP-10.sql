WITH hour AS (
  SELECT
    SUBSTRING(division, 1, 6) AS division, user_no, looked_on, hour, persons, outside_tasks,
    -- 1 January 2024 was a Monday.
    CASE WHEN hour < :office_opens OR hour >= :office_closes OR MOD(DATE_DIFF('day', DATE '2024-01-01', looked_on), 7) >= 5
         THEN persons ELSE 0 END AS out_of_hours
  FROM registry.lookups
  WHERE looked_on >= :first_day AND looked_on <= :as_of
),
worst AS (
  SELECT *, CAST(COUNT(*) OVER (PARTITION BY user_no) AS INTEGER) AS hours,
    ROW_NUMBER() OVER (PARTITION BY user_no ORDER BY GREATEST(outside_tasks, out_of_hours) DESC, looked_on, hour) AS place
  FROM hour
  WHERE outside_tasks > :lookups_an_hour OR out_of_hours > :lookups_an_hour
)
SELECT
  division,
  CONCAT(user_no, '/', :period) AS matter,
  user_no,
  hours,
  looked_on,
  CAST(hour AS INTEGER) AS hour,
  CAST(persons AS INTEGER) AS persons,
  CAST(outside_tasks AS INTEGER) AS outside_tasks,
  CASE WHEN out_of_hours > :lookups_an_hour THEN TRUE END AS out_of_hours
FROM worst
WHERE place = 1

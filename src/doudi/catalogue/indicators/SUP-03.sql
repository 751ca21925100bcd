WITH list AS (
  SELECT
    list_no, division, posted_on, taken_down_on, masked,
    -- The day of posting does not count: seven days after it are full on its seventh day.
    taken_down_on < posted_on + CAST(:publicity_days AS INTEGER) AS too_short,
    DATE_DIFF('day', posted_on, taken_down_on) AS days
  FROM registry.publicity
  WHERE posted_on <= :as_of AND (taken_down_on IS NULL OR taken_down_on >= :first_day)
)
SELECT
  SUBSTRING(division, 1, 6) AS division,
  list_no AS matter,
  division AS place,
  posted_on,
  CASE WHEN too_short AND taken_down_on <= :as_of THEN CAST(days AS INTEGER) END AS days,
  CASE WHEN masked THEN NULL ELSE TRUE END AS unmasked
FROM list
WHERE (too_short AND taken_down_on <= :as_of) OR NOT masked

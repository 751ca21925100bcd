WITH applicant AS (
  SELECT m.household_key, m.category, u.status, u.since, u.feed_period, u.row_key
  FROM feed.urban_housing AS u
  JOIN derived.members AS m ON m.person_key = u.person_key
  LEFT JOIN registry.accounts AS a ON a.person_key = m.person_key AND a.institution
  WHERE u.difficulty AND m.area = 'urban' AND m.category IN ('DIBAO', 'TEKUN', 'MARGIN', 'RIGID')
    AND m.category_from < :housing_days_ago
    -- 集中供养: lives in an institution, which is paid.
    AND a.person_key IS NULL
),
helped AS (
  SELECT m.household_key
  FROM feed.urban_housing AS u
  JOIN derived.members AS m ON m.person_key = u.person_key
  WHERE u.status IN ('allocated', 'subsidised')
  UNION
  SELECT household_key FROM registry.assistance WHERE item IN ('H01', 'H02', 'H03') AND given_on >= :window_start AND given_on <= :as_of
)
SELECT a.household_key, a.category, a.status, a.since, 'urban_housing' AS source, a.feed_period, a.row_key
FROM applicant AS a
LEFT JOIN helped AS h ON h.household_key = a.household_key
WHERE a.status IN ('queued', 'none') AND a.since < :housing_days_ago AND h.household_key IS NULL

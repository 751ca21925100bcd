-- Sealed accounts of the members on the day; they leave the database only as keyed numbers (accounts.py).
SELECT h.household_key, p.person_key, p.uid, p.account_sealed
FROM membership m
JOIN household h ON h.id = m.household_id
JOIN person p ON p.id = m.person_id
WHERE h.county_code = %(county)s AND p.account_sealed IS NOT NULL
  AND m.from_date <= %(as_of)s AND (m.to_date IS NULL OR m.to_date > %(as_of)s)

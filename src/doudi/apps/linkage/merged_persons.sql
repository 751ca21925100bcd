SELECT p.person_key, remains.person_key AS survivor_key
FROM person p
JOIN person remains ON remains.id = p.merged_into_id
WHERE EXISTS (
  SELECT 1 FROM membership m JOIN household h ON h.id = m.household_id
  WHERE m.person_id IN (p.id, remains.id) AND h.county_code = %(county)s
)

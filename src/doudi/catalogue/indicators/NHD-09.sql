SELECT
  person_key,
  household_key,
  CASE WHEN failed_items IS NOT NULL THEN previous_items END AS previous_items,
  failed_items,
  guardian_absent,
  assessed_on,
  'care_assessment' AS source,
  feed_period,
  row_key
FROM derived.care_losses
WHERE category IS NOT NULL OR fanpin IS NOT NULL

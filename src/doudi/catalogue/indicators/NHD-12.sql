SELECT alone_key AS person_key, household_key, times, amount, last_on FROM derived.repeated_relief

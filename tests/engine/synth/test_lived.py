"""A county with a past: earlier months have cases of their own."""

from __future__ import annotations

from doudi.engine.synth import make_county


def test_each_earlier_month_brings_households_of_its_own():
    county = make_county(900, 11, "2026-10", periods=4, lived=3)
    cohorts = [{household.household_no for household in cohort} for cohort in county.cohorts]
    assert len(cohorts) == 4
    assert all(cohorts)
    assert sum(map(len, cohorts)) == len(set().union(*cohorts))


def test_no_person_or_bill_stands_twice_in_a_county_with_a_past():
    county = make_county(900, 11, "2026-10", periods=4, lived=3)
    persons = county.persons()
    bills = [bill.settlement_no for person in persons for bill in person.settlements]
    assert len({person.id_number for person in persons}) == len(persons)
    assert len(set(bills)) == len(bills)

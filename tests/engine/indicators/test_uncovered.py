"""NCE and NHD: not covered but may qualify, and new difficulties (R025, R030, R195, R267, R273, R274, R350, R355)."""

import pytest
from small_county import SmallCounty

NEW_CARD = {"person_key": 11, "disability_grade": 2, "issued_on": "2025-03-20"}


def cards(county: SmallCounty, *now: dict, before: tuple[dict, ...] = ({"person_key": 5},)) -> None:
    """This month's cards and last month's, which always has somebody."""
    county.deliver("disability", "2025-02", *before)
    county.deliver("disability", "2025-03", {"person_key": 5}, *now)


@pytest.mark.parametrize("category", [None, "MARGIN", "RIGID", "OTHER"])
def test_new_severe_card_of_the_uncovered(county: SmallCounty, category: str | None) -> None:
    county.household(1, {"person_key": 11}, category=category)
    cards(county, NEW_CARD, {**NEW_CARD, "person_key": 99})
    assert county.subjects("NCE-01") == [11, 99]


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ({"disability_grade": 3}, None),
        ({"status": "cancelled"}, None),
        ({"valid_until": "2025-03-30"}, None),
        ({"issued_on": "2025-04-01"}, None),
        ({}, {"disability_grade": 2}),
        ({}, {"disability_grade": 1}),
        ({"issued_on": "2025-03-01"}, {"valid_until": "2025-02-28"}),
    ],
    ids=[
        "grade 3",
        "cancelled",
        "expired yesterday",
        "issued tomorrow",
        "same grade",
        "milder than before",
        "renewed as it expired",
    ],
)
def test_cards_that_are_not_newly_severe(county: SmallCounty, now: dict, before: dict | None) -> None:
    county.household(1, {"person_key": 11})
    cards(county, {**NEW_CARD, **now}, before=({"person_key": 5}, *([{"person_key": 11, **before}] if before else [])))
    assert county.subjects("NCE-01") == []


@pytest.mark.parametrize(
    ("now", "before", "previous_grade"),
    [
        ({"valid_until": "2025-03-31"}, None, None),
        ({"valid_until": None}, None, None),
        ({}, {"disability_grade": 3}, "3"),
        ({"disability_grade": 1}, {"disability_grade": 2}, "2"),
        ({}, {"status": "expired"}, None),
        ({}, {"valid_until": "2025-02-27"}, None),
    ],
    ids=["expires today", "no end", "from grade 3", "from 2 to 1", "expired before", "ran out before"],
)
def test_cards_that_are(county: SmallCounty, now: dict, before: dict | None, previous_grade: str | None) -> None:
    county.household(1, {"person_key": 11})
    cards(county, {**NEW_CARD, **now}, before=({"person_key": 5}, *([{"person_key": 11, **before}] if before else [])))
    assert county.measures("NCE-01").get("previous_grade") == previous_grade


def test_covered_and_dead_people_are_left_out(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    county.household(2, {"person_key": 21, "category": "DIBAO", "route": "single_person"}, category="MARGIN")
    county.household(3, {"person_key": 31, "died_on": "2025-03-31"})
    cards(county, *({**NEW_CARD, "person_key": key} for key in (11, 21, 31)))
    assert county.subjects("NCE-01") == []


def test_grade_three_of_the_mind_counts_where_the_locality_extends_it(county: SmallCounty) -> None:
    """R205: 有条件的地方可扩大到三级智力、精神残疾人."""
    county.values["single_person_grade3"] = True
    cards(
        county,
        {**NEW_CARD, "disability_grade": 3, "disability_type": "mental"},
        {"person_key": 12, "disability_grade": 3},
    )
    assert county.subjects("NCE-01") == [11]


@pytest.fixture
def comparison(county: SmallCounty) -> SmallCounty:
    """Income 20,000 yuan: its half, 10,000, is below the year's disposable income."""
    county.household(1, {"person_key": 11}, {"person_key": 12}, income_year=2000000, register="WATCH")
    return county


def bill(self_paid: int, **given: object) -> dict:
    return {
        "person_key": 11,
        "in_policy": self_paid + 700000,
        "basic_paid": 500000,
        "serious_paid": 100000,
        "aid_paid": 100000,
        **given,
    }


@pytest.mark.parametrize(("self_paid", "found"), [(1000000, [1]), (999999, [])])
def test_half_the_income_is_the_limit(comparison: SmallCounty, self_paid: int, found: list[int]) -> None:
    """R334: 达到50%以上 is inclusive."""
    comparison.deliver("medical_settlement", "2025-03", bill(self_paid))
    assert comparison.subjects("NCE-02") == found


def test_the_households_members_are_summed_over_the_window(comparison: SmallCounty) -> None:
    edge = {"settled_on": "2024-04-01"}
    late = {"settled_on": "2025-03-31", "person_key": 12, "kind": "clinic"}
    comparison.deliver("medical_settlement", "2024-04", bill(400000, **edge))
    comparison.deliver("medical_settlement", "2025-03", bill(600000, **late))
    assert comparison.measures("NCE-02") == {
        "self_paid": "10000.00", "income_year": "20000.00", "share": "0.5", "self_paid_limit": "10000.00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("period", "day"), [("2024-04", "2024-03-31"), ("2024-03", "2024-04-15"), ("2025-03", "2025-04-01")]
)
def test_outside_the_window_nothing_counts(comparison: SmallCounty, period: str, day: str) -> None:
    comparison.deliver("medical_settlement", period, bill(9000000, settled_on=day))
    comparison.deliver("medical_settlement", "2025-03", bill(10000))
    assert comparison.subjects("NCE-02") == []


@pytest.mark.parametrize(
    ("income", "self_paid", "found"), [(90000000, 3600000, [1]), (90000000, 3599999, []), (None, 3600000, [1])]
)
def test_disposable_income_is_the_limit_of_higher_or_unknown_incomes(
    county: SmallCounty, income: int | None, self_paid: int, found: list[int]
) -> None:
    county.household(1, {"person_key": 11}, income_year=income, category="RIGID")
    county.deliver("medical_settlement", "2025-03", bill(self_paid))
    assert county.subjects("NCE-02") == found


@pytest.mark.parametrize("category", ["DIBAO", "TEKUN", "MARGIN"])
def test_covered_families_costs_are_another_indicators_business(county: SmallCounty, category: str) -> None:
    county.household(1, {"person_key": 11}, category=category)
    county.deliver("medical_settlement", "2025-03", bill(9000000))
    assert county.subjects("NCE-02") == []


def test_people_outside_the_register_are_judged_alone_by_the_highest_local_figure(county: SmallCounty) -> None:
    county.values["disposable_income"] = {"urban": 40000, "rural": 20000}
    county.household(1, {"person_key": 11}, area="urban")
    county.household(2, {"person_key": 21}, area="rural")
    county.deliver("medical_settlement", "2025-03", bill(4000000, person_key=98), bill(3999999, person_key=99))
    assert county.subjects("NCE-02") == [98]


def test_a_settlement_that_is_delivered_again_counts_once(comparison: SmallCounty) -> None:
    comparison.deliver("medical_settlement", "2025-02", bill(600000, row_key=7))
    comparison.deliver("medical_settlement", "2025-03", bill(600000, row_key=7))
    assert comparison.subjects("NCE-02") == []


MARGIN_TRIPS = [
    {"disability_grade": 1, "disability_type": "visual"},
    {"serious_illness": True},
]


@pytest.mark.parametrize("person", MARGIN_TRIPS, ids=["severe", "ill"])
def test_margin_members_who_may_enter_alone_by_the_register(county: SmallCounty, person: dict) -> None:
    """R281, R363: 单人保."""
    county.household(1, {"person_key": 11, **person}, {"person_key": 12}, category="MARGIN")
    cards(county)
    county.deliver("medical_settlement", "2025-03", {"person_key": 5})
    assert county.subjects("NCE-03") == [11]


def test_margin_members_who_may_enter_alone_by_the_feeds(county: SmallCounty) -> None:
    county.household(1, *({"person_key": key} for key in (11, 12, 13, 14)), category="MARGIN")
    cards(
        county,
        {"person_key": 11},
        {"person_key": 13, "disability_grade": 3},
        {"person_key": 14, "valid_until": "2025-03-30"},
    )
    county.deliver(
        "medical_settlement", "2024-04", {"person_key": 12, "listed_disease": True, "settled_on": "2024-04-01"}
    )
    county.deliver("medical_settlement", "2025-03", {"person_key": 13})
    assert county.subjects("NCE-03") == [11, 12]


@pytest.mark.parametrize(
    ("person", "household"),
    [
        ({"category": "DIBAO", "route": "single_person"}, {}),
        ({}, {"category": "RIGID"}),
        ({}, {"register": "RETAINED"}),
        ({"died_on": "2025-03-10"}, {}),
    ],
    ids=["enters already", "rigid family", "retained", "dead"],
)
def test_who_is_no_case_for_single_person_entry(county: SmallCounty, person: dict, household: dict) -> None:
    county.household(1, {"person_key": 11, "disability_grade": 1, **person}, **{"category": "MARGIN", **household})
    cards(county)
    county.deliver("medical_settlement", "2025-03", {"person_key": 5})
    assert county.subjects("NCE-03") == []


JOBLESS = {"person_key": 11, "registered_on": "2024-12-31"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, [11]),
        ({"registered_on": "2025-01-01"}, []),
        ({"registered_on": "2025-03-01", "benefit_until": "2025-03-30"}, [11]),
        ({"registered_on": "2025-03-01", "benefit_until": "2025-03-31"}, []),
        ({"status": "employed", "employed_on": "2025-01-01"}, []),
    ],
    ids=["three months", "a day less", "benefit ended", "ends today", "employed"],
)
def test_unemployed_for_three_months_or_benefit_ended(county: SmallCounty, given: dict, found: list[int]) -> None:
    county.household(1, {"person_key": 11}, {"person_key": 12, "birth_date": "2015-01-01"}, category="MARGIN")
    county.deliver("unemployment", "2025-03", {**JOBLESS, **given})
    assert county.subjects("NCE-05") == found


@pytest.mark.parametrize(
    ("birth_date", "found"), [("2009-03-31", [11]), ("2009-04-01", []), ("1965-04-01", [11]), ("1965-03-31", [])]
)
def test_working_age_is_sixteen_to_fifty_nine(county: SmallCounty, birth_date: str, found: list[int]) -> None:
    county.household(1, {"person_key": 11, "birth_date": birth_date}, register="RETAINED")
    county.deliver("unemployment", "2025-03", JOBLESS)
    assert county.subjects("NCE-05") == found


def test_another_earner_keeps_the_family(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, {"person_key": 12, "employed": True}, register="WATCH")
    county.household(2, {"person_key": 21}, {"person_key": 22}, register="WATCH")
    county.household(3, {"person_key": 31}, {"person_key": 32, "employed": True}, register="WATCH")
    county.household(4, {"person_key": 41}, category="TEKUN")
    out_of_work = [{**JOBLESS, "person_key": key} for key in (11, 21, 31, 32, 41, 99)]
    county.deliver(
        "unemployment", "2025-03", *out_of_work, {"person_key": 22, "status": "employed", "employed_on": "2025-03-31"}
    )
    # The employment feed is newer than the register: 32 has lost the job that the register still shows.
    assert county.subjects("NCE-05") == [31, 32]


LISTED = {"person_key": 11, "listed_disease": True, "settled_on": "2025-03-12"}


@pytest.mark.parametrize(
    ("person", "found"),
    [
        ({}, [11]),
        ({"serious_illness": True, "illness_from": "2025-03-01"}, [11]),
        ({"serious_illness": True, "illness_from": "2025-02-28"}, []),
        ({"serious_illness": True, "illness_from": None}, []),
        ({"category": None}, []),
        ({"category": None, "fanpin": "sudden"}, [11]),
    ],
    ids=[
        "unknown to the register",
        "registered this month",
        "known before",
        "known, no date",
        "not low-income",
        "fanpin",
    ],
)
def test_newly_ill(county: SmallCounty, person: dict, found: list[int]) -> None:
    """R273: 低收入人口出现新困难."""
    county.household(1, {"person_key": 11, **person}, category="RIGID")
    county.deliver("medical_settlement", "2025-02", {"person_key": 11})
    county.deliver("medical_settlement", "2025-03", LISTED)
    assert county.subjects("NHD-01") == found


@pytest.mark.parametrize(("day", "found"), [("2024-04-01", []), ("2024-03-31", [11])])
def test_a_listed_settlement_in_the_eleven_months_before_is_not_new(
    county: SmallCounty, day: str, found: list[int]
) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    county.deliver("medical_settlement", "2024-04", {**LISTED, "settled_on": day})
    county.deliver("medical_settlement", "2025-03", LISTED)
    assert county.subjects("NHD-01") == found


def test_without_any_earlier_delivery_everybody_would_be_new(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    county.deliver("medical_settlement", "2025-03", LISTED)
    result = county.run("NHD-01")
    assert result.signals == []
    assert [(entry["reason"], entry["feed"]) for entry in result.report["skipped"]] == [
        ("MISSING_FEED", "medical_settlement")
    ]


@pytest.mark.parametrize(
    ("before", "grade", "found"),
    [(None, 4, [11]), (4, 3, [11]), (3, 3, []), (2, 3, [])],
    ids=["new", "worse", "renewed", "better"],
)
def test_new_or_worse_disability_of_the_low_income(
    county: SmallCounty, before: int | None, grade: int, found: list[int]
) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    earlier = [{"person_key": 11, "disability_grade": before}] if before else []
    cards(county, {"person_key": 11, "disability_grade": grade}, before=({"person_key": 5}, *earlier))
    assert county.subjects("NHD-02") == found


def test_people_outside_the_low_income_population_have_no_new_difficulty(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, register="WATCH")
    cards(county, NEW_CARD)
    assert county.subjects("NHD-02") == []

"""CPX and MNE: several difficulties at once, and may no longer qualify (R036, R113, R202, R276, R357)."""

import json

import pytest
from small_county import SmallCounty


def feeds(county: SmallCounty, **rows: dict) -> SmallCounty:
    for feed in ("disability", "medical_settlement", "poor_student", "unemployment"):
        county.deliver(feed, "2025-03", {"person_key": 5}, *([rows[feed]] if feed in rows else []))
    return county


THREE = {
    "illness": {"serious_illness": True}, "disability": {"disability_grade": 2}, "care": {"self_care_failed_items": 4},
}  # fmt: skip


def test_three_difficulties_of_one_household(county: SmallCounty) -> None:
    """R112: 困难情形复杂."""
    people = ({"person_key": 11 + index, **given} for index, given in enumerate(THREE.values()))
    county.household(1, *people, category="DIBAO")
    assert feeds(county).measures("CPX-01") == {
        "difficulty_count": 3,
        "difficulties": ["illness", "disability", "care"],
    }


@pytest.mark.parametrize(
    ("row", "household", "found"),
    [
        ({"poor_student": {"person_key": 11, "poverty_grade": "severe"}}, {}, [1]),
        ({"poor_student": {"person_key": 11, "poverty_grade": "mild"}}, {}, []),
        ({"unemployment": {"person_key": 11}}, {}, [1]),
        ({"unemployment": {"person_key": 11, "status": "employed"}}, {}, []),
        ({}, {"house_grade": "C"}, [1]),
        ({}, {"house_grade": "B"}, []),
        ({"medical_settlement": {"person_key": 11, "listed_disease": True}}, {}, [1]),
        ({"disability": {"person_key": 11, "disability_grade": 1}}, {}, []),
    ],
    ids=["schooling", "mildly poor", "no job", "job", "house C", "house B", "listed bill", "second disability"],
)
def test_what_makes_the_third(county: SmallCounty, row: dict, household: dict, found: list[int]) -> None:
    county.household(
        1, {"person_key": 11, "disability_grade": 2, "self_care_failed_items": 4}, category="MARGIN", **household
    )
    assert feeds(county, **row).subjects("CPX-01") == found


def test_care_needs_four_items_and_the_household_to_be_registered_or_watched(county: SmallCounty) -> None:
    both = {"serious_illness": True, "disability_grade": 1}
    county.household(1, {"person_key": 11, **both, "self_care_failed_items": 3}, category="DIBAO")
    county.household(2, {"person_key": 21, **both, "self_care_failed_items": 4}, register="WATCH")
    county.household(3, {"person_key": 31, **both, "self_care_failed_items": 4}, register="RETAINED")
    assert feeds(county).subjects("CPX-01") == [2]


def test_a_missing_feed_is_noted_and_the_rest_is_counted(county: SmallCounty) -> None:
    county.household(
        1,
        {"person_key": 11, "serious_illness": True, "disability_grade": 1, "self_care_failed_items": 6},
        category="DIBAO",
    )
    result = county.run("CPX-01")
    assert [signal.household_key for signal in result.signals] == [1]
    assert len(result.report["indicators"]["CPX-01"]["notes"]) == 5


def test_a_school_terms_list_serves_the_months_after_it(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11, "disability_grade": 2, "self_care_failed_items": 4}, category="MARGIN")
    county.deliver("poor_student", "2024-10", {"person_key": 11})
    assert county.subjects("CPX-01") == [1]


@pytest.mark.parametrize(
    ("person", "died_on", "found"),
    [
        ({}, "2025-03-31", [11]),
        ({}, "2025-04-01", []),
        ({"died_on": "2025-03-04"}, "2025-03-04", []),
        ({"category": None}, "2025-03-04", [11]),
    ],
    ids=["died today", "not yet", "the register knows", "member of a covered family"],
)
def test_dead_and_still_on_benefit(county: SmallCounty, person: dict, died_on: str, found: list[int]) -> None:
    """R100: monthly comparison with funeral data."""
    county.household(1, {"person_key": 11, **person}, {"person_key": 12}, category="DIBAO")
    county.deliver("funeral", "2025-03", {"person_key": 11, "died_on": died_on}, {"person_key": 99})
    assert county.subjects("MNE-01") == found


def test_deaths_of_earlier_months_stay_found_until_the_register_knows(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="TEKUN")
    county.household(2, {"person_key": 21}, category="MARGIN")
    county.deliver(
        "funeral", "2024-11", {"person_key": 11, "died_on": "2024-11-02"}, {"person_key": 21, "died_on": "2024-11-02"}
    )
    county.deliver("funeral", "2025-03", {"person_key": 99})
    assert county.subjects("MNE-01") == [11]


def test_without_this_months_funeral_data_the_comparison_has_not_happened(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="TEKUN")
    county.deliver("funeral", "2025-02", {"person_key": 11, "died_on": "2025-02-02"})
    result = county.run("MNE-01")
    assert (result.signals, [entry["feed"] for entry in result.report["skipped"]]) == ([], ["funeral"])


# Two people in the country at 600 yuan a month: 14,400 yuan a year is the line, 21,600 the margin line.
LINE, MARGIN_LINE = 1440000, 2160000


def job(wage: int, **given: object) -> dict:
    plain = {"status": "employed", "employed_on": "2025-02-10", "monthly_wage": wage, "workplace_division": "410522"}
    return {"person_key": 11, **plain, **given}


@pytest.mark.parametrize(
    ("category", "income", "found"),
    [
        ("DIBAO", LINE, [1]),
        ("DIBAO", LINE - 1, []),
        ("MARGIN", MARGIN_LINE, [1]),
        ("MARGIN", MARGIN_LINE - 1, []),
        ("RIGID", 99999999, []),
    ],
)
def test_registered_income_at_the_line(county: SmallCounty, category: str, income: int, found: list[int]) -> None:
    """R336: 低于 is strict, so who reaches the line no longer qualifies."""
    county.household(1, {"person_key": 11}, {"person_key": 12}, category=category, income_year=income)
    county.deliver("unemployment", "2025-03", {"person_key": 5})
    assert county.subjects("MNE-03") == found


def test_employment_cost_of_the_place_of_work_is_deducted(county: SmallCounty) -> None:
    """R368: 30 % of the urban standard of the place of work: 240 yuan a month in the county, 478.50 in Shanghai."""
    for key, division in ((1, "410522"), (2, "310115")):
        county.household(
            key, {"person_key": key * 10}, {"person_key": key * 10 + 1}, category="DIBAO", income_year=720000
        )
        county.deliver("unemployment", "2025-03", job(84000, person_key=key * 10, workplace_division=division))
    # 7,200 + 12 × 840 − 12 × 240 = 14,400 reaches the line; with 12 × 478.50 it does not.
    assert county.subjects("MNE-11") == [1]
    assert county.measures("MNE-11") == {
        "income_year": "7200.00", "wage_gain": "10080.00", "cost": "2880.00", "member_count": 2,
        "per_capita_month": "600.00",
        "line_monthly": "600.00", "employed_on": "2025-02-10", "taper_max_months": 6,
    }  # fmt: skip


def test_a_workplace_without_a_known_standard_is_not_guessed(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, {"person_key": 12}, category="DIBAO", income_year=720000)
    county.deliver("unemployment", "2025-03", job(900000, workplace_division="440306"))
    result = county.run("MNE-11")
    assert result.signals == []
    assert "440306 urban" in "".join(result.report["indicators"]["MNE-11"]["notes"])


def test_a_pack_that_deducts_without_a_figure_judges_only_families_without_work(county: SmallCounty) -> None:
    """R059: 庆阳 deducts the necessary cost and gives no figure."""
    county.pack = "qingyang"
    del county.values["job_cost_ratio"]
    county.household(1, {"person_key": 11}, category="DIBAO", income_year=9900000)
    county.household(2, {"person_key": 21, "employed": True, "wage": 9900000}, category="DIBAO", income_year=9900000)
    county.deliver("unemployment", "2025-03", {"person_key": 5})
    assert county.subjects("MNE-03") == [1]


def test_a_pack_without_the_deduction_deducts_nothing(county: SmallCounty) -> None:
    county.pack = "zhengzhou"
    del county.values["job_cost_ratio"], county.values["taper_max_months"]
    county.household(1, {"person_key": 11, "employed": True, "wage": 100000}, category="DIBAO", income_year=720000)
    county.deliver("unemployment", "2025-03", {"person_key": 5})
    assert county.subjects("MNE-03") == [1]


@pytest.mark.parametrize(
    ("employed_on", "taper", "over"),
    [("2024-10-01", [1], []), ("2024-09-30", [], [1]), ("2025-04-01", [], [])],
    ids=["within six months", "longer ago", "not yet"],
)
def test_new_work_leads_to_the_taper_and_older_work_to_the_line(
    county: SmallCounty, employed_on: str, taper: list[int], over: list[int]
) -> None:
    """R369: the taper belongs to families over the line because of new employment."""
    county.household(1, {"person_key": 11}, {"person_key": 12}, category="DIBAO", income_year=720000)
    county.deliver("unemployment", "2025-03", job(500000, employed_on=employed_on))
    assert county.subjects("MNE-11") == taper
    assert county.subjects("MNE-03") == over


def test_a_pack_without_taper_leaves_new_work_to_the_line(county: SmallCounty) -> None:
    county.pack = "zhengzhou"
    del county.values["taper_max_months"]
    county.household(1, {"person_key": 11}, {"person_key": 12}, category="DIBAO", income_year=720000)
    county.deliver("unemployment", "2025-03", job(500000))
    assert [entry["parameter"] for entry in county.run("MNE-11").report["skipped"]] == ["taper_max_months"]
    assert county.subjects("MNE-03") == [1]


def test_the_new_wage_replaces_the_registered_one_and_margin_families_deduct_nothing(county: SmallCounty) -> None:
    county.household(
        1,
        {"person_key": 11, "employed": True, "wage": 1200000},
        {"person_key": 12},
        category="MARGIN",
        income_year=1200000,
    )
    county.deliver("unemployment", "2025-03", job(180000))
    figures = county.measures("MNE-03")
    assert (figures["wage_gain"], figures["cost"], figures["per_capita_month"]) == ("9600.00", "0.00", "900.00")


def test_work_that_the_register_counts_already_changes_nothing(county: SmallCounty) -> None:
    county.household(
        1,
        {"person_key": 11, "employed": True, "wage": 700000},
        {"person_key": 12},
        category="MARGIN",
        income_year=700000,
    )
    county.deliver("unemployment", "2025-03", job(900000, employed_on="2024-05-01"))
    assert county.subjects("MNE-03") == []


def test_single_person_benefit_is_not_judged_as_a_whole_household(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11, "route": "single_household"}, category="DIBAO", income_year=9900000)
    county.deliver("unemployment", "2025-03", {"person_key": 5})
    assert county.subjects("MNE-03") == []


def test_one_person_in_two_families(county: SmallCounty) -> None:
    """R264: 一人一次."""
    county.household(1, {"person_key": 11}, {"person_key": 12}, category="DIBAO")
    county.household(2, {"person_key": 11}, {"person_key": 13}, category="MARGIN")
    county.household(3, {"person_key": 12}, register="RETAINED")
    county.household(4, {"person_key": 13, "died_on": "2025-03-01"}, category="DIBAO")
    (signal,) = county.run("MNE-10").signals
    assert (signal.person_key, signal.household_key) == (11, 1)
    assert json.loads(signal.measures) == {"households": 2, "category": "DIBAO", "other_category": "MARGIN"}
    assert {entry["row_key"] for entry in json.loads(signal.evidence)} == {"11/1", "11/2", "1", "2"}

"""PND: policy not delivered (R033, R110, R199, R272, R354)."""

import pytest
from small_county import SmallCounty

MARCH_STAY = {"person_key": 11, "settled_on": "2025-02-20"}


@pytest.mark.parametrize(
    ("paid_on", "found"),
    [("2025-03-10", []), ("2025-03-11", [1]), ("2025-02-28", []), ("2025-04-01", [1]), (None, [1])],
    ids=["on the pay day", "a day late", "before the month", "next month", "never"],
)
def test_benefit_is_due_by_the_pay_day(county: SmallCounty, paid_on: str | None, found: list[int]) -> None:
    """R119: paid by the 10th."""
    county.household(1, {"person_key": 11}, category="DIBAO")
    county.pay(1, paid_on)
    assert county.subjects("PND-01") == found


def test_returned_payment_and_no_payment_at_all_are_late(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    county.household(2, {"person_key": 21}, category="TEKUN")
    county.household(3, {"person_key": 31}, category="TEKUN")
    county.pay(1, result="returned")
    county.pay(3, item="tekun")
    assert county.subjects("PND-01") == [1, 2]


def test_returned_then_paid_again_by_the_pay_day_is_in_time(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    county.pay(1, "2025-03-05", result="returned")
    county.pay(1, "2025-03-10")
    assert county.subjects("PND-01") == []


def test_another_months_payment_and_a_supplement_do_not_pay_the_benefit(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    county.pay(1, "2025-03-05", period="2025-02")
    county.pay(1, "2025-03-05", item="supplement", person_key=11)
    assert county.subjects("PND-01") == [1]


def test_who_has_no_benefit_yet_or_no_more_is_not_paid(county: SmallCounty) -> None:
    """Entered on the first of the month: paid from the next. Dead before the month: the benefit has ended."""
    county.household(1, {"person_key": 11}, category="DIBAO", category_from="2025-03-01")
    county.household(2, {"person_key": 21, "died_on": "2025-02-28"}, category="TEKUN")
    county.household(3, {"person_key": 31}, category="MARGIN")
    assert county.subjects("PND-01") == []


def test_who_died_on_the_first_is_still_paid_for_the_month(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11, "died_on": "2025-03-01"}, category="TEKUN")
    assert county.subjects("PND-01") == [1]


def test_single_person_benefit_in_a_margin_family_is_due_too(county: SmallCounty) -> None:
    county.household(
        1, {"person_key": 11, "category": "DIBAO", "route": "single_person"}, {"person_key": 12}, category="MARGIN"
    )
    assert county.subjects("PND-01") == [1]


def test_without_a_pay_day_nothing_is_assumed(county: SmallCounty) -> None:
    """Only 郑州 gives a pay day: elsewhere the locality sets it or the indicator says that it is missing."""
    county.household(1, {"person_key": 11}, category="DIBAO")
    del county.values["pay_day"]
    result = county.run("PND-01")
    assert result.signals == []
    (skipped,) = result.report["skipped"]
    assert (skipped["indicator"], skipped["reason"], skipped["parameter"]) == ("PND-01", "PARAMETER_UNSET", "pay_day")


@pytest.fixture
def zhengzhou(county: SmallCounty) -> SmallCounty:
    county.pack = "zhengzhou"
    groups = ["severe_disability", "serious_illness", "age", "university_student", "minor"]
    county.values |= {"supplement": 100, "supplement_groups": groups, "supplement_age": 70, "adult_age": 18}
    return county


@pytest.mark.parametrize(
    ("person", "met"),
    [
        ({"birth_date": "1955-03-01"}, ["age"]),
        ({"birth_date": "2007-03-02"}, ["minor"]),
        ({"disability_grade": 2, "disability_type": "physical"}, ["severe_disability"]),
        ({"serious_illness": True, "illness_from": "2025-03-01"}, ["serious_illness"]),
        ({"student": "postgraduate"}, ["university_student"]),
        ({"birth_date": "1950-01-01", "disability_grade": 1}, ["severe_disability", "age"]),
    ],
)
def test_each_supplement_group_counts_once_a_person(zhengzhou: SmallCounty, person: dict, met: list[str]) -> None:
    """R117: 100 yuan for five groups."""
    zhengzhou.household(1, {"person_key": 11, **person}, category="DIBAO")
    figures = zhengzhou.measures("PND-03")
    assert figures == {"pay_period": "2025-03", "met": met, "supplement": "100.00"}


@pytest.mark.parametrize(
    "person",
    [
        {"birth_date": "1955-03-02"},
        {"birth_date": "2007-03-01"},
        {"disability_grade": 3},
        {"serious_illness": True, "illness_from": "2025-03-02"},
        {"student": "senior_high"},
        {"birth_date": "1950-01-01", "category": "MARGIN"},
        {"birth_date": "1950-01-01", "category_from": "2025-03-02"},
        {"birth_date": "2025-03-02"},
    ],
    ids=[
        "70 on the 2nd",
        "18 on the 1st",
        "grade 3",
        "ill from the 2nd",
        "high school",
        "not dibao",
        "entered on the 2nd",
        "born on the 2nd",
    ],
)
def test_the_condition_is_tested_on_the_first_of_the_month(zhengzhou: SmallCounty, person: dict) -> None:
    zhengzhou.household(1, {"person_key": 11, **person}, category="DIBAO")
    assert zhengzhou.subjects("PND-03") == []


def test_a_supplement_line_of_the_person_satisfies(zhengzhou: SmallCounty) -> None:
    old = {"birth_date": "1940-01-01"}
    zhengzhou.household(1, {"person_key": 11, **old}, {"person_key": 12, **old}, category="DIBAO")
    zhengzhou.pay(1, item="supplement", person_key=11)
    zhengzhou.pay(1, item="supplement", person_key=12, period="2025-02")
    assert zhengzhou.subjects("PND-03") == [12]


def test_packs_without_supplements_have_nothing_to_miss(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11, "birth_date": "1940-01-01"}, category="DIBAO")
    result = county.run("PND-03")
    assert result.signals == []
    assert [entry["parameter"] for entry in result.report["skipped"]] == ["supplement"]


def test_only_the_groups_of_the_pack_count(zhengzhou: SmallCounty) -> None:
    zhengzhou.values["supplement_groups"] = ["minor"]
    zhengzhou.household(1, {"person_key": 11, "birth_date": "1940-01-01"}, category="DIBAO")
    assert zhengzhou.subjects("PND-03") == []


@pytest.fixture
def hubei(county: SmallCounty) -> SmallCounty:
    county.pack = "hubei"
    county.values |= {
        "inpatient_ratio_tekun": 1, "inpatient_ratio_dibao": 0.7, "inpatient_ratio_fanpin": 0.6,
        "inpatient_ratio_margin": 0.6, "inpatient_ratio_illness_poor": 0.5,
    }  # fmt: skip
    return county


def stay(self_paid: int, aid: int, **given: object) -> dict:
    return {
        "in_policy": self_paid + 500000,
        "basic_paid": 400000,
        "serious_paid": 100000,
        "aid_paid": aid,
        **MARCH_STAY,
        **given,
    }


@pytest.mark.parametrize(
    ("category", "aid", "found"),
    [
        ("TEKUN", 1000000, []), ("TEKUN", 999999, [11]),
        ("DIBAO", 700000, []), ("DIBAO", 699999, [11]),
        ("MARGIN", 600000, []), ("MARGIN", 599999, [11]),
        ("RIGID", 0, []),
    ],
)  # fmt: skip
def test_hubei_floors_by_category(hubei: SmallCounty, category: str, aid: int, found: list[int]) -> None:
    """R285: 100, 70, 60, 50 percent; a rigid family without illness is not named."""
    hubei.household(1, {"person_key": 11}, category=category)
    hubei.deliver("medical_settlement", "2025-03", stay(1000000, aid))
    assert hubei.subjects("PND-06") == found


def test_hubei_floor_of_a_seriously_ill_member_of_a_rigid_family_is_half(hubei: SmallCounty) -> None:
    hubei.household(1, {"person_key": 11, "serious_illness": True}, category="RIGID")
    hubei.deliver("medical_settlement", "2025-03", stay(1000000, 499999))
    assert hubei.measures("PND-06")["floor_amount"] == "5000.00"


def test_the_highest_ratio_of_several_groups_counts(hubei: SmallCounty) -> None:
    """R278 就高: a margin member at 60 who is in dibao alone at 70; a fanpin person without category at 60."""
    hubei.household(1, {"person_key": 11, "category": "DIBAO", "route": "single_person"}, category="MARGIN")
    hubei.household(2, {"person_key": 21, "fanpin": "unstable"}, register="WATCH")
    hubei.deliver("medical_settlement", "2025-03", stay(1000000, 650000), stay(1000000, 599999, person_key=21))
    assert hubei.subjects("PND-06") == [11, 21]


def test_elsewhere_only_a_stay_without_any_aid_counts(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="RIGID")
    county.household(2, {"person_key": 21}, category="DIBAO")
    county.household(3, {"person_key": 31, "fanpin": "unstable"})
    stays = (
        stay(1000000, 0),
        stay(1000000, 1, person_key=21),
        stay(1000000, 0, person_key=31),
        stay(1000000, 0, person_key=99),
    )
    county.deliver("medical_settlement", "2025-03", *stays)
    assert county.subjects("PND-06") == [11]


@pytest.mark.parametrize(
    "given",
    [
        {"settled_on": "2025-03-01"},
        {"settled_on": "2024-03-31"},
        {"kind": "outpatient"},
        {"designated": False},
        {"in_policy": 500000},
        {"settled_on": "2022-12-31"},
    ],
    ids=["30 days ago", "13 months ago", "outpatient", "elsewhere", "nothing self-paid", "before the category"],
)
def test_stays_that_do_not_count(county: SmallCounty, given: dict) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    county.deliver("medical_settlement", "2025-03", stay(1000000, 0, **given))
    assert county.subjects("PND-06") == []


def test_thirty_one_days_and_the_first_day_of_the_category_count(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO", category_from="2025-02-28")
    county.members[-1]["category_from"] = "2025-02-28"
    county.deliver("medical_settlement", "2025-03", stay(1000000, 0, settled_on="2025-02-28"))
    assert county.subjects("PND-06") == [11]


def test_aid_that_a_later_delivery_reports_counts(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    county.deliver("medical_settlement", "2025-02", stay(1000000, 0, row_key=7))
    county.deliver("medical_settlement", "2025-03", stay(1000000, 700000, row_key=7))
    assert county.subjects("PND-06") == []


def test_several_stays_make_one_signal_with_a_row_of_evidence_each(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    county.deliver("medical_settlement", "2025-03", stay(1000000, 0), stay(250000, 0))
    (signal,) = county.run("PND-06").signals
    assert signal.measures.startswith('{"stays":2,"first_settled_on":"2025-02-20","self_paid":"12500.00"')
    assert signal.evidence.count('"source":"medical_settlement"') == 2

"""Determination: the worked examples, three-valued decisions, reading documents, explanations."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from doudi.engine.errors import InputError
from doudi.engine.rules import determine, load_pack, read_household
from tests.engine.rules.examples import (
    AS_OF,
    PACKS,
    STANDARDS,
    couple,
    household,
    person,
    rural_four,
    three_generations,
)


def decide(document: dict[str, Any], pack: str = "anyang", **options: Any) -> dict[str, Any]:
    options = {"standards": STANDARDS} | options
    result: dict[str, Any] = determine([document], load_pack(pack), AS_OF, **options)["households"][0]
    return result


@pytest.mark.parametrize("pack", ["national_guide", "qingyang", "hubei", "anyang"])
def test_difference_benefit_of_a_whole_household(pack: str) -> None:
    """R204, N03: the standard times the members less the income, for every member of the family."""
    result = decide(three_generations(), pack)
    assert (result["category"], result["monthly"]) == ("DIBAO", "1500.00")
    assert [member["route"] for member in result["members"]] == ["whole_household"] * 3
    assert [(line["item"], line["amount"]) for line in result["lines"]] == [("dibao_difference", "1500.00")]


def test_zhengzhou_adds_three_supplements() -> None:
    """R117"""
    result = decide(three_generations(), "zhengzhou")
    assert result["monthly"] == "1800.00"
    supplements = [(line["person_id"], line["reason"], line["amount"]) for line in result["lines"][1:]]
    assert supplements == [("A", "serious_illness", "100.00"), ("B", "age", "100.00"), ("C", "minor", "100.00")]


@pytest.mark.parametrize("pack", ["national_guide", "zhengzhou", "hubei", "anyang"])
def test_the_line_itself_is_margin(pack: str) -> None:
    """R168, R326: 'lower than' is strict."""
    assert decide(couple(1600 * 12), pack)["category"] == "MARGIN"


@pytest.mark.parametrize("pack", PACKS)
def test_two_fen_below_the_line(pack: str) -> None:
    result = decide(couple(str(Decimal("1599.98") * 12)), pack)
    assert (result["category"], result["monthly"]) == ("DIBAO", "0.02")


def test_binary_noise_of_a_float_is_no_fraction_of_a_fen() -> None:
    assert decide(couple(1599.98 * 12))["monthly"] == "0.02"


@pytest.mark.parametrize(
    ("pack", "monthly"),
    [("national_guide", "600.00"), ("hubei", "600.00"), ("anyang", "600.00"), ("zhengzhou", "700.00")],
)
def test_disabled_daughter_of_a_margin_family(pack: str, monthly: str) -> None:
    """R205, R281, R360: she alone enters; the family stays a margin family."""
    result = decide(rural_four(), pack)
    assert (result["category"], result["monthly"]) == ("MARGIN", monthly)
    assert result["members"][2] == {"person_id": "C", "categories": ["DIBAO"], "route": "single_person"}
    assert {line["person_id"] for line in result["lines"]} == {"C"}


def test_unset_multiplier_is_asked_for_only_where_it_decides() -> None:
    """R008"""
    assert decide(couple(19200), "qingyang")["category"] == "NEEDS_LOCAL_RULE"
    assert [m["parameter"] for m in decide(couple(19200), "qingyang")["missing"]] == ["margin_multiplier"]
    assert decide(couple(19199), "qingyang")["missing"] == []
    assert decide(couple(19200), "qingyang", overrides={"margin_multiplier": Decimal("1.5")})["category"] == "MARGIN"


def test_standards_by_division_and_date() -> None:
    dated = [{"from": dt.date(2024, 1, 1), "value": 700}, {"from": dt.date(2025, 3, 1), "value": 800}]
    standards = {"dibao_standard": {"410502": {"urban": dated}}, "disposable_income": 36000}
    document = couple(14400) | {"division": "410502001002"}
    result = determine([document], load_pack("anyang"), AS_OF, standards)["households"][0]
    assert result["monthly"] == "400.00"
    earlier = determine([document], load_pack("anyang"), dt.date(2025, 2, 28), standards)["households"][0]
    assert earlier["monthly"] == "200.00"
    elsewhere = determine([couple(14400) | {"division": "620000"}], load_pack("anyang"), AS_OF, standards)["households"]
    assert [m["parameter"] for m in elsewhere[0]["missing"]] == ["dibao_standard"]


def test_a_standard_never_replaces_the_document() -> None:
    """R332: what a document decides is changed only by --set, and the result says so."""
    result = determine([couple(0)], load_pack("anyang"), AS_OF, STANDARDS | {"rigid_ratio": Decimal("0.6")})
    assert [warning["parameter"] for warning in result["warnings"]] == ["rigid_ratio"]


def test_fanpin_and_other_stand_beside_the_category() -> None:
    """R007, R087: taken over, never determined."""
    document = household(person("A", wage=0, fanpin="unstable", current_category="OTHER"))
    assert decide(document)["members"][0]["categories"] == ["DIBAO", "FANPIN", "OTHER"]


def test_same_input_same_bytes() -> None:
    once, again = (json.dumps(decide(three_generations(), explain=True), ensure_ascii=False) for _ in range(2))
    assert once == again


def test_trace_shows_labels_and_numbers() -> None:
    trace = {(node["rule"], node["person_id"]): node for node in decide(three_generations(), explain=True)["trace"]}
    assert trace["income_per_capita_month", None] == {
        "rule": "income_per_capita_month", "entity": "household", "person_id": None, "label": "家庭人均月收入",
        "value": "300.00", "unit": "元/人/月", "formula": "家庭年收入 10800.00 ÷ 共同生活人数 3 ÷ 12",
        "cite": "《指南（第一版）》 四(一)1",
    }  # fmt: skip
    assert trace["is_below_margin", None]["formula"] == "家庭人均月收入 300.00 < 低保标准 800.00 × 低保边缘倍数 1.5"
    assert trace["category", None]["cite"] == "安政办〔2024〕1号 二(一)1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "unknown field colour"),
        ({"area": "suburb"}, "'suburb' is not a known area"),
        ({"members": []}, "there are no members"),
        ({"division": "4105"}, "'4105' is not a division code"),
        ({"property_conforms": "yes"}, "'yes' is neither true nor false"),
        ({"spending": {"illness": 3}}, "unknown field spending.illness"),
        ({"members": [person("A"), person("A", "spouse")]}, "person_id A is used twice"),
        ({"members": [person("A", wage=-1)]}, "-1 is negative"),
        ({"members": [person("A", wage="0.005")]}, "'0.005' has fractions of a 分"),
        ({"members": [person("A", wage="NaN")]}, "'NaN' is not a possible amount of money"),
        ({"members": [person("A", born="2025-13-01")]}, "'2025-13-01' is not a date"),
        ({"members": [person("A", born="2026-01-01")]}, "birth_date 2026-01-01 is after 2025-03-01"),
        ({"members": [person("A", disability={"grade": 2})]}, "disability needs type and grade"),
        (
            {"members": [person("A", disability={"type": "physical", "grade": 5})]},
            "5 is not a whole number from 1 to 4",
        ),
        ({"house": {"grade": "E"}}, "'E' is not a known house.grade"),
        ({"house": {"kind": "flat"}}, "unknown field house.kind"),
        ({"house": "C"}, "house must be an object"),
        ({"disaster": {"stage": "flood"}}, "'flood' is not a known disaster.stage"),
        ({"emergency": {"level": "huge"}}, "'huge' is not a known emergency.level"),
        ({"emergency": {"level": "light", "amount": "-1"}}, "'-1' is negative"),
        ({"investigated": "no"}, "'no' is neither true nor false"),
        ({"check_report_date": "spring"}, "'spring' is not a date"),
        ({"members": [person("A", applies=1)]}, "1 is neither true nor false"),
        (
            {"settlements": [{"person_id": "A", "kind": "inpatient", "referred": "yes"}]},
            "'yes' is neither true nor false",
        ),
        ({"supporters": [{"supports": "Z", "relation": "child"}]}, "supports Z is no member of the household"),
    ],
)
def test_bad_document_is_refused_with_the_field(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as raised:
        decide(couple(0) | change)
    assert raised.value.what == message
    assert raised.value.where.startswith("household H")


def test_additions_to_the_household_document_become_columns() -> None:
    document = household(
        person("A", applies=False, willing_to_work=True, central_support=True),
        house={"grade": "none", "only": True},
        disaster={"stage": "winter_spring"},
        emergency={"level": "heavy", "amount": "1200.50"},
        investigated=True,
        authorised=False,
        check_report_date="2025-01-31",
        rejected_on=dt.date(2024, 2, 29),
        exited_on="2024-03-01",
        former_poor=True,
        settlements=[{"person_id": "A", "kind": "inpatient", "referred": True}],
    )
    given = read_household(document)
    names = {"house_grade": "none", "house_only": True, "disaster_stage": "winter_spring", "emergency_level": "heavy"}
    names |= {"emergency_amount": Fraction(2401, 2), "investigated": True, "authorised": False, "former_poor": True}
    names |= {"check_report_date": dt.date(2025, 1, 31), "rejected_on": dt.date(2024, 2, 29)}
    assert {name: given.values[name] for name in names} == names
    member = given.below["person"][0]
    assert [member.values[name] for name in ("applies", "willing_to_work", "central_support")] == [False, True, True]
    assert member.below["settlement"][0].values["referred"] is True


def test_additions_left_out_are_unknown_or_as_usual() -> None:
    empty = read_household(couple(0) | {"settlements": [{"person_id": "A", "kind": "inpatient"}]})
    unknown = ["house_grade", "house_only", "emergency_amount", "investigated", "authorised", "check_report_date"]
    assert {empty.values[name] for name in [*unknown, "rejected_on", "exited_on"]} == {None}
    usual = {"disaster_stage": "none", "emergency_level": "none", "former_poor": False}
    assert {name: empty.values[name] for name in usual} == usual
    member = empty.below["person"][0]
    assert [member.values[name] for name in ("applies", "willing_to_work", "central_support")] == [True, None, False]
    assert member.below["settlement"][0].values["referred"] is False


# ---- paid on after a death ----


def bereaved(*died: str, monthly: Any = "1500.00") -> dict[str, Any]:
    """Three without income, the parents dying on the given days; their payment stayed as it was."""
    parents = [person("B", "parent", born="1950-01-01"), person("C", "parent", born="1951-01-01")]
    members = [parent | {"died_on": day} for parent, day in zip(parents, died, strict=False)] + parents[len(died) :]
    return household(person("A", wage=10800), *members, previous={"category": "DIBAO", "monthly": monthly})


@pytest.mark.parametrize("pack", PACKS)
def test_overpayment_runs_from_the_month_after_the_death(pack: str) -> None:
    """MNE-01: the month of the death is still due; the month of the decision is paid anew."""
    result = decide(bereaved("2024-12-01"), pack, overrides={"supplement": 0} if pack == "zhengzhou" else None)
    assert result["monthly"] == "700.00"
    assert result["overpayment"] | {"cite": ""} == {
        "from": "2025-01", "to": "2025-02", "months": 2, "monthly": "800.00", "amount": "1600.00", "cite": "",
    }  # fmt: skip
    assert result["overpayment"]["cite"]


@pytest.mark.parametrize(
    ("document", "standards"),
    [
        (bereaved("2025-02-28"), STANDARDS),  # nothing was paid for a whole month since
        (bereaved("2025-03-01"), STANDARDS),
        (bereaved(), STANDARDS),
        (bereaved("2024-12-31", monthly="700.00"), STANDARDS),  # the payment had been lowered
        (bereaved("2024-12-31", monthly="699.99"), STANDARDS),
        (bereaved("2024-12-31", monthly=None), STANDARDS),
        (bereaved("2024-12-31"), {}),  # the new amount waits for a local number
    ],
)
def test_no_overpayment(document: dict[str, Any], standards: dict[str, Any]) -> None:
    assert "overpayment" not in decide(document, standards=standards)


def test_overpayment_waits_while_a_part_of_the_new_amount_is_open() -> None:
    """A care allowance without a local standard is left out of the sum; what was too much cannot be told yet."""
    alone = person("A", born="1950-01-01", has_legal_supporter=False, self_care_failed_items=2)
    spouse = person("B", "spouse", born="1950-01-01", has_legal_supporter=False, died_on="2024-12-05")
    document = household(alone, spouse, previous={"category": "TEKUN", "monthly": "2500.00"})
    numbers = STANDARDS | {"tekun_basic_standard": 1040}
    assert "overpayment" not in decide(document, standards=numbers)
    known = decide(document, standards=numbers | {"tekun_care_partial": 300})
    assert (known["monthly"], known["overpayment"]["amount"]) == ("1340.00", "2320.00")


def test_two_deaths_are_counted_from_each() -> None:
    result = decide(bereaved("2024-11-20", "2025-01-03"))
    assert result["monthly"] == "0.00"
    overpaid = result["overpayment"]
    assert (overpaid["from"], overpaid["to"], overpaid["months"]) == ("2024-12", "2025-02", 3)
    parts = [(part["from"], part["to"], part["monthly"], part["amount"]) for part in overpaid["parts"]]
    assert parts == [("2024-12", "2025-01", "800.00", "1600.00"), ("2025-02", "2025-02", "1500.00", "1500.00")]
    assert overpaid["amount"] == "3100.00"


# ---- one person in two households ----


def test_one_person_in_two_households_is_told() -> None:
    """R017: nobody is counted twice; the number itself is not repeated."""
    one = household(person("A", id_number="41050219800201001x"))
    two = household(person("Z", id_number=" 41050219800201001X "), person("Y", "child")) | {"household_id": "K"}
    result = determine([one, two], load_pack("anyang"), AS_OF, STANDARDS)
    [warning] = result["warnings"]
    assert warning["code"] == "DOUBLE_MEMBERSHIP"
    assert (warning["households"], warning["persons"]) == (["H", "K"], ["A", "Z"])
    assert "41050219800201001" not in json.dumps(result)
    assert "warnings" not in determine([one, one], load_pack("anyang"), AS_OF, STANDARDS)

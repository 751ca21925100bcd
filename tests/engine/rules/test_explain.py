"""Explanations: formulas with numbers put in, why not another category, the tree, the sentence of the document."""

from __future__ import annotations

import random
from typing import Any

import pytest

from doudi.engine.rules import determine, load_pack
from doudi.engine.rules.quote import quote
from tests.engine.rules.examples import (
    AS_OF,
    PACKS,
    STANDARDS,
    couple,
    household,
    person,
    random_household,
    rural_four,
    three_generations,
)


def explained(document: dict[str, Any], pack: str = "anyang", **standards: Any) -> dict[str, Any]:
    result = determine([document], load_pack(pack), AS_OF, STANDARDS | standards, explain=True)
    found: dict[str, Any] = result["households"][0]
    return found


def formulas(document: dict[str, Any], pack: str = "anyang", **standards: Any) -> dict[tuple[str, str | None], str]:
    trace = explained(document, pack, **standards)["trace"]
    return {(node["rule"], node["person_id"]): node["formula"] for node in trace}


def reasons(document: dict[str, Any], category: str, pack: str = "anyang", **standards: Any) -> dict[str, Any]:
    """The household's entry of that category."""
    entries = explained(document, pack, **standards)["why_not"]
    found: dict[str, Any] = next(e for e in entries if e["category"] == category and e["person_id"] is None)
    return found


def texts(entry: dict[str, Any]) -> list[str]:
    return [condition["formula"] for condition in entry["conditions"]]


@pytest.mark.parametrize(
    ("rule", "person_id", "formula"),
    [
        ("is_below_dibao", None, "家庭人均月收入 720.00 ≥ 低保标准 600.00"),
        ("is_below_margin", None, "家庭人均月收入 720.00 < 低保标准 600.00 × 低保边缘倍数 1.5"),
        ("member_count", None, "计入共同生活人数：成员 A、成员 B、成员 C、成员 D"),
        ("is_dibao", None, "共同生活人数 4 且 人均收入不低于低保标准（不满足） 且 财产符合低保规定"),
        ("route", "C", "特困供养：不符合特困人员条件；整户保：整户纳入低保 否；单人保：边缘家庭重残重病单人保 是"),
        ("age", "C", "出生日期 2001-01-10 到 认定日期 2025-03-01 的周岁"),
        ("single_amount", "C", "单人户月差额 600.00，四舍五入到分（救助金见分进元 否）"),
        ("is_severe", "C", "残疾等级 2 属于 重度残疾等级 1、2"),
    ],
)  # fmt: skip
def test_a_formula_says_what_is_the_case(rule: str, person_id: str | None, formula: str) -> None:
    """Of a choice the branch taken; the sign that is true; what keeps a rule from holding is marked."""
    assert formulas(rural_four())[rule, person_id] == formula


def test_what_is_unknown_says_whose_it_is() -> None:
    """A number that the locality has not given, a fact that nobody filled in, and a rule that waits for either."""
    document = household(person("A", born="1950-01-01", wage=1200, has_legal_supporter=False))
    written = formulas({k: v for k, v in document.items() if k != "property_conforms"}, dibao_standard=None)
    assert written["is_below_dibao", None] == "家庭人均月收入 100.00 < 低保标准（当地未规定）"
    assert "财产符合低保规定（未填）" in written["is_dibao", None]
    assert "人均收入低于低保标准（待定）" in written["is_dibao", None]


@pytest.mark.parametrize("pack", PACKS)
def test_formulas_never_show_programmers_text(pack: str) -> None:
    """No branch that was not taken, no names of rules, no codes."""
    written = formulas(three_generations(), pack) | formulas(rural_four(), pack)
    assert not [text for text in written.values() if "若 " in text or "否则" in text or "_" in text or "None" in text]


@pytest.mark.parametrize(
    ("wage", "formula", "short_by"),
    [
        (19200, "家庭人均月收入 800.00 元 不低于 低保标准 800.00 元，恰好相等", "0.00"),
        ("19200.24", "家庭人均月收入 800.01 元 不低于 低保标准 800.00 元，超出 0.01 元", "0.01"),
        ("19200.01", "家庭人均月收入 800.00 元 不低于 低保标准 800.00 元，超出不到 0.01 元", "0.00"),
        (28800, "家庭人均月收入 1200.00 元 不低于 低保标准 800.00 元，超出 400.00 元", "400.00"),
    ],
)
def test_why_not_dibao_by_how_much(wage: Any, formula: str, short_by: str) -> None:
    """R332: which published condition failed, with the exact difference, at the boundary too."""
    entry = reasons(couple(wage), "DIBAO")
    assert entry == {
        "category": "DIBAO", "person_id": None, "state": "failed",
        "conditions": [{"label": "人均收入低于低保标准", "formula": formula, "short_by": short_by, "unit": "元/人/月",
                        "cite": "安政办〔2024〕1号 二(一)1"}],
    }  # fmt: skip


def test_why_not_margin_shows_the_line_that_was_computed() -> None:
    """R326: the margin line is the standard times the multiplier."""
    entry = reasons(couple(28800), "MARGIN")
    assert texts(entry) == [
        "家庭人均月收入 1200.00 元 不低于 低保标准 800.00 × 低保边缘倍数 1.5（即 1200.00 元），恰好相等"
    ]
    assert entry["conditions"][0]["cite"] == "安政办〔2024〕1号 二(一)4"


def test_why_not_rigid_says_how_much_spending_is_missing() -> None:
    """R327, R341: necessary spending against the share of the gross income."""
    document = household(person("A", wage=30000), person("B", "spouse", wage=12000), spending={"illness_rigid": 20000})
    entry = reasons(document, "RIGID")
    condition = entry["conditions"][-1]
    assert condition["formula"] == (
        "医疗教育等必需支出 20000.00 元 低于 家庭年总收入 42000.00 × 必需支出占比下限 0.5（即 21000.00 元），"
        "还差 1000.00 元"
    )
    assert (condition["short_by"], condition["unit"], condition["cite"]) == (
        "1000.00",
        "元/年",
        "安政办〔2024〕1号 二(二)5",
    )


def test_nothing_spent_is_told_once_with_what_is_needed() -> None:
    """Spending of nothing fails two conditions: only the one that says how much is needed is told."""
    told = [c["formula"] for c in reasons(couple(90000), "RIGID")["conditions"] if c["label"] == "医疗教育等必需支出"]
    assert len(told) == 1
    assert told[0].endswith("还差 45000.00 元")


def test_property_is_a_fact_without_a_measure() -> None:
    entry = reasons(couple(12000) | {"property_conforms": False}, "DIBAO")
    assert texts(entry) == ["财产不符合低保规定"]
    assert entry["conditions"][0]["short_by"] is None


def test_a_missing_number_leaves_the_question_open_and_names_it() -> None:
    entry = reasons(couple(12000), "DIBAO", dibao_standard=None)
    assert entry["state"] == "open"
    assert [(c["missing"], c["formula"]) for c in entry["conditions"]] == [
        ("dibao_standard", "当地尚未规定“低保标准”，不能判断")
    ]


def test_a_missing_fact_leaves_the_question_open() -> None:
    document = {key: value for key, value in couple(12000).items() if key != "property_conforms"}
    entry = reasons(document, "DIBAO")
    assert (entry["state"], entry["conditions"][0]["missing"]) == ("open", "property_conforms")
    assert texts(entry) == ["尚未填写“财产符合低保规定”，不能判断"]


def test_alternatives_are_told_as_such() -> None:
    """R324: a supporter who exists and is able: either would do, so neither is missing by itself."""
    document = household(person("A", born="1950-01-01", wage=1200))
    entries = explained(document)["why_not"]
    single = next(entry for entry in entries if entry["person_id"] == "A")
    assert (single["category"], single["route"]) == ("TEKUN", "tekun")
    assert [(c["label"], c["either"]) for c in single["conditions"]] == [
        ("有法定赡养、抚养、扶养义务人", 1),
        ("义务人有履行义务能力", 1),
    ]


def test_single_routes_are_asked_only_for_people_in_that_condition() -> None:
    """R335: the severely disabled daughter is told why not alone; her healthy brother is not."""
    entries = explained(rural_four(income={"wage": 9000}))["why_not"]
    assert [(e["person_id"], e["route"]) for e in entries if e["person_id"]] == [
        ("C", "single_person"),
        ("C", "single_household"),
    ]
    single = next(entry for entry in entries if entry.get("route") == "single_person")
    assert texts(single) == [
        "家庭不符合低保边缘家庭条件",
        "单人户月收入 750.00 元 不低于 低保标准 600.00 元，超出 150.00 元",
    ]


def test_the_given_category_is_not_asked_and_lower_ones_say_so() -> None:
    entries = explained(three_generations())["why_not"]
    asked = [entry["category"] for entry in entries if entry["person_id"] is None]
    assert asked == ["TEKUN", "MARGIN", "RIGID", "OTHER"]
    assert texts(reasons(three_generations(), "MARGIN")) == ["家庭符合低保家庭条件，不再按本类认定"]


def test_a_category_that_also_holds_gives_way_to_the_higher_one() -> None:
    document = household(person("A", wage=0, current_category="OTHER"))
    assert texts(reasons(document, "OTHER")) == ["已认定为低保对象，按由高到低的顺序不再认定为其他困难人员"]


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("wage", [0, 12000, 19200, 40000, 90000])
def test_every_category_is_given_or_answered(pack: str, wage: int) -> None:
    """R332: nothing is refused without a condition, a sentence and a clause."""
    found = explained(couple(wage), pack)
    ladder = [step.category for step in load_pack(pack).household_steps]
    asked = [entry for entry in found["why_not"] if entry["person_id"] is None]
    assert [entry["category"] for entry in asked] == [code for code in ladder if code != found["category"]]
    assert all(c["formula"] and c["label"] and c["cite"] for entry in found["why_not"] for c in entry["conditions"])
    assert all(entry["conditions"] for entry in found["why_not"])


@pytest.mark.parametrize("pack", PACKS)
def test_whatever_a_document_holds_every_refusal_has_its_reason(pack: str) -> None:
    """Random households with much left out: each entry has conditions, and an open one names what is missing."""
    rng = random.Random(332)
    for number in range(60):
        found = explained(random_household(rng, str(number)), pack)
        for entry in found["why_not"]:
            assert entry["conditions"]
            assert all(("missing" in c) == (entry["state"] == "open") for c in entry["conditions"])


def names(tree: dict[str, Any]) -> set[tuple[str, str | None]]:
    return {(tree["rule"], tree["person_id"])}.union(*(names(child) for child in tree["children"]))


def branch(tree: dict[str, Any], rule: str) -> dict[str, Any]:
    return next(child for child in tree["children"] if child["rule"] == rule)


def test_the_tree_goes_from_the_category_to_the_facts() -> None:
    tree = explained(three_generations())["tree"]
    assert (tree["rule"], tree["person_id"]) == ("category", None)
    assert [child["rule"] for child in tree["children"]] == ["is_tekun_household", "is_dibao"]
    below = branch(branch(tree, "is_dibao"), "is_below_dibao")
    assert [child["rule"] for child in below["children"]] == ["income_per_capita_month"]
    assert {("household_income", None), ("person_income", "A"), ("own_income", "C")} <= names(tree)


def test_the_tree_stops_at_the_step_taken() -> None:
    """What stands below the category given was never looked at."""
    assert ("is_margin", None) not in names(explained(three_generations())["tree"])
    assert ("is_margin", None) in names(explained(rural_four())["tree"])


@pytest.mark.parametrize("pack", PACKS)
def test_every_node_of_a_tree_has_its_text_in_the_trace(pack: str) -> None:
    for document in (three_generations(), rural_four(), couple(90000)):
        found = explained(document, pack)
        told = {(node["rule"], node["person_id"]) for node in found["trace"]}
        trees = [found["tree"], found["amount_tree"], *found["member_trees"]]
        assert set().union(*map(names, trees)) <= told


def test_the_amount_tree_ends_at_the_category() -> None:
    tree = explained(three_generations())["amount_tree"]
    assert tree["rule"] == "monthly"
    assert branch(tree, "category")["children"] == []
    assert [child["rule"] for child in branch(tree, "dibao_amount")["children"]] == ["dibao_amount_exact"]


def test_the_sentence_that_matters_is_quoted() -> None:
    """R332: a decision shows the published words it rests on."""
    pack = load_pack("anyang")
    found = quote(pack, "安政办〔2024〕1号 二(二)1", "申请家庭符合条件的，不得仅将个别家庭成员纳入")
    assert found is not None
    assert found.sentence == "申请家庭符合条件的，不得仅将个别家庭成员纳入最低生活保障范围。"
    assert found.before + found.sentence + found.after == pack.clauses["安政办〔2024〕1号 二(二)1"].text


@pytest.mark.parametrize(("about", "whole"), [("", True), ("毫不相干", True)])
def test_a_clause_is_quoted_whole_where_no_sentence_stands_out(about: str, whole: bool) -> None:
    pack = load_pack("anyang")
    found = quote(pack, "安政办〔2024〕1号 二(二)1", about)
    assert found is not None
    assert (found.sentence == pack.clauses["安政办〔2024〕1号 二(二)1"].text) is whole


def test_what_is_no_clause_of_the_document_has_no_quote() -> None:
    assert quote(load_pack("anyang"), "产品默认值：提示") is None

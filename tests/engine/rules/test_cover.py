"""The worked cases of every pack prove its rules and numbers; the tool that says so sees what they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from doudi.engine.rules import load_pack
from doudi.engine.rules.cover import uncovered
from tests.engine.rules.examples import PACKS
from tests.engine.rules.test_loader import HEAD, write

RULES = (
    "is_old: {entity: person, label: 高龄, expr: age >= old_age, cite: 试 一}\n"
    "bonus: {entity: person, label: 高龄津贴, unit: 元/月, expr: old_amount, cite: 试 一}\n"
)
PARAMETERS = (
    "old_age: {label: 高龄年龄, unit: 岁, kind: number, values: [{value: 80, cite: 试 一}]}\n"
    "old_amount: {label: 高龄津贴标准, unit: 元/人/月, kind: money, cite: 试 一}\n"
)
LADDER = "lines:\n  supplement: {entity: person, when: is_old, amount: bonus, period: month, cite: 试 一}\n"
CASE = """- name: {age}岁
  as_of: 2024-03-01
  standards: {{dibao_standard: 800{more}}}
  household:
    {{household_id: H, area: urban, property_conforms: true, members: [{{person_id: A, relation: head, age: {age}}}]}}
  expect: {{monthly: {monthly}}}
"""


def problems(folder: Path, tests: str) -> list[str]:
    made = write(folder / "county", pack=HEAD, rules=RULES, parameters=PARAMETERS, ladder=LADDER, tests=tests)
    return uncovered(load_pack(made))


@pytest.mark.parametrize("name", PACKS)
def test_every_rule_and_number_has_a_case_that_would_notice(name: str) -> None:
    assert uncovered(load_pack(name)) == []


def test_without_cases_everything_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path, "[]\n") == [
        "rule bonus (高龄津贴): no case where it has a value",
        "rule is_old (高龄): no case where it holds",
        "rule is_old (高龄): no case where it does not hold",
        "outcome supplement: no case where it follows",
        "parameter old_age (高龄年龄): no case notices 80 becoming 81",
        "parameter old_age (高龄年龄): no case notices 80 becoming 79",
        "parameter old_amount (高龄津贴标准): unset, and no case expects it as missing or breaks without its value",
    ]


def test_boundary_cases_prove_all_of_it(tmp_path: Path) -> None:
    cases = CASE.format(age=80, more=", old_amount: 50", monthly='"850.00"') + CASE.format(
        age=79, more=", old_amount: 50", monthly='"800.00"'
    )
    assert problems(tmp_path, cases) == []


def test_cases_far_from_the_line_do_not(tmp_path: Path) -> None:
    cases = CASE.format(age=90, more=", old_amount: 50", monthly='"850.00"') + CASE.format(
        age=60, more=", old_amount: 50", monthly='"800.00"'
    )
    assert problems(tmp_path, cases) == [
        "parameter old_age (高龄年龄): no case notices 80 becoming 81",
        "parameter old_age (高龄年龄): no case notices 80 becoming 79",
    ]


def test_a_case_that_fails_proves_nothing(tmp_path: Path) -> None:
    cases = CASE.format(age=80, more=", old_amount: 50", monthly='"1.00"')
    assert "rule is_old (高龄): no case where it holds" in problems(tmp_path, cases)


def test_an_unset_number_may_be_expected_as_missing(tmp_path: Path) -> None:
    cases = CASE.format(age=80, more="", monthly="null, missing: [{parameter: old_amount}]")
    assert [line for line in problems(tmp_path, cases) if "old_amount" in line] == []

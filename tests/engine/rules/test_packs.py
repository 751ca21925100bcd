"""The five packs: sound, cited word for word, and right in their own worked cases."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from doudi.engine.rules import check_pack, load_pack, pack_names, parameter_value
from doudi.engine.rules.check import run_tests
from doudi.engine.rules.sources import check_clauses, check_seal
from doudi.engine.rules.units import check_units
from tests.engine.rules.examples import AS_OF, PACKS

SOURCES = Path(__file__).parents[4] / "shared" / "sources"


def test_the_national_guide_comes_first() -> None:
    assert pack_names() == ["national_guide", "anyang", "hubei", "qingyang", "zhengzhou"]


@pytest.mark.parametrize("name", PACKS)
def test_pack_is_sound(name: str) -> None:
    pack, problems = check_pack(name)
    assert problems == []
    assert pack is not None
    assert pack.version.startswith("sha256:")


@pytest.mark.parametrize("name", PACKS)
def test_worked_cases_hold(name: str) -> None:
    assert run_tests(load_pack(name)) == []


@pytest.mark.parametrize("name", PACKS)
def test_clauses_are_those_that_were_compared(name: str) -> None:
    """After a change of clauses.yaml: compare again and seal."""
    assert [problem.line() for problem in check_seal(load_pack(name))] == []


@pytest.mark.parametrize("name", PACKS)
def test_yuan_and_counts_are_never_mixed(name: str) -> None:
    assert [problem.line() for problem in check_units(load_pack(name))] == []


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the documents are not on this machine")
@pytest.mark.parametrize("name", PACKS)
def test_clauses_are_word_for_word(name: str) -> None:
    """Each stands under its own number, not merely somewhere in the document."""
    assert [problem.line() for problem in check_clauses(load_pack(name), SOURCES)] == []


@pytest.mark.parametrize("name", PACKS)
def test_no_requirement_number_reaches_officers(name: str) -> None:
    pack = load_pack(name)
    texts = [rule.label + rule.cite for rule in pack.rules.values()] + [w.message for w in pack.warnings]
    texts += [parameter.label + parameter.cite for parameter in pack.parameters.values()]
    assert [text for text in texts if "R1" in text or "R2" in text or "R3" in text] == []


@pytest.mark.parametrize(
    ("pack", "parameter", "value"),
    [
        ("zhengzhou", "pay_day", 10),  # R119
        ("zhengzhou", "supplement", 100),  # R117
        ("zhengzhou", "determining_authority", "township"),  # R086
        ("zhengzhou", "complex_case_body", "joint_conference"),  # R112
        ("zhengzhou", "alert_home_visit", "all"),  # R109
        ("zhengzhou", "township_cap_multiple", 3),  # R135
        ("hubei", "inpatient_ratio_fanpin", Fraction(6, 10)),  # R285
        ("hubei", "check_reuse_months", 6),  # R253
        ("hubei", "retain_exited_months", 24),  # R265
        ("hubei", "alert_classes", ("PND", "NHD", "NCE", "MNE", "CPX")),
        ("anyang", "rigid_ratio", Fraction(1, 2)),  # R342
        ("anyang", "taper_max_months", 6),  # R369
        ("anyang", "alert_home_visit", "uncovered"),  # R355
        ("qingyang", "margin_multiplier", None),  # R008
        ("qingyang", "exit_register", "archive"),  # R036
        ("national_guide", "single_person_grades", (1, 2)),  # R205
        ("national_guide", "pay_day", None),
    ],
)
def test_parameter_as_the_document_says(pack: str, parameter: str, value: object) -> None:
    assert parameter_value(load_pack(pack), parameter, AS_OF) == value


def test_before_a_locality_ruled_the_guide_stands() -> None:
    """R162: a pack overrides the guide parameter by parameter, from its own date on."""
    pack = load_pack("qingyang")
    assert parameter_value(pack, "margin_multiplier", dt.date(2024, 3, 10)) == Fraction(3, 2)
    assert parameter_value(pack, "margin_multiplier", dt.date(2024, 3, 11)) is None

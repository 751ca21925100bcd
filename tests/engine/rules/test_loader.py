"""A pack that is not sound is refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from doudi.engine.errors import InputError
from doudi.engine.rules import check_pack, load_pack

HEAD = "title: 试验\ncite_as: 试\nissuer: 县\ndate: 2024-01-01\nparent: national_guide\n"
CLAUSES = "一: 原文。\n"


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    texts = {"pack": HEAD, "clauses": CLAUSES} | files
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def problem(folder: Path) -> str:
    """The first problem as 'file:line: message'."""
    _, problems = check_pack(folder)
    return problems[0].line().replace(f"{folder.resolve()}/", "")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"rules": "a: {entity: person, label: 甲, expr: b + 1, cite: 试 一}\n"}, "rules.yaml:1: a: unknown name b"),
        (
            {
                "rules": "a: {entity: person, label: 甲, expr: b + 1, cite: 试 一}\n"
                "b: {entity: person, label: 乙, expr: a + 1, cite: 试 一}\n"
            },
            "rules.yaml:1: rules go in a circle: a → b → a",
        ),
        (
            {"rules": "a:\n  entity: person\n  label: 甲\n  expr: age + is_severe\n  cite: 试 一\n"},
            "rules.yaml:4: a: + needs number, not bool",
        ),
        (
            {"rules": "a: {entity: household, label: 甲, expr: age > 3, cite: 试 一}\n"},
            "rules.yaml:1: a: age belongs to each person; a rule of a household needs sum(), count(), any() … of it",
        ),
        (
            {"rules": "a: {entity: person, label: 甲, expr: read_csv('x'), cite: 试 一}\n"},
            "rules.yaml:1: a: READ_CSV('x'): not allowed in a rule; see the list of functions in the handbook",
        ),
        ({"rules": "a: {entity: person, label: 甲, expr: 1 +, cite: 试 一}\n"}, "rules.yaml:1: a: cannot be read"),
        (
            {"rules": "a: {entity: person, label: 甲, expr: 1 + 1}\n"},
            "rules.yaml:1: a has no citation (cite: document and clause, or default: why)",
        ),
        (
            {"rules": "a: {entity: person, label: 甲, expr: 1 + 1, cite: 试 二}\n"},
            "rules.yaml:1: a: the clause 试 二 is not in clauses.yaml",
        ),
        (
            {"rules": "a: {entity: person, label: 年龄, expr: 1 + 1, cite: 试 一}\n"},
            "rules.yaml:1: a and age have the same label 年龄",
        ),
        (
            {"rules": "is_dibao: {entity: household, label: 符合低保家庭条件, expr: 1 = 1, cite: 试 一}\n"},
            "rules.yaml:1: is_dibao replaces what national_guide says: add 'overrides: national_guide'",
        ),
        (
            {"rules": "a: {entity: person, label: 甲, expr: age, cite: 试 一}\na: {}\n"},
            "rules.yaml:2: a is written twice",
        ),
        (
            {"parameters": "p: {label: 参, unit: 元, kind: money, values: [{value: many, cite: 试 一}]}\n"},
            "parameters.yaml:1: p: 'many' must be a number",
        ),
        (
            {
                "parameters": "p:\n  label: 参\n  unit: 元\n  kind: money\n  values:\n"
                "    - {from: 2024-02-01, value: 1, cite: 试 一}\n    - {from: 2024-02-01, value: 2, cite: 试 一}\n"
            },
            "parameters.yaml:5: p: dates overlap or run backwards at 2024-02-01",
        ),
        (
            {"ladder": "household:\n  - {category: DIBAO, rule: nothing}\n"},
            "ladder.yaml:2: the ladder names nothing, which is no rule",
        ),
        ({"pack": HEAD + "colour: red\n"}, "pack.yaml:6: unknown key colour"),
        ({"pack": HEAD.replace("national_guide", "atlantis")}, "pack.yaml:5: no policy pack atlantis"),
    ],
)
def test_problem_names_file_and_line(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert problem(write(tmp_path / "county", **files)).startswith(expected)


def test_packs_that_inherit_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path / "one", pack=HEAD.replace("national_guide", "two"))
    write(tmp_path / "two", pack=HEAD.replace("national_guide", "one"))
    assert problem(tmp_path / "one").endswith("packs inherit in a circle: one → two → one")


def test_a_folder_may_inherit_from_a_shipped_pack(tmp_path: Path) -> None:
    """R162: a county lays its own figures over its city's pack, and says what it overrides."""
    folder = write(
        tmp_path / "county",
        pack=HEAD.replace("national_guide", "anyang"),
        parameters="margin_multiplier:\n  label: 低保边缘倍数\n  unit: 倍\n  overrides: anyang\n"
        "  values: [{value: 2, cite: 试 一}]\n",
    )
    pack = load_pack(folder)
    assert pack.lineage == ("county", "anyang", "national_guide")
    assert pack.parameters["margin_multiplier"].values[-1].value == 2
    assert pack.version != load_pack("anyang").version


def test_loading_a_broken_pack_says_where(tmp_path: Path) -> None:
    folder = write(tmp_path / "county", rules="a: {entity: planet, label: 甲, expr: age, cite: 试 一}\n")
    with pytest.raises(InputError, match="entity must be one of") as raised:
        load_pack(folder)
    assert raised.value.where.endswith("rules.yaml:1")


def test_unknown_pack_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="national_guide"):
        load_pack("nowhere")

"""What ``doudi packs check`` refuses in a pack that can be loaded: clauses, seal, units; and what it reminds of."""

from __future__ import annotations

from pathlib import Path

import pytest

from doudi.cli import main
from doudi.engine.rules import load_pack
from doudi.engine.rules.check import differences, read_by_platform, run_tests, unread
from doudi.engine.rules.cover import uncovered
from doudi.engine.rules.reader import Problem
from doudi.engine.rules.sources import check_clauses, check_seal, seal
from doudi.engine.rules.units import check_units
from tests.engine.rules.test_loader import HEAD, write

DOCUMENT = """某县文件

一、总则。按规定办理。

二、认定

（一）范围。低保对象和特困人员。

1．低保对象。人均收入低于
低保标准的家庭。

2. 特困人员。按现行规定认定。

三、附则

（一）施行。自公布之日起施行。
"""
SOURCED = HEAD + "# 说明\nsource_file: county.txt\nregion: '410500'\n"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "county.txt").write_text(DOCUMENT, encoding="utf-8")
    return tmp_path / "documents"


def county(tmp_path: Path, **files: str) -> Path:
    return write(tmp_path / "county", **{"pack": SOURCED, "clauses": "二(一)1: 人均收入低于低保标准的家庭。\n"} | files)


def lines(problems: list[Problem], folder: Path) -> list[str]:
    return [problem.line().replace(f"{folder.resolve()}/", "") for problem in problems]


@pytest.mark.parametrize("number", ["一", "二(一)", "二(一)2", "三(一)", "附表"])
def test_a_clause_stands_under_its_number(tmp_path: Path, sources: Path, number: str) -> None:
    """Spaces, line breaks and full-width signs of the heading do not count; 附表 may stand anywhere."""
    texts = {
        "一": "按规定办理。",
        "二(一)": "低保对象和特困人员。",
        "二(一)2": "按现行规定认定。",
        "三(一)": "自公布之日起施行。",
        "附表": "人均收入低于低保标准的家庭。",
    }
    folder = county(tmp_path, clauses=f"{number}: {texts[number]}\n")
    assert check_clauses(load_pack(folder), sources) == []


@pytest.mark.parametrize(
    ("clause", "problem"),
    [
        (
            "二(一)2: 人均收入低于低保标准的家庭。",
            "clauses.yaml:1: 二(一)2 is not word for word under that number of county.txt, but elsewhere in it",
        ),
        (
            "二(一)1: 人均收入低于低保标准的居民。",
            "clauses.yaml:1: 二(一)1 is not word for word under that number of county.txt",
        ),
        ("二(三): 低保对象和特困人员。", "clauses.yaml:1: county.txt has no 二(三); number it as the document does"),
    ],
)
def test_a_clause_that_does_not_is_refused(tmp_path: Path, sources: Path, clause: str, problem: str) -> None:
    folder = county(tmp_path, clauses=f"{clause}\n")
    assert lines(check_clauses(load_pack(folder), sources), folder) == [problem]


def test_the_seal_holds_until_a_clause_changes(tmp_path: Path) -> None:
    folder = county(tmp_path)
    (problem,) = lines(check_seal(load_pack(folder)), folder)
    assert problem == (
        "pack.yaml:1: clauses.yaml was never compared with county.txt; "
        "compare with the document: doudi packs check county --sources DIR --seal"
    )
    seal(load_pack(folder))
    assert check_seal(load_pack(folder)) == []
    (folder / "clauses.yaml").write_text("二(一)1: 人均收入低于低保标准的居民。\n", encoding="utf-8")
    (problem,) = lines(check_seal(load_pack(folder)), folder)
    assert problem.startswith("pack.yaml:8: clauses.yaml has changed since it was compared with county.txt")
    seal(load_pack(folder))
    assert check_seal(load_pack(folder)) == []


def test_the_seal_leaves_the_rest_of_the_file_alone(tmp_path: Path) -> None:
    folder = county(tmp_path)
    seal(load_pack(folder))
    text = (folder / "pack.yaml").read_text(encoding="utf-8").splitlines()
    assert text[:7] + text[8:] == SOURCED.splitlines()
    assert text[7].startswith("verified: sha256:")


def test_a_pack_without_document_needs_no_seal(tmp_path: Path) -> None:
    """R162: a county's own figures cite papers that are not in the repository."""
    assert check_seal(load_pack(write(tmp_path / "county"))) == []


def test_the_command_seals_only_what_was_compared(
    tmp_path: Path, sources: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = county(tmp_path, clauses="二(一)1: 别的话。\n")
    assert main(["packs", "check", str(folder), "--sources", str(sources), "--seal"]) == 2
    assert "verified" not in (folder / "pack.yaml").read_text(encoding="utf-8")
    county(tmp_path)
    assert main(["packs", "check", str(folder), "--sources", str(sources), "--seal"]) == 0
    assert main(["packs", "check", str(folder)]) == 0
    assert main(["packs", "check", str(folder), "--seal"]) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith("name the documents' folder: --sources DIR")


@pytest.mark.parametrize(
    ("expr", "unit", "problem"),
    [
        ("age + wage", "元", "'+' mixes yuan with a plain number"),
        ("wage < age", "", "'<' mixes yuan with a plain number"),
        ("greatest(wage, age, 0)", "元", "'greatest' mixes yuan with a plain number"),
        ("case when employed then wage else age end", "元", "'case' mixes yuan with a plain number"),
        ("wage * transfer_net", "元", "multiplies yuan by yuan"),
        ("wage / 12", "岁", "a is yuan, but its unit is '岁': correct unit or expression"),
        ("age * 2", "元/年", "a is a plain number, but its unit is '元/年': correct unit or expression"),
    ],
)
def test_yuan_and_plain_numbers_are_told_apart(tmp_path: Path, expr: str, unit: str, problem: str) -> None:
    rule = f"a:\n  entity: person\n  label: 甲\n  unit: {unit}\n  expr: {expr}\n  cite: 试 一\n"
    folder = write(tmp_path / "county", rules=rule)
    (found,) = lines(check_units(load_pack(folder)), folder)
    assert found.startswith("rules.yaml:5: ")
    assert found.endswith(problem)


@pytest.mark.parametrize("expr", ["wage / transfer_net * 2 < age", "wage * margin_multiplier > 0", "0 - wage < 12"])
def test_constants_and_shares_fit_both(tmp_path: Path, expr: str) -> None:
    rule = f"a: {{entity: person, label: 甲, expr: {expr}, cite: 试 一}}\n"
    assert check_units(load_pack(write(tmp_path / "county", rules=rule))) == []


def test_what_nothing_reads_is_named(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "county",
        rules="a: {entity: person, label: 甲, expr: b, cite: 试 一}\n"
        "b: {entity: person, label: 乙, expr: age, cite: 试 一}\n",
        parameters="pay_day: {label: 发放截止日, unit: 日, overrides: national_guide, cite: 试 一}\n"
        "p: {label: 参, unit: 元, kind: money, cite: 试 一}\n",
        ladder="warnings:\n  W: {entity: person, when: is_dibao_person, message: 提示, cite: 试 一}\n",
    )
    assert lines(unread(load_pack(folder)), folder) == [
        "rules.yaml:2: b (乙) is read by nothing: use it in a rule, or it is only shown",
        "rules.yaml:1: a (甲) is read by nothing: use it in a rule, or it is only shown",
        "parameters.yaml:2: p (参) is read by nothing: use it in a rule, or it is only shown",
    ]


def test_every_platform_switch_is_read_by_the_platform() -> None:
    source = Path(__file__).parents[3] / "src" / "doudi"
    code = "".join(path.read_text(encoding="utf-8") for path in (source / "apps").rglob("*.py"))
    code += (source / "catalogue" / "indicators" / "parameters.yaml").read_text(encoding="utf-8")
    assert [name for name in sorted(read_by_platform()) if name not in code] == []


@pytest.mark.parametrize(
    ("expected", "count"),
    [
        ({"has": [{"item": "heating"}]}, 0),
        ({"has": [{"item": "heating", "cite": "二"}]}, 1),
        ({"lacks": [{"item": "heating"}]}, 1),
        ({"lacks": [{"item": "visiting"}]}, 0),
        ({"has": [{"item": "heating"}, {"item": "visiting"}], "lacks": [{"item": "heating"}]}, 2),
        ([{"item": "heating"}], 1),
    ],
)
def test_a_case_may_ask_for_some_entries_of_a_list(expected: object, count: int) -> None:
    found = [{"item": "heating", "cite": "一"}, {"item": "funeral_reduction", "cite": "一"}]
    assert len(differences({"entitlements": expected}, {"entitlements": found})) == count


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("- 3", "a case needs as_of, household and expect"),
        ("- {name: 甲, household: {}, expect: {}}", "甲: a case needs as_of, household and expect"),
        ("- {as_of: soon, household: {}, expect: {category: DIBAO}}", "as_of 'soon' is not a date; write YYYY-MM-DD"),
        ("- {as_of: 2025-03-01, household: {}, expect: {}}", "expect must be a mapping of names to values"),
        (
            "- {as_of: 2025-03-01, household: {}, expect: {category: DIBAO}, standards: [1]}",
            "standards must be a mapping of names to values",
        ),
        ("- {as_of: 2025-03-01, household: {}, expect: {category: DIBAO}}", "household: household_id is missing"),
    ],
)
def test_a_case_of_the_wrong_form_is_told(tmp_path: Path, case: str, problem: str) -> None:
    pack = load_pack(write(tmp_path / "county", tests=f"{case}\n"))
    (told,) = run_tests(pack)
    assert told.startswith("county: tests.yaml 1")
    assert problem in told
    assert uncovered(pack) == []

"""``doudi simulate`` on files: what it prints, writes and refuses. (Figures: tests/engine/rules/test_simulate.py.)"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook

from doudi.cli import main

STANDARDS = "dibao_standard: {urban: 800, rural: 600}\ndisposable_income: {urban: 40000, rural: 20000}\n"


def family(key: str, area: str, division: str, wages: list[int]) -> dict[str, Any]:
    members = [
        {"person_id": f"{key}-{at}", "relation": "spouse" if at else "head", "birth_date": "1970-01-01",
         "income": {"wage": wage}}
        for at, wage in enumerate(wages)
    ]  # fmt: skip
    return {"household_id": key, "area": area, "division": division, "property_conforms": True, "members": members}


FAMILIES = [
    family("below 1.5", "rural", "410522", [16800, 0]),  # 700 a month a head: the standard is 600, 1.5 × 900
    family("below 2", "rural", "410522", [26400, 0]),  # 1,100: 2 × is 1,200
    family("at the standard", "urban", "410502", [9600]),  # 800: 低于 is strict
]


@pytest.fixture
def families(tmp_path: Path) -> Path:
    (tmp_path / "standards.yaml").write_text(STANDARDS, encoding="utf-8")
    path = tmp_path / "families.json"
    path.write_text(json.dumps(FAMILIES, ensure_ascii=False), encoding="utf-8")
    return path


def call(families: Path, *more: str) -> int:
    options = ["--base", "anyang", "--standards", str(families.parent / "standards.yaml"), "--as-of", "2025-03-01"]
    return main(["simulate", str(families), *options, *more])


def document(families: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    assert call(families, *more, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def moved(scenario: dict[str, Any]) -> dict[tuple[str, str], int]:
    found = {(move["before"], move["after"]): move["households"] for move in scenario["moves"]}
    return {key: number for key, number in found.items() if key[0] != key[1] and number}


def test_the_margin_multiplier_takes_in_who_stands_below_twice_the_standard(
    families: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """R326: 1.5 倍 is the document's number; what 2 倍 would do is asked before anybody decides it."""
    found = document(families, capsys, "--change", "margin_multiplier=2")
    (scenario,) = found["scenarios"]
    assert (found["data"]["households"], found["data"]["persons"]) == (3, 5)
    assert moved(scenario) == {("NOT_LOW_INCOME", "MARGIN"): 1}
    assert scenario["monthly"]["change"] == "0.00"
    assert [part["key"] for part in scenario["by"]["division"]] == ["410502", "410522"]


def test_scenarios_stand_beside_each_other_and_share_the_common_change(
    families: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(
        families, capsys, "--change", "margin_multiplier=2",
        "--scenario", "都提高:dibao_standard=900", "--scenario", "只提农村:dibao_standard.rural=701",
    )  # fmt: skip
    everywhere, rural = found["scenarios"]
    assert (everywhere["name"], rural["name"]) == ("都提高", "只提农村")
    # 700 → 900 for two persons, 800 → 900 for one
    assert everywhere["monthly"] == {"before": "0.00", "after": "500.00", "change": "500.00"}
    assert moved(everywhere) == {("MARGIN", "DIBAO"): 2, ("NOT_LOW_INCOME", "MARGIN"): 1}
    assert rural["monthly"]["change"] == "2.00"
    assert {change["parameter"] for change in rural["changes"]} == {"margin_multiplier", "dibao_standard"}


def test_officers_read_a_table(families: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(families, "--change", "margin_multiplier=2", "--by", "division,area,route,group") == 0
    text = capsys.readouterr().out
    assert "方案 调整后：低保边缘倍数 1.5 → 2 倍" in text
    assert "不属于低收入人口  低保边缘家庭     1     2" in text
    assert "文峰区（410502）" in text
    assert "低保纳入方式：没有" in text  # nobody is in 低保: no table of headings alone


def test_a_workbook_is_written_whole_or_not_at_all(
    families: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "result.xlsx"
    assert call(families, "--change", "dibao_standard=900", "--xlsx", str(file)) == 0
    cells = [str(cell) for sheet in load_workbook(file) for row in sheet.values for cell in row if cell is not None]
    assert "500" in cells
    assert call(families, "--change", "dibao_standard=900", "--xlsx", str(tmp_path / "no" / "result.xlsx")) == 2
    assert "--xlsx" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["families.json", "result.xlsx", "standards.yaml"]


def test_parquet_of_documents_says_what_json_says(
    families: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parquet = tmp_path / "families.parquet"
    duckdb.sql(f"COPY (FROM '{families}') TO '{parquet}'")
    options = ["--change", "dibao_standard=900", "--level", "township"]
    (one,), (other,) = (document(path, capsys, *options)["scenarios"] for path in (families, parquet))
    assert one == other


def test_it_reads_and_never_writes(families: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in families.parent.iterdir()}
    document(families, capsys, "--change", "margin_multiplier=2")
    assert {path: path.read_bytes() for path in families.parent.iterdir()} == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--change", "nope=1"], "'nope=1' does not set a parameter of anyang"),
        (["--change", "margin_multiplier=abc"], "must be a number; the unit is 倍"),
        ([], "nothing is changed"),
        (["--scenario", "x"], "'x' is no scenario"),
        (["--scenario", "a:margin_multiplier=2", "--scenario", "a:margin_multiplier=3"], "two scenarios are called a"),
        (["--change", "margin_multiplier=2", "--by", "village"], "'village' is no way to count"),
        (["--change", "margin_multiplier=2", "--as-of", "2025-13-01"], "'2025-13-01' is not a date"),
    ],
)
def test_what_is_refused(families: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str) -> None:
    assert call(families, *more) == 2
    assert said in capsys.readouterr().err


def test_a_wrong_fact_is_named_with_household_and_field(families: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [{**FAMILIES[0], "area": "mountain"}]
    families.write_text(json.dumps(wrong), encoding="utf-8")
    assert call(families, "--change", "margin_multiplier=2") == 2
    told = capsys.readouterr().err
    assert "below 1.5" in told
    assert "area" in told

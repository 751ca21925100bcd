"""``doudi determine`` on files: formats, options, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from doudi.cli import main
from tests.engine.rules.examples import couple, three_generations

STANDARDS = "dibao_standard: {urban: 800, rural: 600}\ndisposable_income: 36000\n"


@pytest.fixture
def standards(tmp_path: Path) -> str:
    path = tmp_path / "standards.yaml"
    path.write_text(STANDARDS, encoding="utf-8")
    return str(path)


def call(path: Path, *options: str, pack: str = "anyang", as_of: str = "2025-03-01") -> int:
    return main(["determine", str(path), "--pack", pack, "--as-of", as_of, *options])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("h.json", json.dumps(three_generations())),
        ("h.json", json.dumps([three_generations(), couple(0)])),
        ("h.jsonl", json.dumps(three_generations()) + "\n\n" + json.dumps(couple(0)) + "\n"),
        ("h.yaml", yaml.safe_dump(three_generations())),
        ("h.yml", yaml.safe_dump([three_generations()])),
    ],
)
def test_formats(tmp_path: Path, standards: str, capsys: pytest.CaptureFixture[str], name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert call(path, "--standards", standards, "--json") == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert result["pack"] == "anyang"
    assert result["households"][0]["monthly"] == "1500.00"


def test_set_and_explain(tmp_path: Path, standards: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "h.json"
    path.write_text(json.dumps(couple(20000)), encoding="utf-8")
    options = ["--standards", standards, "--set", "margin_multiplier=1.5", "--explain", "--json"]
    assert call(path, *options, pack="qingyang") == 0
    result = json.loads(capsys.readouterr().out)["households"][0]
    assert result["category"] == "MARGIN"
    assert "is_margin" in {node["rule"] for node in result["trace"]}


def test_officers_read_chinese(tmp_path: Path, standards: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "h.json"
    path.write_text(json.dumps(three_generations()), encoding="utf-8")
    assert call(path, "--standards", standards, "--explain", pack="zhengzhou") == 0
    text = capsys.readouterr().out
    assert "家庭 H：低保对象    月救助金额 1800.00 元" in text
    assert "待遇 分类施保增发·重病患者（成员 A）：100.00 元/月  〔郑政办〔2024〕46号 三(一)〕" in text
    assert "家庭年收入 10800.00 ÷ 共同生活人数 3 ÷ 12" in text


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ('{"household_id": "H"', [], "not valid JSON"),
        ("[]", [], "there are no households"),
        ("{}", [], "household_id is missing"),
        (json.dumps(couple(0)), ["--set", "nonsense=1"], "does not set a parameter of anyang"),
        (json.dumps(couple(0)), ["--set", "margin_multiplier=much"], "must be a number"),
        (json.dumps(couple(0)), ["--standards", "/nowhere.yaml"], "cannot be read"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, options: list[str], message: str
) -> None:
    path = tmp_path / "h.json"
    path.write_text(text, encoding="utf-8")
    assert call(path, *options) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert message in printed.err


def test_wrong_date_and_pack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "h.json"
    path.write_text(json.dumps(couple(0)), encoding="utf-8")
    assert call(path, as_of="tomorrow") == 2
    assert call(path, pack="atlantis") == 2
    assert capsys.readouterr().err.count("\n") == 2

"""``doudi packs``: list, show, check, diff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doudi.cli import main
from tests.engine.rules.examples import PACKS


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packs", "list", "--json"]) == 0
    assert {pack["name"] for pack in json.loads(capsys.readouterr().out)["packs"]} == set(PACKS)


def test_show_marks_what_is_unset_and_whose_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packs", "show", "qingyang", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    multiplier = document["parameters"]["margin_multiplier"]
    assert multiplier["overrides"] == "national_guide"
    assert [(value["pack"], value["value"]) for value in multiplier["values"]] == [
        ("national_guide", "1.5"),
        ("qingyang", None),
    ]
    assert "最低生活保障边缘家庭按照" in document["clauses"]["庆政办发〔2024〕12号 一"]


def test_check_with_tests(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packs", "check", "--tests", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is True
    assert [entry["problems"] for entry in document["packs"]] == [[]] * 5


def test_check_tells_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pack.yaml").write_text("title: 试\ncite_as: 试\nissuer: 县\ndate: 2024-01-01\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text("a: {entity: person, label: 甲, expr: b, default: 试}\n", encoding="utf-8")
    assert main(["packs", "check", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert f"{tmp_path}/rules.yaml:1: a: unknown name b" in printed.out
    assert printed.err.count("\n") == 1


def test_diff_shows_both_sides_with_citations(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packs", "diff", "anyang", "zhengzhou", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["parameters"]["pay_day"] == {
        "a": {"label": "发放截止日", "unit": "日", "value": None, "cite": "《指南（第一版）》 四(一)1"},
        "b": {"label": "发放截止日", "unit": "日", "value": 10, "cite": "郑政办〔2024〕46号 三(一)"},
    }
    assert "dibao_standard" not in document["parameters"]
    assert document["rules"]["job_cost"]["b"] is None

"""``doudi synth``: what it prints, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doudi.cli import main
from doudi.engine.synth.planting.offices import ONCE_A_COUNTY


def test_summary_counts_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = [
        "synth",
        "--households",
        "200",
        "--seed",
        "3",
        "--period",
        "2025-10",
        "--out",
        f"{tmp_path / 'county'}",
        "--json",
    ]
    assert main(call) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["households"], summary["period"], summary["county"]) == (200, "2025-10", "410522")
    assert sum(summary["households_by_category"].values()) == 200
    assert sorted(summary["feed_rows"]["funeral"]) == ["2025-09", "2025-10"]
    assert summary["mistakes"]["wrong_check_digit"]["rate"] == 0.004
    assert min(number for code, number in summary["planted"].items() if code not in ONCE_A_COUNTY) == 2


def test_summary_in_chinese_without_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["synth", "--households", "20", "--seed", "3", "--period", "2025-10", "--out", f"{tmp_path / 'county'}"]
    assert main(call) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("样例县 410522  账期 2025-10")
    assert "校验码错误" in printed.out
    assert printed.err == ""


def test_more_history_is_more_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = [
        "synth",
        "--households",
        "10",
        "--seed",
        "3",
        "--period",
        "2025-01",
        "--periods",
        "4",
        "--out",
        f"{tmp_path}",
    ]
    assert main(call) == 0
    names = sorted(path.stem for path in (tmp_path / "feeds" / "disability").glob("*.csv"))
    assert names == ["2024-10", "2024-11", "2024-12", "2025-01"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--households", "0"], "--households"),
        (["--period", "10-2025"], "--period"),
        (["--county", "41"], "--county"),
        (["--pack", "nowhere"], "--pack"),
    ],
)
def test_a_wrong_call_is_one_line_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], named: str
) -> None:
    out = tmp_path / "county"
    call = ["synth", "--households", "5", "--seed", "1", "--period", "2025-10", "--out", f"{out}", *options]
    assert main(call) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"doudi synth: {named}")
    assert printed.err.count("\n") == 1
    assert not out.exists()

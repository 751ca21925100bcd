"""``doudi monitor`` over a sample county: every planted case is found and nothing else."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from doudi.cli import main

PERIOD = "2025-03"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    assert main(["synth", "--households", "600", "--seed", "11", "--out", str(folder), "--period", PERIOD]) == 0
    return folder


def monitor(sample: Path, out: Path, pack: str = "anyang", *more: str) -> int:
    call = ["monitor", "--registry", str(sample / "registry"), "--feeds", str(sample / "feeds"), "--period", PERIOD]
    return main([*call, "--pack", pack, "--out", str(out), *more])


Case = tuple[str, str, int | None]


def found(out: Path) -> list[Case]:
    """(indicator, person or household, its key) of every signal."""
    rows = (
        duckdb.connect().sql(f"SELECT indicator, person_key, household_key FROM '{out / 'signals.parquet'}'").fetchall()
    )
    return sorted(_case(*row) for row in rows)


def planted(sample: Path, pack: str = "anyang") -> list[Case]:
    """What the county holds for a pack."""
    truth: dict[str, Any] = json.loads((sample / "planted.json").read_text("utf-8"))
    every = truth["planted"] + truth["under_other_packs"]
    entries = [entry for entry in every if pack in entry.get("packs", [pack])]
    return sorted(_case(entry["indicator"], entry["person_key"], entry["household_key"]) for entry in entries)


def _case(indicator: str, person: int | None, household: int | None) -> Case:
    return (indicator, "person", person) if person is not None else (indicator, "household", household)


def test_anyang_finds_what_was_planted_and_nothing_else(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert monitor(sample, tmp_path / "out", "anyang", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    truth = planted(sample)
    assert found(tmp_path / "out") == truth
    assert report["signals"] == len(truth)
    skipped = {entry["indicator"]: entry for entry in report["skipped"]}
    assert skipped["PND-03"]["parameter"] == "supplement"
    assert [code for code, entry in skipped.items() if "缺少" in entry["message"]] == []
    assert {"period", "pack", "pack_version", "engine", "seconds", "peak_memory_mb", "inputs", "counts"} <= set(report)


def test_zhengzhou_finds_missing_supplements_and_leaves_the_taper_to_the_income_line(
    sample: Path, tmp_path: Path
) -> None:
    """Without a taper period a family over the line through new work is simply over the line."""
    assert monitor(sample, tmp_path / "out", "zhengzhou") == 0
    assert found(tmp_path / "out") == planted(sample, "zhengzhou")


def test_hubei_floors_find_only_the_planted_stays(sample: Path, tmp_path: Path) -> None:
    assert monitor(sample, tmp_path / "out", "hubei", "--indicators", "PND-06") == 0
    assert found(tmp_path / "out") == [case for case in planted(sample, "hubei") if case[0] == "PND-06"]


def test_twice_gives_the_same_bytes(sample: Path, tmp_path: Path) -> None:
    monitor(sample, tmp_path / "first")
    monitor(sample, tmp_path / "second")
    assert (tmp_path / "first" / "signals.parquet").read_bytes() == (
        tmp_path / "second" / "signals.parquet"
    ).read_bytes()


def test_a_person_reads_the_result_in_chinese(sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monitor(sample, tmp_path / "out", "anyang", "--indicators", "MNE-01,PND-03")
    text = capsys.readouterr().out
    assert "死亡未停发" in text
    assert "PND-03    未运行" in text


def test_a_lake_that_is_ingested_already_needs_no_key(sample: Path, tmp_path: Path) -> None:
    from doudi.engine.identity import Tokeniser
    from doudi.engine.lake import ingest, load_contract, read_delivery

    contract = load_contract("funeral")
    tokeniser = Tokeniser(bytes.fromhex((sample / "registry" / "token.key").read_text().strip()))
    for path in sorted((sample / "feeds" / "funeral").glob("*.xlsx")):
        with read_delivery(path, contract) as delivery:
            ingest(delivery, contract, tokeniser, tmp_path / "lake")
    call = ["monitor", "--registry", str(sample / "registry"), "--feeds", str(tmp_path / "lake"), "--period", PERIOD]
    assert main([*call, "--pack", "anyang", "--indicators", "MNE-01", "--out", str(tmp_path / "out")]) == 0
    assert found(tmp_path / "out") == [case for case in planted(sample) if case[0] == "MNE-01"]


@pytest.fixture
def without_key(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DOUDI_TOKEN_KEY", raising=False)
    registry = tmp_path / "registry"
    registry.mkdir()
    for path in (sample / "registry").iterdir():
        (registry / path.name).symlink_to(path)
    (registry / "token.key").unlink()
    return registry


def test_without_a_key_the_error_says_what_to_do(
    sample: Path, without_key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = [
        "monitor",
        "--registry",
        str(without_key),
        "--feeds",
        str(sample / "feeds"),
        "--period",
        PERIOD,
        "--pack",
        "anyang",
    ]
    assert main([*call, "--out", str(tmp_path / "out")]) == 2
    assert "set DOUDI_TOKEN_KEY" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_key_may_come_from_the_environment(
    sample: Path, without_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOUDI_TOKEN_KEY", (sample / "registry" / "token.key").read_text())
    call = [
        "monitor",
        "--registry",
        str(without_key),
        "--feeds",
        str(sample / "feeds"),
        "--period",
        PERIOD,
        "--pack",
        "anyang",
    ]
    assert main([*call, "--indicators", "MNE-01", "--out", str(tmp_path / "out")]) == 0
    assert found(tmp_path / "out") == [case for case in planted(sample) if case[0] == "MNE-01"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"--period": "2025-3"}, "'2025-3' is not a month"),
        ({"--indicators": "NCE-99"}, "unknown indicator 'NCE-99'"),
        ({"--indicators": ""}, "unknown indicator ''"),
        ({"--pack": "nowhere"}, "no policy pack nowhere"),
        ({"--registry": "/nowhere"}, "no such folder"),
        ({"--feeds": "/nowhere"}, "no such folder"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, str], message: str
) -> None:
    options = {
        "--registry": str(sample / "registry"), "--feeds": str(sample / "feeds"), "--period": PERIOD,
        "--pack": "anyang",
        "--out": str(tmp_path / "out"), **changed,
    }  # fmt: skip
    assert main(["monitor", *(word for option in options.items() for word in option)]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
@pytest.mark.timeout(900)
def test_spark_finds_the_same(sample: Path, tmp_path: Path) -> None:
    monitor(sample, tmp_path / "duckdb")
    monitor(sample, tmp_path / "spark", "anyang", "--engine", "spark")
    assert (tmp_path / "duckdb" / "signals.parquet").read_bytes() == (
        tmp_path / "spark" / "signals.parquet"
    ).read_bytes()

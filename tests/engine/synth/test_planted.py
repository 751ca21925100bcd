"""What is planted is found, and nothing else: the county's truth holds under every pack."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from doudi.engine.identity import Tokeniser
from doudi.engine.indicators import load_indicators, run
from doudi.engine.lake import ingest, load_contract, read_delivery
from doudi.engine.synth import County, make_county, write_county
from doudi.engine.synth.planting import PLANTED
from doudi.engine.synth.planting.offices import ONCE_A_COUNTY

INDICATORS = set(PLANTED)
PACKS = ["anyang", "zhengzhou", "hubei", "national_guide", "qingyang"]


def lake_of(folder: Path, lake: Path) -> Path:
    key = Tokeniser(bytes.fromhex((folder / "registry" / "token.key").read_text().strip()))
    for path in (folder / "feeds").rglob("*"):
        if path.suffix in (".csv", ".xlsx"):
            contract = load_contract(path.parent.name)
            with read_delivery(path, contract) as delivery:
                ingest(delivery, contract, key, lake)
    return lake


def expected(folder: Path, pack: str) -> list[tuple[str, int | None, int | None]]:
    truth: dict[str, Any] = json.loads((folder / "planted.json").read_text(encoding="utf-8"))
    cases = [case for case in truth["planted"] + truth["under_other_packs"] if pack in case.get("packs", PACKS)]
    return sorted(((case["indicator"], case["person_key"], case["household_key"]) for case in cases), key=str)


def signals(folder: Path, lake: Path, period: str, pack: str) -> list[tuple[str, int | None, int | None]]:
    found = run(folder / "registry", lake, period, pack).signals
    return sorted(((signal.indicator, signal.person_key, signal.household_key) for signal in found), key=str)


@pytest.fixture(scope="module")
def lake(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lake_of(written, tmp_path_factory.mktemp("lake"))


@pytest.mark.parametrize("pack", PACKS)
def test_signals_are_the_planted_cases(written: Path, lake: Path, pack: str) -> None:
    """Precision and recall 1.00 under every pack."""
    assert signals(written, lake, "2025-10", pack) == expected(written, pack)


@pytest.mark.parametrize(
    ("households", "seed", "period"),
    [(200, 1, "2025-02"), (500, 2, "2026-03"), (1000, 4, "2026-09"), (60, 5, "2025-10"), (200, 6, "2025-12")],
)
def test_truth_holds_for_other_months_seeds_and_sizes(tmp_path: Path, households: int, seed: int, period: str) -> None:
    write_county(make_county(households, seed, period), tmp_path / "county")
    lake = lake_of(tmp_path / "county", tmp_path / "lake")
    assert signals(tmp_path / "county", lake, period, "anyang") == expected(tmp_path / "county", "anyang")


def test_every_indicator_is_planted_at_least_twice_from_200_households_on() -> None:
    county = make_county(200, 9, "2025-10")
    planted = Counter(case.indicator for case in county.planted)
    assert set(planted) == INDICATORS
    assert min(planted[code] for code in INDICATORS - ONCE_A_COUNTY) >= 2


def test_every_indicator_that_runs_is_planted() -> None:
    """MNE-02 is off until a document gives its feed a legal basis: nobody delivers it."""
    assert {code for code, one in load_indicators().items() if one.state != "off"} == INDICATORS


def test_more_households_more_cases() -> None:
    planted = Counter(case.indicator for case in make_county(2000, 9, "2025-10").planted)
    assert min(planted[code] for code in INDICATORS - ONCE_A_COUNTY) == 4


def test_every_indicator_has_near_misses(county: County) -> None:
    assert {case.indicator for case in county.near_misses} == INDICATORS - {"SUP-08"}  # a county meets or does not


def test_near_misses_are_not_planted(written: Path) -> None:
    truth = json.loads((written / "planted.json").read_text(encoding="utf-8"))
    keys = ("indicator", "person_key", "household_key", "matter")
    planted, spared = (
        {tuple(case.get(key) for key in keys) for case in truth[kind]} for kind in ("planted", "near_misses")
    )
    assert planted & spared == set()
    assert all(case["why"] for case in truth["planted"] + truth["near_misses"])

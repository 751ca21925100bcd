"""Corrections: seen before they count, accepted once, one of two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import Contract, IngestResult, accept, compare_versions, discard, ingest, latest, read_delivery
from tests.engine.lake.deliveries import csv_bytes, person, row

TakeIn = Callable[..., IngestResult]
FEED, PERIOD = "clinic", "2024-03"


@pytest.fixture
def corrected(take_in: TakeIn) -> tuple[IngestResult, IngestResult]:
    """A first delivery of rows 1 to 4; a second without 1, with 2 and 3 changed, and with 5."""
    first = take_in(csv_bytes([row(n) for n in (1, 2, 3, 4)]), stage=True)
    rows = [row(2, cost="2.00"), row(3, id_number=person(7), place="汤阴"), row(4), row(5)]
    return first, take_in(csv_bytes(rows), stage=True)


def test_the_first_delivery_counts_a_correction_waits(corrected: tuple[IngestResult, IngestResult], lake: Path) -> None:
    first, second = corrected
    assert (first.staged, second.staged) == (False, True)
    assert latest(lake, FEED, PERIOD) == first.path


def test_difference_by_key_and_field(
    corrected: tuple[IngestResult, IngestResult], lake: Path, tokeniser: Tokeniser
) -> None:
    first, second = corrected
    found = compare_versions(lake, FEED, PERIOD, second.path)
    assert (found.against, found.version, found.before, found.after) == (first.version, second.version, 4, 4)
    assert (found.added, found.removed, found.changed, found.unchanged) == (1, 1, 2, 1)
    assert found.fields == {"person_key": 1, "cost": 1, "place": 1}
    assert [sample.kind for sample in found.samples] == ["added", "changed", "changed", "removed"]
    changed = {sample.person_key: sample for sample in found.samples if sample.kind == "changed"}
    cost = changed[tokeniser.person_key(person(2))]
    assert (cost.before["cost"], cost.after["cost"]) == (123450, 200)  # type: ignore[index]
    assert changed[tokeniser.person_key(person(7))].after["place"] == "汤阴"  # type: ignore[index]
    assert found.samples[0].before is None
    assert found.samples[-1].after is None


def test_samples_are_few_and_always_the_same(take_in: TakeIn, lake: Path) -> None:
    take_in(csv_bytes([row(n) for n in range(50)]), stage=True)
    second = take_in(csv_bytes([row(n) for n in range(50, 100)]), stage=True)
    found = [compare_versions(lake, FEED, PERIOD, second.path, samples=3) for _ in range(2)]
    assert (found[0].added, found[0].removed, len(found[0].samples)) == (50, 50, 6)
    assert found[0] == found[1]


def test_a_new_period_adds_everything(take_in: TakeIn, lake: Path) -> None:
    result = take_in(csv_bytes([row(1), row(2)]), publish=False)
    found = compare_versions(lake, FEED, PERIOD, result.path)
    assert (found.against, found.before, found.after, found.added, found.unchanged) == ("", 0, 2, 2, 0)


def test_acceptance_supersedes_once(corrected: tuple[IngestResult, IngestResult], lake: Path) -> None:
    first, second = corrected
    assert accept(lake, FEED, PERIOD, second.version, supersedes=first.version)
    assert latest(lake, FEED, PERIOD) == second.path
    assert not accept(lake, FEED, PERIOD, second.version, supersedes=first.version)


def test_a_version_that_counts_is_not_staged_by_its_second_delivery(take_in: TakeIn, lake: Path) -> None:
    take_in(csv_bytes([row(1)]), stage=True)
    again = take_in(csv_bytes([row(1)]), stage=True)
    assert (again.unchanged, again.staged) == (True, False)


def test_of_two_acceptances_at_once_one_wins(take_in: TakeIn, lake: Path) -> None:
    first = take_in(csv_bytes([row(1)]), stage=True)
    rivals = [take_in(csv_bytes([row(1, cost=f"{n}")]), stage=True).version for n in range(2, 8)]
    start, outcomes = threading.Barrier(len(rivals)), []

    def click(version: str) -> None:
        start.wait()
        try:
            outcomes.append(accept(lake, FEED, PERIOD, version, supersedes=first.version))
        except InputError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=click, args=(version,)) for version in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(True) == 1
    assert sum("刚刚被另一次更正取代" in str(outcome) for outcome in outcomes) == 5


def test_a_correction_may_be_discarded_what_counts_may_not(
    corrected: tuple[IngestResult, IngestResult], lake: Path
) -> None:
    first, second = corrected
    assert discard(lake, FEED, PERIOD, second.version)
    assert not discard(lake, FEED, PERIOD, second.version)
    with pytest.raises(InputError, match="正在使用的版本不能删除"):
        discard(lake, FEED, PERIOD, first.version)
    assert first.path.is_file()
    with pytest.raises(InputError, match="没有待确认的版本"):
        accept(lake, FEED, PERIOD, second.version, supersedes=first.version)


def test_versions_under_different_keys_cannot_be_compared(
    take_in: TakeIn, lake: Path, tmp_path: Path, contract: Contract
) -> None:
    take_in(csv_bytes([row(1)]))
    with read_delivery(tmp_path / "2024-03.csv", contract) as delivery:
        other = ingest(delivery, contract, Tokeniser(bytes(32)), tmp_path / "other")
    with pytest.raises(InputError, match="密钥不同"):
        compare_versions(lake, FEED, PERIOD, other.path)


def test_under_another_contract_values_are_compared(
    take_in: TakeIn, lake: Path, tmp_path: Path, contract: Contract, tokeniser: Tokeniser, changed_contract: Any
) -> None:
    """A contract that keeps one field less changes every row's hash, but no row."""
    take_in(csv_bytes([row(1), row(2)]))
    with read_delivery(tmp_path / "2024-03.csv", changed_contract) as delivery:
        other = ingest(delivery, changed_contract, tokeniser, tmp_path / "other")
    assert compare_versions(lake, FEED, PERIOD, other.path).unchanged == 2


@pytest.fixture
def changed_contract(tmp_path: Path) -> Contract:
    from doudi.engine.lake import load_contract
    from tests.engine.lake.deliveries import CONTRACT

    path = tmp_path / "clinic.yaml"
    path.write_text(CONTRACT.replace("title: 就诊地, type: text", "title: 就诊地, type: text, keep: false"), "utf-8")
    return load_contract(path)

"""Single events pushed between deliveries: they join what stands, and change nothing the second time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import Contract, IngestResult, ingest, latest, read_delivery, trust
from doudi.engine.lake.contracts import load_contract
from tests.engine.lake.deliveries import csv_bytes, person, row

TakeIn = Callable[..., IngestResult]


def costs(path: Path | None) -> list[int]:
    return [fen for (fen,) in duckdb.execute(f"SELECT cost FROM '{path}' ORDER BY cost").fetchall()]


def test_an_event_joins_the_period(take_in: TakeIn, lake: Path) -> None:
    take_in(csv_bytes([row(1, cost="1"), row(2, cost="2")]))
    result = take_in(csv_bytes([row(3, cost="3")]), append=True)
    assert (result.received, result.accepted, result.unchanged) == (1, 1, False)
    assert latest(lake, "clinic", "2024-03") == result.path
    assert costs(result.path) == [100, 200, 300]


def test_rows_stay_sorted_by_person(take_in: TakeIn, tokeniser: Tokeniser) -> None:
    take_in(csv_bytes([row(n) for n in range(30)]))
    path = take_in(csv_bytes([row(31)]), append=True).path
    keys = [key for (key,) in duckdb.execute(f"SELECT person_key FROM '{path}'").fetchall()]
    assert keys == sorted(keys)
    assert tokeniser.person_key(person(31)) in keys


def test_an_event_of_a_known_key_replaces_the_row(take_in: TakeIn) -> None:
    take_in(csv_bytes([row(1, cost="1"), row(2, cost="2")]))
    assert costs(take_in(csv_bytes([row(2, cost="5")]), append=True).path) == [100, 500]


def test_the_same_event_again_changes_nothing(take_in: TakeIn, lake: Path) -> None:
    take_in(csv_bytes([row(1)]))
    first = take_in(csv_bytes([row(2)]), append=True)
    again = take_in(csv_bytes([row(2)]), append=True)
    assert (again.unchanged, again.version) == (True, first.version)
    assert len(list((lake / "clinic").glob("2024-03@*"))) == 2


def test_events_alone_let_nothing_vanish_until_the_whole_list_comes(
    tmp_path: Path, lake: Path, tokeniser: Tokeniser
) -> None:
    contract = load_contract("funeral")
    path = tmp_path / "2024-03.csv"

    def take(rows: list[list[str]], **options: Any) -> IngestResult:
        path.write_bytes(csv_bytes(rows, ["身份证号码", "逝者姓名", "死亡日期"]))
        with read_delivery(path, contract) as delivery:
            return ingest(delivery, contract, tokeniser, lake, **options)

    take([[person(1), "甲", "2024-03-01"]], append=True)
    take([[person(2), "乙", "2024-03-02"]], append=True)
    assert [problem.number for problem in trust(lake, "funeral", "2024-03").problems] == ["DQ-909"]
    take([[person(1), "甲", "2024-03-01"], [person(3), "丙", "2024-03-03"]])
    assert trust(lake, "funeral", "2024-03").trusted
    take([[person(4), "丁", "2024-03-04"]], append=True)
    assert trust(lake, "funeral", "2024-03").trusted


def test_flags_of_the_base_are_kept(tmp_path: Path, lake: Path, tokeniser: Tokeniser) -> None:
    contract, path = load_contract("funeral"), tmp_path / "2024-03.csv"
    versions = []
    for n, options in ((1, {}), (2, {"append": True})):
        path.write_bytes(csv_bytes([[person(n), "甲", "1949-01-01"]], ["身份证号码", "逝者姓名", "死亡日期"]))
        with read_delivery(path, contract) as delivery:
            versions.append(ingest(delivery, contract, tokeniser, lake, **options))  # type: ignore[arg-type]
    found = duckdb.execute(f"SELECT count(*) FROM '{versions[1].path.parent}/flags.parquet'").fetchone()
    assert found == (2,)


def test_the_manifest_counts_all_rows_of_the_version(take_in: TakeIn) -> None:
    take_in(csv_bytes([row(1), row(2)]))
    path = take_in(csv_bytes([row(3)]), append=True).path
    assert json.loads(path.with_name("manifest.json").read_text(encoding="utf-8"))["counts"]["rows"] == 3


def test_no_event_joins_rows_under_another_key(take_in: TakeIn, tmp_path: Path, lake: Path, contract: Contract) -> None:
    take_in(csv_bytes([row(1)]))
    before = latest(lake, "clinic", "2024-03")
    with (
        read_delivery(tmp_path / "2024-03.csv", contract) as delivery,
        pytest.raises(InputError, match="不能逐条追加"),
    ):
        ingest(delivery, contract, Tokeniser(bytes(32)), lake, append=True)
    assert latest(lake, "clinic", "2024-03") == before

"""Versions on disk: the same file twice, two processes at once, killed in the middle."""

from __future__ import annotations

import dataclasses
import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import Contract, IngestResult, ingest, latest, load_contract, periods, read_delivery, store
from tests.engine.lake.deliveries import CONTRACT, KEY, csv_bytes, row

TakeIn = Callable[..., IngestResult]


def tree(lake: Path) -> dict[str, tuple[str, int]]:
    """Every file with content and modification time, locks left out."""
    return {
        str(path.relative_to(lake)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(lake.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def test_the_same_file_again_changes_nothing(take_in: TakeIn, lake: Path) -> None:
    data = csv_bytes([row(1), row(2, cost="x")])
    first, before = take_in(data), tree(lake)
    second = take_in(data)
    assert (first.unchanged, second.unchanged) == (False, True)
    assert dataclasses.replace(second, unchanged=False) == first
    assert second.quarantine == first.quarantine
    assert tree(lake) == before


def test_version_is_the_hash_of_the_file(take_in: TakeIn) -> None:
    data = csv_bytes([row(1)])
    assert take_in(data).version == hashlib.sha256(data).hexdigest()[:16]


def test_a_corrected_file_is_a_new_version_and_the_old_one_stays(take_in: TakeIn, lake: Path) -> None:
    old, new = take_in(csv_bytes([row(1)])), take_in(csv_bytes([row(1), row(2)]))
    assert old.path.is_file()
    assert latest(lake, "clinic", "2024-03") == new.path
    assert periods(lake, "clinic") == {"2024-03": new.version}


def test_version_that_is_not_published_does_not_count(take_in: TakeIn, lake: Path) -> None:
    result = take_in(csv_bytes([row(1)]), publish=False)
    assert result.path.is_file()
    assert latest(lake, "clinic", "2024-03") is None


def test_nothing_delivered(lake: Path) -> None:
    assert latest(lake, "clinic", "2024-03") is None
    assert periods(lake, "clinic") == {}


def test_other_key_or_contract_makes_another_version_of_the_same_file(
    take_in: TakeIn, tmp_path: Path, contract: Contract, lake: Path
) -> None:
    first = take_in(csv_bytes([row(1)]))
    with read_delivery(tmp_path / "2024-03.csv", contract) as delivery:
        second = ingest(delivery, contract, Tokeniser(KEY[::-1]), lake)
    assert second.version.startswith(first.version + "-")
    assert first.path.is_file()
    assert latest(lake, "clinic", "2024-03") == second.path
    with read_delivery(tmp_path / "2024-03.csv", contract) as delivery:
        assert ingest(delivery, contract, Tokeniser(KEY[::-1]), lake).unchanged


def test_damaged_pointer_is_told(take_in: TakeIn, lake: Path) -> None:
    take_in(csv_bytes([row(1)]))
    (lake / "clinic" / "current.json").write_text("{")
    with pytest.raises(InputError, match="版本清单已损坏"):
        latest(lake, "clinic", "2024-03")


def _ingest(contract_path: str, file: str, lake: str) -> tuple[int, str]:
    contract = load_contract(Path(contract_path))
    with read_delivery(file, contract) as delivery:
        result = ingest(delivery, contract, Tokeniser(KEY), lake)
    return result.accepted, result.version


def test_two_processes_with_the_same_file_at_once(tmp_path: Path, lake: Path) -> None:
    (tmp_path / "clinic.yaml").write_text(CONTRACT, encoding="utf-8")
    file = tmp_path / "2024-03.csv"
    file.write_bytes(csv_bytes([row(n) for n in range(3000)]))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.starmap(_ingest, [(str(tmp_path / "clinic.yaml"), str(file), str(lake))] * 6)
    assert set(results) == {(3000, hashlib.sha256(file.read_bytes()).hexdigest()[:16])}
    folder = lake / "clinic"
    assert {path.name for path in folder.iterdir()} == {f"2024-03@{results[0][1]}", "current.json", ".lock"}
    assert duckdb.execute(f"SELECT count(*) FROM '{folder}/*/part.parquet'").fetchall() == [(3000,)]


STEPS = ["writing.write_parquet", "store.write_json", "store.place", "store.publish"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_in_the_middle_leaves_the_old_state_and_the_next_try_works(
    take_in: TakeIn, tmp_path: Path, contract: Contract, tokeniser: Tokeniser, lake: Path, step: str, when: str
) -> None:
    """Safety bar 7: a crash leaves the old state or the new one, never anything between."""
    old = take_in(csv_bytes([row(1)]))
    (tmp_path / "clinic.yaml").write_text(CONTRACT, encoding="utf-8")
    file = tmp_path / "new-2024-03.csv"
    file.write_bytes(csv_bytes([row(1), row(2)]))
    owner, _, name = step.rpartition(".")
    program = textwrap.dedent(f"""
        import os, signal
        from pathlib import Path
        from doudi.engine.identity import Tokeniser
        from doudi.engine.lake import ingest as _, load_contract, read_delivery, store
        import sys
        module = sys.modules["doudi.engine.lake.{owner or "ingest"}"]
        original = module.{name}
        def killed(*args, **options):
            if {when == "after"}:
                original(*args, **options)
            os.kill(os.getpid(), signal.SIGKILL)
        module.{name} = killed
        contract = load_contract(Path({str(tmp_path / "clinic.yaml")!r}))
        with read_delivery({str(file)!r}, contract) as delivery:
            _(delivery, contract, Tokeniser({KEY!r}), {str(lake)!r})
    """)
    died = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    reached = step == "store.publish" and when == "after"
    counting = latest(lake, "clinic", "2024-03")
    assert counting is not None
    assert (counting != old.path) is reached
    assert duckdb.execute(f"SELECT count(*) FROM '{counting}'").fetchall() == [(2 if reached else 1,)]
    with read_delivery(file, contract) as delivery:
        again = ingest(delivery, contract, tokeniser, lake)
    assert (again.accepted, latest(lake, "clinic", "2024-03")) == (2, again.path)
    assert duckdb.execute(f"SELECT count(*) FROM '{again.path}'").fetchall() == [(2,)]
    take_in(csv_bytes([row(3)]))  # the next delivery sweeps
    assert list((lake / "clinic").glob(".aside-*")) == []


def test_killed_at_any_moment(take_in: TakeIn, tmp_path: Path, lake: Path) -> None:
    old = take_in(csv_bytes([row(1)]))
    (tmp_path / "clinic.yaml").write_text(CONTRACT, encoding="utf-8")
    file = tmp_path / "big-2024-03.csv"
    file.write_bytes(csv_bytes([row(n) for n in range(20_000)]))
    context = multiprocessing.get_context("spawn")
    for wait in (0.2, 0.5, 0.8, 1.1):
        process = context.Process(target=_ingest, args=(str(tmp_path / "clinic.yaml"), str(file), str(lake)))
        process.start()
        time.sleep(wait)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        counting = latest(lake, "clinic", "2024-03")
        assert duckdb.execute(f"SELECT count(*) FROM '{counting}'").fetchone() == (
            1 if counting == old.path else 20_000,
        )
    assert _ingest(str(tmp_path / "clinic.yaml"), str(file), str(lake))[0] == 20_000


def test_what_a_living_process_has_aside_is_not_swept(lake: Path) -> None:
    with store.aside(lake, "clinic") as ours, store.aside(lake, "clinic"):
        assert ours.is_dir()
        assert store.sweep(lake / "clinic") == 0


def test_full_disk_leaves_the_old_state(take_in: TakeIn, lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = take_in(csv_bytes([row(1)]))
    before = tree(lake)

    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_json", full)
    with pytest.raises(OSError, match="No space"):
        take_in(csv_bytes([row(1), row(2)]))
    assert tree(lake) == before
    assert latest(lake, "clinic", "2024-03") == old.path

"""The lake on disk: ``<lake>/<feed>/<period>@<version>/part.parquet`` with ``manifest.json``, and which version counts.

A version is written aside and renamed, so it is there whole or not at all, and never changes afterwards.
``current.json`` ({period: version}) is replaced whole under a lock. Several processes of one machine may share a lake.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from doudi.engine.errors import InputError

PART = "part.parquet"
MANIFEST = "manifest.json"
CURRENT = "current.json"
_ASIDE = ".aside-"
_LOCK = "owner.lock"
_UNLOCKED_FOR_SECONDS = 3600  # a leftover without its lock file is that old before it is swept


def version_folder(lake: Path, feed: str, period: str, version: str) -> Path:
    return lake / feed / f"{period}@{version}"


def read_manifest(lake: Path, feed: str, period: str, version: str) -> dict[str, Any] | None:
    """The manifest of a version, None where there is no such version."""
    path = version_folder(lake, feed, period, version) / MANIFEST
    if not path.is_file():
        return None
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


@contextmanager
def aside(lake: Path, feed: str) -> Iterator[Path]:
    """A private folder to write a version in; what is left of it at the end is removed."""
    folder = lake / feed
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    private = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder))
    with (private / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield private
        finally:
            shutil.rmtree(private, ignore_errors=True)


def sweep(folder: Path) -> int:
    """Remove what dead processes left aside in a feed's folder; returns how many."""
    swept = 0
    for left in folder.glob(_ASIDE + "*"):
        try:
            with (left / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
                swept += 1
        except BlockingIOError:
            continue  # its owner is at work
        except FileNotFoundError:
            if left.exists() and time.time() - left.stat().st_mtime > _UNLOCKED_FOR_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
                swept += 1
    return swept


def place(private: Path, lake: Path, feed: str, period: str, version: str) -> bool:
    """Move a finished version into the lake. False where it is there already (the same file, ingested by another)."""
    target = version_folder(lake, feed, period, version)
    ready = private / "version"
    _sync(ready)
    try:
        ready.rename(target)
    except OSError:
        if not (target / MANIFEST).is_file():
            raise
        return False
    _sync(target.parent)
    return True


def publish(lake: Path, feed: str, period: str, version: str) -> None:
    """Make ``version`` the one that counts for ``period``."""
    with _locked(lake, feed):
        current = _current(lake, feed)
        if current.get(period) != version:
            write_json(lake / feed / CURRENT, {**current, period: version})


def publish_first(lake: Path, feed: str, period: str, version: str) -> bool:
    """Make ``version`` count if the period has none yet. True where it counts now."""
    with _locked(lake, feed):
        current = _current(lake, feed)
        if period not in current:
            write_json(lake / feed / CURRENT, {**current, period: version})
        return current.get(period, version) == version


def accept(lake: Path | str, feed: str, period: str, version: str, *, supersedes: str | None) -> bool:
    """Let a staged version count in place of ``supersedes``, the version it was compared with (None: a new period).

    Returns False where it counts already, so that a repeated click changes nothing. Raises InputError where there is no
    such version, or where another correction was accepted in between: of two at once, one wins.
    """
    lake = Path(lake)
    where = f"{feed} {period}"
    if read_manifest(lake, feed, period, version) is None:
        raise InputError(f"没有待确认的版本 {version}", where=where, hint="请重新报送文件")
    with _locked(lake, feed):
        current = _current(lake, feed)
        if current.get(period) == version:
            return False
        if current.get(period) != supersedes:
            raise InputError("这个账期刚刚被另一次更正取代", where=where, hint="请重新查看差异后再确认")
        write_json(lake / feed / CURRENT, {**current, period: version})
    return True


def discard(lake: Path | str, feed: str, period: str, version: str) -> bool:
    """Remove a version that does not count (a correction that was not accepted). False where it is gone already.

    Raises InputError for the version that counts.
    """
    lake = Path(lake)
    with _locked(lake, feed):
        if _current(lake, feed).get(period) == version:
            raise InputError("正在使用的版本不能删除", where=f"{feed} {period}", hint="请先确认另一版本")
        folder = version_folder(lake, feed, period, version)
        if not folder.is_dir():
            return False
        gone = folder.with_name(f"{_ASIDE}{folder.name}-{os.getpid()}")
        folder.rename(gone)
        shutil.rmtree(gone)
    return True


@contextmanager
def _locked(lake: Path, feed: str) -> Iterator[None]:
    folder = lake / feed
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def latest(lake: Path | str, feed: str, period: str) -> Path | None:
    """The Parquet file that counts for a feed's period, None where nothing was delivered."""
    lake = Path(lake)
    version = _current(lake, feed).get(period)
    return version_folder(lake, feed, period, version) / PART if version else None


def periods(lake: Path | str, feed: str) -> dict[str, str]:
    """{period: version that counts} of a feed, in the order of periods."""
    return dict(sorted(_current(Path(lake), feed).items()))


def before(lake: Path | str, feed: str, period: str) -> tuple[str, str] | None:
    """Period and version of the newest delivery before ``period`` that counts."""
    return max((entry for entry in periods(lake, feed).items() if entry[0] < period), default=None)


def _current(lake: Path, feed: str) -> dict[str, str]:
    path = lake / feed / CURRENT
    try:
        current: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise InputError(
            "数据湖的版本清单已损坏", where=str(path), hint="请从备份恢复，或重新导入各账期文件"
        ) from error
    return current


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Replace a JSON file whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as stream:
        json.dump(document, stream, ensure_ascii=False, indent=1, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

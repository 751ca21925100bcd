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
    folder = lake / feed
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        current = _current(lake, feed)
        if current.get(period) == version:
            return
        write_json(folder / CURRENT, {**current, period: version})


def latest(lake: Path | str, feed: str, period: str) -> Path | None:
    """The Parquet file that counts for a feed's period, None where nothing was delivered."""
    lake = Path(lake)
    version = _current(lake, feed).get(period)
    return version_folder(lake, feed, period, version) / PART if version else None


def periods(lake: Path | str, feed: str) -> dict[str, str]:
    """{period: version that counts} of a feed, in the order of periods."""
    return dict(sorted(_current(Path(lake), feed).items()))


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

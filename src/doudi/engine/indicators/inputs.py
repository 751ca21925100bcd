"""What a run reads: the registry snapshot and the lake's deliveries, with the version of each for evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from doudi.engine.errors import InputError
from doudi.engine.indicators.periods import WINDOW_MONTHS, last_day, shift
from doudi.engine.indicators.records import RECORDS
from doudi.engine.lake.contracts import load_contract, load_contracts
from doudi.engine.lake.store import PART, periods, version_folder

MONTHLY_DAYS = 62
_LONG_HISTORY = {"wage_income": 15}
"""Months of deliveries, where twelve are too few: NCE-13 compares three months with the twelve before them."""
REGISTRY_FILES = ("members", "households", "payments")


def months_read(feed: str, period: str) -> list[str]:
    """The months whose deliveries of a feed a run of ``period`` may read, oldest first."""
    return [shift(period, -back) for back in reversed(range(_LONG_HISTORY.get(feed, WINDOW_MONTHS)))]


@dataclass(frozen=True)
class Part:
    """One accepted delivery of a feed: its period and its Parquet file."""

    feed: str
    period: str
    path: Path
    version: str

    @property
    def as_of(self) -> date:
        return last_day(self.period)


@dataclass(frozen=True)
class Registry:
    """A registry snapshot (docs/registry-snapshot.md)."""

    folder: Path
    about: Mapping[str, Any]
    versions: Mapping[str, str]

    @classmethod
    def open(cls, folder: Path) -> Registry:
        """Raise InputError naming the file that is missing."""
        for name in REGISTRY_FILES:
            if not (folder / f"{name}.parquet").is_file():
                raise InputError(
                    f"{name}.parquet is missing", where=str(folder), hint="give the folder of a registry snapshot"
                )
        about_file = folder / "snapshot.json"
        about = json.loads(about_file.read_text("utf-8")) if about_file.is_file() else {}
        present = [*REGISTRY_FILES, *(name for name in RECORDS if (folder / f"{name}.parquet").is_file())]
        return cls(folder, about, {name: _digest(folder / f"{name}.parquet") for name in present})

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"


@dataclass(frozen=True)
class Deliveries:
    """The deliveries of one feed that a period may use, by period."""

    feed: str
    parts: Mapping[str, Part]

    def current(self, period: str) -> Part | None:
        """The period's own delivery; of a feed that does not come monthly the newest that is still fresh.

        Such a feed is one whose contract calls a delivery fresh for more than two months.
        """
        freshness = load_contract(self.feed).freshness_days
        oldest = last_day(period) - timedelta(days=freshness if freshness > MONTHLY_DAYS else 0)
        found = [part for key, part in self.parts.items() if key <= period and part.as_of >= oldest]
        return max(found, key=lambda part: part.period, default=None)

    def previous(self, period: str) -> Part | None:
        """The newest delivery before the current one (before ``period`` where there is none), eleven months at most."""
        current = self.current(period)
        before = current.period if current else period
        return max(
            (part for part in self.history(period) if part.period < before), key=lambda part: part.period, default=None
        )

    def history(self, period: str) -> list[Part]:
        """The deliveries of the months that a run of ``period`` may read."""
        return [self.parts[month] for month in months_read(self.feed, period) if month in self.parts]


def open_lake(lake: Path | Mapping[str, Mapping[str, Path]]) -> Mapping[str, Deliveries]:
    """The deliveries by feed: those that count in a lake's folder, or a mapping feed → period → Parquet file."""
    if isinstance(lake, Mapping):
        return {
            feed: Deliveries(feed, {period: Part(feed, period, path, _version(path)) for period, path in found.items()})
            for feed, found in lake.items()
        }
    deliveries = {}
    for feed in sorted(load_contracts()):
        parts = {
            period: Part(feed, period, version_folder(lake, feed, period, version) / PART, version)
            for period, version in periods(lake, feed).items()
        }
        deliveries[feed] = Deliveries(feed, parts)
    return deliveries


def _version(path: Path) -> str:
    return path.parent.name.partition("@")[2] or _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]


def empty_columns(feed: str) -> dict[str, str]:
    """Column → type of a feed that was not delivered, for an indicator that can do without it."""
    fixed = {"person_key": "BIGINT", "row_key": "BIGINT", "feed_period": "VARCHAR", "feed_as_of": "DATE"}
    return fixed | {field.name: str(field.stored_type) for field in load_contract(feed).stored}

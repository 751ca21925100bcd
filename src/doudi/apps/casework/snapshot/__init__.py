"""What casework adds to a registry snapshot (docs/registry-snapshot.md), for supervision and for repeated trouble."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from doudi.apps.casework.limits import deadline
from doudi.apps.registry import snapshot
from doudi.engine.indicators.records import RECORDS

_NAMES = ("referrals", "visits", "applications", "conferences", "alerts", "exits", "lookups", "reviews")
_COLUMNS = list(RECORDS["applications"])
_STATE, _SUBMITTED, _DUE = (_COLUMNS.index(name) for name in ("state", "submitted_on", "step_due_on"))


def register() -> None:
    folder = Path(__file__).parent
    for name in _NAMES:
        sql = (folder / f"{name}.sql").read_text()
        snapshot.register(snapshot.records_part(name, sql, with_limits if name == "applications" else None))


def with_limits(rows: Iterable[snapshot.Row]) -> Iterator[snapshot.Row]:
    """Applications with the last day of their limit; none where it is decided or the year's holidays are not known."""
    for row in rows:
        if row[_STATE] in ("SUBMITTED", "REVIEWED"):
            row = (*row[:_DUE], deadline("application", row[_SUBMITTED]).on, *row[_DUE + 1 :])
        yield row

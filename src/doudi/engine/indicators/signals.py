"""Signals: rows of an indicator's query gathered per person or household, in one order, written as Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from doudi.engine.backends.duckdb import connect, write_parquet
from doudi.engine.indicators.catalogue import Indicator
from doudi.engine.indicators.explanation import measured

_TYPES = {"person_key": "BIGINT", "household_key": "BIGINT"}


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal: the columns of signals.parquet, in their order.

    ``person_key`` is None for a household's signal, ``household_key`` and ``division`` (12-digit village code) for a
    person outside the register. A matter of supervision (class SUP) has no person; where it has no household either,
    ``division`` is the county's six digits. ``measures`` and ``evidence`` are JSON text; ``evidence`` lists the rows
    behind the figures.
    """

    indicator: str
    alert_class: str
    severity: str
    person_key: int | None
    household_key: int | None
    division: str | None
    first_seen: str
    period: str
    measures: str
    evidence: str
    pack: str
    indicator_version: str

    @property
    def subject(self) -> tuple[str, int | None, int | None, str | None]:
        """What makes a signal the same one next month: the person, else the household; of supervision the matter."""
        if self.alert_class == "SUP":
            return (
                self.indicator,
                None,
                None,
                f"{(self.division or '')[:6]}/{json.loads(self.measures).get('matter', '')}",
            )
        return self.indicator, self.person_key, None if self.person_key is not None else self.household_key, None


class Evidence(NamedTuple):
    """Where a figure comes from: the feed's delivery or the registry snapshot, and the row in it."""

    source: str
    period: str
    version: str
    row_key: str
    as_of: str


Subject = tuple[int | None, int | None, str | None, str | None]
"""Person, household, and for supervision division and matter: what one signal is about."""


def collapse(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[Subject, list[dict[str, Any]]]:
    """Rows by subject: a person, a household, or a matter of supervision; a subject's rows in an order that no engine
    decides.

    A person of two households is one subject; the household with the lower key stands for both.
    """
    names = list(columns)
    person, household, division, matter = (
        names.index(name) if name in names else None for name in ("person_key", "household_key", "division", "matter")
    )

    def subject(row: Sequence[Any]) -> Subject:
        if matter is not None:
            return None, None, None if division is None else row[division], row[matter]
        if person is not None and row[person] is not None:
            return row[person], None, None, None
        assert household is not None, "an indicator gives household_key"
        return None, row[household], None, None

    order = [*([] if household is None else [household]), *(index for index in range(len(names)) if index != household)]
    gathered: dict[Subject, list[Sequence[Any]]] = {}
    for row in rows:
        gathered.setdefault(subject(row), []).append(row)
    for found in gathered.values():
        if len(found) > 1:
            found.sort(key=lambda row: [(row[index] is not None, row[index]) for index in order])
    return {subject: [dict(zip(names, row, strict=True)) for row in found] for subject, found in gathered.items()}


def measures_json(indicator: Indicator, record: Mapping[str, Any]) -> str:
    """The figures of a signal, in the metadata's order; those that do not apply are left out."""
    figures = {name: measured(measure, record[name]) for name, measure in indicator.measures.items()}
    return json.dumps(
        {name: value for name, value in figures.items() if value is not None}, ensure_ascii=False, separators=(",", ":")
    )


def evidence_json(evidence: Iterable[Evidence]) -> str:
    entries = [dict(zip(Evidence._fields, item, strict=True)) for item in sorted(set(evidence))]
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"))


def order(signals: Iterable[Signal]) -> list[Signal]:
    """By indicator, then person and household; a household's signal before the persons outside the register."""
    return sorted(
        signals,
        key=lambda signal: (
            signal.indicator,
            signal.person_key is not None,
            signal.person_key or 0,
            signal.household_key or 0,
            signal.division or "",
            signal.measures if signal.alert_class == "SUP" else "",
        ),
    )


def write_signals(signals: Sequence[Signal], path: Path) -> None:
    """signals.parquet: the same signals give the same bytes."""
    names = [column.name for column in fields(Signal)]
    lists = {name: [getattr(signal, name) for signal in signals] for name in names}
    selected = ", ".join(f"UNNEST(${name}::{_TYPES.get(name, 'VARCHAR')}[]) AS {name}" for name in names)
    with connect(threads=1, preserve_order=True) as connection:
        connection.execute(f"CREATE TABLE signal AS SELECT {selected}", lists)
        write_parquet(connection, "SELECT * FROM signal", path)

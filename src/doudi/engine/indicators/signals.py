"""Signals, and the Parquet file of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from doudi.engine.backends.duckdb import connect, fill, write_parquet


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


COLUMNS = {field.name: "BIGINT" if "int" in str(field.type) else "VARCHAR" for field in fields(Signal)}
"""The columns of signals.parquet and their types."""


def write_signals(signals: Sequence[Signal], path: Path) -> None:
    """signals.parquet: the same signals give the same bytes."""
    with connect(threads=1, preserve_order=True) as connection:
        fill(connection, "TABLE signal", COLUMNS, [[getattr(signal, name) for name in COLUMNS] for signal in signals])
        write_parquet(connection, "SELECT * FROM signal", path)

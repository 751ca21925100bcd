"""What a correction that waits would change, for the data officer's second click."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may
from doudi.apps.exchange.models import Batch, PeriodVersion
from doudi.apps.exchange.queries.system import lake_of, part_of
from doudi.engine.errors import InputError
from doudi.engine.lake import ChangedRow, Contract, Difference, compare_versions, load_contracts
from doudi.engine.lake.contracts import Field

SAMPLES = 10
KINDS = {"added": "新增", "removed": "减少", "changed": "变化"}


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One row that differs, masked: (heading, before, after, whether they differ); '' on the side that has no row."""

    cells: list[tuple[str, str, str, bool]]


@dataclass(frozen=True, slots=True)
class Correction:
    """``against`` is the version compared with; ``problem`` says why there is no difference to show."""

    against: str
    current: Batch | None
    difference: Difference | None
    fields: list[tuple[str, int]]
    samples: dict[str, list[ShownChange]]
    problem: str = ""


def may_discard(actor: User, batch: Batch) -> bool:
    """Whether the actor may refuse a correction that he sees: the data officer, and the department that sent it."""
    own = may(actor, "feed.upload") and actor.unit.department == batch.owner
    return own or may(actor, "feed.accept")


def correction_of(batch: Batch) -> Correction:
    """The difference between a batch that waits (read with scope) and what counts for its period now."""
    contract = load_contracts()[batch.feed]
    now = (
        PeriodVersion.objects.select_related("batch")
        .filter(feed=batch.feed, period=batch.period, county=batch.county_id)
        .first()
    )
    against = now.version if now else ""
    try:
        difference = compare_versions(
            lake_of(batch.county_id),
            batch.feed,
            batch.period,
            part_of(batch.county_id, batch.feed, batch.period, batch.version),
            against=part_of(batch.county_id, batch.feed, batch.period, against) if now else None,
            samples=SAMPLES,
        )
    except InputError as error:
        return Correction(against, now.batch if now else None, None, [], {}, f"{error.what}，{error.hint}")
    samples: dict[str, list[ShownChange]] = {}
    for row in difference.samples:
        samples.setdefault(row.kind, []).append(_shown(contract, row))
    fields = [(_title(contract, name), number) for name, number in difference.fields.items()]
    return Correction(against, now.batch if now else None, difference, fields, samples)


def _shown(contract: Contract, row: ChangedRow) -> ShownChange:
    cells = []
    for entry in contract.stored:
        before, after = (side.get(entry.name) if side else None for side in (row.before, row.after))
        texts = (_text(entry, before), _text(entry, after))
        cells.append((entry.title, *texts, row.kind == "changed" and before != after))
    return ShownChange(cells)


def _text(entry: Field, value: Any) -> str:
    """A value as officers read it; what is sensitive stays hidden."""
    if value is None:
        return ""
    if entry.masked:
        return "***"
    if entry.codes:
        return next((label for label, code in entry.codes.items() if code == value), str(value))
    if entry.type == "money":
        return f"{value / 100:,.2f}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _title(contract: Contract, name: str) -> str:
    """A column's heading; a version that an older contract made may have columns of its own."""
    return "人员" if name == "person_key" else next((one.title for one in contract.fields if one.name == name), name)

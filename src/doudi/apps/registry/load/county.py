"""The load as one transaction: persons and households, their facts and chains, then the parts of higher apps."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection, transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict
from doudi.apps.base.history import named
from doudi.apps.base.idempotency import once
from doudi.apps.registry.load import chains, facts, people
from doudi.apps.registry.models import Household
from doudi.engine.synth.model import County

Progress = Callable[[str, int], object]


@dataclass
class Loaded:
    """What the parts of a load need of each other. ``moment`` stands as the time of recording."""

    moment: dt.datetime
    person_ids: dict[int, int] = field(default_factory=dict)
    """person_no of the county → id."""
    household_ids: list[int] = field(default_factory=list)
    """In the order of ``county.households``."""


Part = Callable[[County, Loaded], dict[str, int]]
_parts: list[Part] = []


def register(part: Part) -> None:
    """Add what a higher app loads of a county (call it in ``AppConfig.ready``). It runs in the load's transaction."""
    if part not in _parts:
        _parts.append(part)


def load_county(county: County, *, actor: User | None = None, progress: Progress | None = None) -> dict[str, int]:
    """Load ``county`` and return how many rows of what. All or nothing; the same county again changes nothing.

    Persons whose ID number the register already knows keep their row. ``progress`` is called with the name and number
    of rows of each finished part.
    Raises :class:`Invalid` for a bad ID number and :class:`Conflict` if a household number is in use.
    """
    if actor is not None:
        require(actor, "registry.load")
    numbers = "\n".join(household.household_no for household in county.households)
    key = f"load:{county.code}:{hashlib.sha256(f'{county.seed}:{numbers}'.encode()).hexdigest()[:40]}"
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        named(actor, "registry.load"),
    ):
        result, first = once(key, actor=actor, action="registry.load", do=lambda: _load(county, progress))
        if first:
            cursor.execute("ANALYZE")  # the planner must not go on with the statistics of empty tables
    return dict(result)


def _load(county: County, progress: Progress | None) -> dict[str, int]:
    taken = Household.objects.filter(household_no__in=[h.household_no for h in county.households]).count()
    if taken:
        raise Conflict(f"有 {taken} 个户号已经登记，整批未导入。请核对是否重复导入，或更换样例的种子。")
    loaded = Loaded(clock.now())
    counts: dict[str, int] = {}
    for part in (people.load, facts.load, chains.load, *_parts):
        for name, count in part(county, loaded).items():
            counts[name] = count
            if progress is not None:
                progress(name, count)
    return counts

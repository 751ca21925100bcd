"""Feeds as an actor sees them: who delivers what, how fresh it is, what he may deliver himself."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, require, scope_of
from doudi.apps.base import clock
from doudi.apps.exchange.models import Batch, BatchState
from doudi.apps.registry import queries as registry
from doudi.engine.lake import Contract, load_contracts

LIGHTS = {"fresh": ("正常", "green"), "late": ("迟到", "orange"), "missing": ("缺失", "red")}


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """One feed in one county. ``light``: fresh; late (the next period is overdue); missing (nothing ever came)."""

    contract: Contract
    county: str
    latest: Batch | None
    light: str
    due_on: dt.date | None

    @property
    def label(self) -> str:
        return LIGHTS[self.light][0]

    @property
    def colour(self) -> str:
        return LIGHTS[self.light][1]


def counties_of(actor: User) -> list[str]:
    """Codes of the counties with data that the actor may look at."""
    reachable = [code for code in registry.counties_for_system() if registry.in_reach(actor, code)]
    own = county_of(actor)
    return reachable or ([own] if own else [])


def county_of(actor: User) -> str:
    """The county of the actor's unit, '' above county level."""
    code = actor.unit.division_id
    return code[:6].ljust(12, "0") if code[4:6] != "00" else ""


def in_counties(actor: User, column: str) -> Q:
    """The counties in the actor's division subtrees, as a filter on a foreign key to the county."""
    reach = Q(pk__in=[])
    for level, code in sorted(scope_of(actor).divisions):
        width = {"province_code": 2, "city_code": 4, "county_code": 6}.get(level)
        if width:
            reach |= Q(**{f"{column}__gte": code, f"{column}__lte": code[:width].ljust(12, "9")})
    return reach


def in_sight(actor: User) -> Q:
    """The batches that an actor may see: a department those of its own feeds in its own county, others by division."""
    seen = in_counties(actor, "county")
    if scope_of(actor).by_unit:
        seen |= Q(owner=actor.unit.department, county=county_of(actor))
    return seen


def feed_status(*, actor: User, county: str = "") -> list[FeedStatus]:
    """Freshness of every feed of one county that the actor may see (his own where not said), in two statements."""
    require(actor, "feed.list")
    county = county or next(iter(counties_of(actor)), "")
    rows = Batch.objects.filter(in_sight(actor), county=county, state=BatchState.ACCEPTED)
    latest = {batch.feed: batch for batch in rows.order_by("feed", "-period").distinct("feed")}
    own_only = scope_of(actor).by_unit and not scope_of(actor).divisions
    return [
        _status(contract, county, latest.get(contract.name))
        for contract in load_contracts().values()
        if not own_only or contract.department == actor.unit.department
    ]


def feeds_to_deliver(actor: User) -> list[Contract]:
    """The feeds that the actor's department owns, if he may deliver."""
    if not may(actor, "feed.upload") or not county_of(actor):
        return []
    return [contract for contract in load_contracts().values() if contract.department == actor.unit.department]


def _status(contract: Contract, county: str, latest: Batch | None) -> FeedStatus:
    if latest is None:
        return FeedStatus(contract, county, None, "missing", None)
    year, month = int(latest.period[:4]), int(latest.period[5:])
    ends = dt.date(year, month, calendar.monthrange(year, month)[1])
    due = ends + dt.timedelta(days=contract.freshness_days)
    return FeedStatus(contract, county, latest, "fresh" if clock.today() <= due else "late", due)

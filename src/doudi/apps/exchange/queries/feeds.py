"""Feeds as an actor sees them: who delivers what, how fresh it is, what he may deliver himself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, require, scope_of
from doudi.apps.base import clock
from doudi.apps.exchange.models import Batch, BatchState
from doudi.apps.registry import queries as registry
from doudi.engine.lake import Contract, load_contracts
from doudi.engine.lake.periods import fresh_until

SOON_DAYS = 7
"""So many days before the last day of a feed its light turns: a default of this project."""
LIGHTS = {
    "fresh": ("正常", "green"),
    "soon": ("将到期", "orange"),
    "late": ("迟到", "red"),
    "missing": ("未接入", "grey"),
    "off": ("未启用", "grey"),
}


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """One feed in one county. ``light``: fresh; soon (``due_on`` is near); late (the next delivery is overdue); missing
    (nothing ever came: not connected); off (no legal basis yet). ``days`` are left until ``due_on``, negative after it;
    None for what comes with events, which is never late.
    """

    contract: Contract
    county: str
    latest: Batch | None
    light: str
    due_on: dt.date | None
    days: int | None

    @property
    def label(self) -> str:
        name = LIGHTS[self.light][0]
        if self.days is None or self.light == "fresh":
            return name
        return f"{name} {-self.days} 天" if self.light == "late" else f"还有 {self.days} 天"

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
    """Freshness of every feed of one county that the actor may see (his own where not said), in two statements.

    What wants attention comes first, what is not connected last.
    """
    require(actor, "feed.list")
    county = county or next(iter(counties_of(actor)), "")
    rows = Batch.objects.filter(in_sight(actor), whole_deliveries(), county=county)
    latest = {batch.feed: batch for batch in rows.order_by("feed", "-period", "-delivered_at").distinct("feed")}
    own_only = scope_of(actor).by_unit and not scope_of(actor).divisions
    found = [
        _status(contract, county, latest.get(contract.name))
        for contract in load_contracts().values()
        if not own_only or contract.department == actor.unit.department
    ]
    order = ("late", "soon", "fresh", "missing", "off")
    return sorted(found, key=lambda one: order.index(one.light))


def feeds_to_deliver(actor: User) -> list[Contract]:
    """The feeds that the actor's department owns, if he may deliver."""
    if not may(actor, "feed.upload") or not county_of(actor):
        return []
    own = actor.unit.department
    return [one for one in load_contracts().values() if one.department == own and not one.disabled]


def whole_deliveries() -> Q:
    """The batches that tell how fresh a feed is: files that count; a single event says nothing of its period."""
    events = [contract.name for contract in load_contracts().values() if contract.period == "event"]
    return Q(state=BatchState.ACCEPTED) | Q(state=BatchState.JOINED, feed__in=events)


def waiting_corrections(*, actor: User, county: str) -> dict[str, int]:
    """{feed: how many corrections wait for the data officer} in one county."""
    require(actor, "feed.list")
    rows = Batch.objects.filter(in_sight(actor), county=county, state=BatchState.STAGED)
    return dict(rows.values_list("feed").annotate(Count("id")))


def _status(contract: Contract, county: str, latest: Batch | None) -> FeedStatus:
    if latest is None:
        return FeedStatus(contract, county, None, "off" if contract.disabled else "missing", None, None)
    if contract.period == "event":
        return FeedStatus(contract, county, latest, "fresh", None, None)
    due = fresh_until(latest.period, contract.freshness_days)
    days = (due - clock.today()).days
    light = "late" if days < 0 else "soon" if days <= SOON_DAYS else "fresh"
    return FeedStatus(contract, county, latest, light, due, days)

"""Runs of monitoring and the indicators that they evaluate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, require
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring.models import MonitorRun
from doudi.apps.monitoring.queries.basis import Clause, Limit, Place, clauses, limits
from doudi.apps.monitoring.queries.figures import indicator_figures
from doudi.apps.policy import queries as policy
from doudi.engine.indicators import Indicator, load_indicators
from doudi.engine.lake import load_contracts

STATES = {"on": ("已启用", "green"), "silent": ("试运行", "orange"), "off": ("已停用", "grey")}


def run_list(*, actor: User, cursor: str | None = None) -> Page:
    """One page of the runs of the counties that the actor may see, newest first."""
    require(actor, "monitor.read")
    rows = MonitorRun.objects.filter(exchange.in_counties(actor, "county")).defer("report", "inputs")
    return paginate(rows.select_related("county", "requested_by"), order=("-started_at", "-id"), cursor=cursor)


def run_get(*, actor: User, run_id: int) -> MonitorRun:
    """One run; :class:`NotFound` outside the actor's reach."""
    require(actor, "monitor.read")
    rows = MonitorRun.objects.filter(exchange.in_counties(actor, "county")).select_related("county", "requested_by")
    run = rows.filter(pk=run_id).first()
    if run is None:
        raise NotFound()
    return run


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator as it applies in one county now, and what came of it."""

    indicator: Indicator
    state_label: str
    state_colour: str
    feeds: list[str]
    limits: list[Limit]
    clauses: list[Clause]
    last_signals: int | None
    skipped: str
    opened: int
    verified: int
    hits: int


def indicator_list(*, actor: User, county: str = "") -> list[IndicatorRow]:
    """Every indicator with feeds, thresholds and clauses under the county's pack, its last run and its hit rate."""
    if not may(actor, "monitor.read"):
        require(actor, "alert.list")
    county = county or next(iter(exchange.counties_of(actor)), "")
    pack = policy.pack_for(county)
    last = MonitorRun.objects.filter(exchange.in_counties(actor, "county"), county=county, kind="MONTH", state="DONE")
    report: dict[str, Any] = last.order_by("-period", "-id").values_list("report", flat=True).first() or {}
    ran, skipped = report.get("indicators", {}), {entry["indicator"]: entry for entry in report.get("skipped", ())}
    figures = indicator_figures(actor)
    place = Place.of(pack, f"{clock.today():%Y-%m}", county)
    rows = []
    for indicator in load_indicators().values():
        counted = figures.get(indicator.code, {})
        label, colour = STATES[indicator.state]
        rows.append(
            IndicatorRow(
                indicator=indicator,
                state_label=label,
                state_colour=colour,
                feeds=[load_contracts()[feed].title for feed in indicator.feeds],
                limits=limits(indicator, place),
                clauses=clauses(indicator, pack),
                last_signals=ran[indicator.code]["signals"] if indicator.code in ran else None,
                skipped=skipped.get(indicator.code, {}).get("message", ""),
                opened=counted.get("opened", 0),
                verified=counted.get("verified", 0),
                hits=counted.get("hits", 0),
            )
        )
    return rows

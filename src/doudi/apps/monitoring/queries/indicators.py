"""Indicators as they apply in one county now: what they look for, with which numbers, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring.models import IndicatorSetting, MonitorRun
from doudi.apps.monitoring.queries.basis import Clause, Limit, Place, clauses, limits
from doudi.apps.monitoring.queries.examples import ShownExample, examples
from doudi.apps.monitoring.queries.figures import indicator_figures
from doudi.apps.monitoring.queries.precision import Precision, county_precision
from doudi.apps.monitoring.queries.settings import Local, county_shown, local, may_see, settings_of
from doudi.apps.policy import queries as policy
from doudi.engine.indicators import Indicator, load_indicators
from doudi.engine.indicators.periods import last_day
from doudi.engine.lake import load_contracts

STATES = {"on": ("已启用", "green"), "silent": ("试运行", "orange"), "off": ("已停用", "grey")}


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator in a county: its state with the setting behind it (None: the catalogue's), last run, precision."""

    indicator: Indicator
    state: str
    set_by: IndicatorSetting | None
    last_signals: int | None
    skipped: str
    opened: int
    precision: Precision

    @property
    def state_label(self) -> str:
        return STATES[self.state][0]

    @property
    def state_colour(self) -> str:
        return STATES[self.state][1]


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    row: IndicatorRow
    feeds: list[tuple[str, str]]
    """(title, owner) of the departments' data."""
    limits: list[Limit]
    clauses: list[Clause]
    examples: list[ShownExample]
    settings: list[IndicatorSetting]


def indicator_list(*, actor: User, county: str = "") -> list[IndicatorRow]:
    """Every indicator, supervision included, in the order of the codes."""
    return _rows(actor, county or county_shown(actor))


def indicator_page(*, actor: User, code: str, county: str = "") -> IndicatorPage:
    """One indicator with all that its page says; :class:`NotFound` for a code that does not exist."""
    county = county or county_shown(actor)
    row = next((row for row in _rows(actor, county) if row.indicator.code == code), None)
    if row is None:
        raise NotFound("没有这个指标。")
    pack = policy.pack_for(county)
    contracts = load_contracts()
    return IndicatorPage(
        row=row,
        feeds=[(contracts[feed].title, contracts[feed].owner_label) for feed in row.indicator.feeds],
        limits=limits(row.indicator, Place.of(pack, f"{clock.today():%Y-%m}", county)),
        clauses=clauses(row.indicator, pack),
        examples=examples(row.indicator),
        settings=settings_of(actor, code),
    )


def _rows(actor: User, county: str) -> list[IndicatorRow]:
    if not may_see(actor):
        require(actor, "monitor.read")
    own = local(county, last_day(f"{clock.today():%Y-%m}"))
    last = MonitorRun.objects.filter(exchange.in_counties(actor, "county"), county=county, kind="MONTH", state="DONE")
    report: dict[str, Any] = last.order_by("-period", "-id").values_list("report", flat=True).first() or {}
    figures, precision = indicator_figures(actor), county_precision(county)
    return [
        _row(one, own, report, figures.get(one.code, {}), precision.of(one.code)) for one in load_indicators().values()
    ]


def _row(
    one: Indicator, own: Local, report: dict[str, Any], counted: dict[str, int], precision: Precision
) -> IndicatorRow:
    ran = report.get("indicators", {})
    skipped = {entry["indicator"]: entry["message"] for entry in report.get("skipped", ())}
    return IndicatorRow(
        indicator=one,
        state=own.states.get(one.code, one.state),
        set_by=own.rows.get((one.code, "")),
        last_signals=ran[one.code]["signals"] if one.code in ran else None,
        skipped=skipped.get(one.code, ""),
        opened=counted.get("opened", 0),
        precision=precision,
    )

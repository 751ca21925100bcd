"""What a locality has set for its indicators: in force on a day, on trial, and its history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db.models import Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, require
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring.models import IndicatorSetting, IndicatorTrial, MonitorRun
from doudi.apps.policy import queries as policy
from doudi.engine.indicators import Indicator, load_indicators

MOST_PERIODS = 6


@dataclass(frozen=True)
class Local:
    """A county's own numbers and states as the engine takes them. ``rows``: (indicator, threshold) → the row."""

    overrides: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    rows: dict[tuple[str, str], IndicatorSetting] = field(default_factory=dict)

    def catalogue(self) -> Mapping[str, Indicator]:
        """The catalogue's indicators with the county's states."""
        return {
            code: replace(one, state=self.states[code]) if code in self.states else one
            for code, one in load_indicators().items()
        }

    def basis(self) -> dict[str, dict[str, object]]:
        """What a run keeps of it, so that it can be repeated."""
        numbers = {code: {name: str(value) for name, value in own.items()} for code, own in self.overrides.items()}
        return {"overrides": dict(numbers), "states": dict(self.states)}


def local(county: str, period_end: dt.date, *, today: dt.date | None = None, code: str = "") -> Local:
    """What is in force in a county: thresholds on the period's last day, states on the day of the run (today).

    The nearest division counts; of that the latest first day; of one day what was published last.
    """
    today = today or clock.today()
    near = {division: -distance for distance, division in enumerate(policy.above(county))}
    rows = IndicatorSetting.objects.filter(
        Q(threshold="", valid_from__lte=today) | ~Q(threshold="") & Q(valid_from__lte=period_end),
        division__in=near,
        state="PUBLISHED",
    ).select_related("drafted_by", "closed_by")
    if code:
        rows = rows.filter(indicator=code)
    best: dict[tuple[str, str], IndicatorSetting] = {}
    for row in sorted(rows, key=lambda row: (near[row.division], row.valid_from, row.closed_at, row.pk)):
        best[row.indicator, row.threshold] = row
    return _local({key: row for key, row in best.items() if row.value})


def local_with(county: str, period_end: dt.date, draft: IndicatorSetting) -> Local:
    """What would be in force with a draft."""
    found = local(county, period_end)
    rows = {**found.rows, (draft.indicator, draft.threshold): draft}
    return _local({key: row for key, row in rows.items() if row.value})


def _local(rows: dict[tuple[str, str], IndicatorSetting]) -> Local:
    known = load_indicators()
    overrides: dict[str, dict[str, Decimal]] = {}
    states: dict[str, str] = {}
    kept = {}
    for (code, threshold), row in rows.items():
        # A later release may have dropped an indicator or a threshold: its setting stays as history only.
        if code not in known or (threshold and threshold not in known[code].thresholds):
            continue
        kept[code, threshold] = row
        if threshold:
            overrides.setdefault(code, {})[threshold] = Decimal(row.value)
        else:
            states[code] = row.value
    return Local(overrides, states, kept)


def may_see(actor: User) -> bool:
    """Indicators and their settings hold nothing about a citizen: whoever works with alerts or sets them."""
    return any(may(actor, one) for one in ("monitor.read", "alert.list", "indicator.draft", "indicator.publish"))


def county_shown(actor: User) -> str:
    """The county whose settings the actor's pages show: the first with data, else that of the unit."""
    return next(iter(exchange.counties_of(actor)), "") or policy.county_of(actor.unit.division_id)


def setting_get(*, actor: User, setting_id: int) -> IndicatorSetting:
    """One setting that concerns the actor's division; :class:`NotFound` else."""
    if not may_see(actor):
        require(actor, "monitor.read")
    rows = _concerning(actor).select_related("drafted_by", "closed_by")
    setting = rows.filter(pk=setting_id).first()
    if setting is None:
        raise NotFound()
    return setting


def settings_of(actor: User, code: str) -> list[IndicatorSetting]:
    """Every setting of an indicator that concerns the actor's division, newest first."""
    rows = _concerning(actor).filter(indicator=code).select_related("drafted_by", "closed_by")
    return list(rows.order_by("-id")[:50])


def drafts_waiting(actor: User) -> list[IndicatorSetting]:
    """Drafts in the actor's divisions that wait to be published, oldest first."""
    return list(_concerning(actor).filter(state="DRAFT").select_related("drafted_by").order_by("id")[:50])


def trials_of(setting: IndicatorSetting) -> list[IndicatorTrial]:
    """The trials of a setting, newest first."""
    return list(setting.trials.select_related("county", "requested_by").order_by("-id")[:10])


def trial_periods(county: str) -> list[str]:
    """Past periods that can be tried: those that the county's lake or its runs have, newest first, twelve."""
    found = {period for files in exchange.lake_files(county).values() for period in files}
    found |= set(MonitorRun.objects.filter(county_id=county, state="DONE").values_list("period", flat=True))
    return sorted((one for one in found if one <= f"{clock.today():%Y-%m}"), reverse=True)[:12]


def _concerning(actor: User) -> QuerySet[IndicatorSetting]:
    own = policy.county_of(actor.unit.division_id)
    above = policy.above(own)
    return IndicatorSetting.objects.filter(Q(division__in=above) | Q(division__startswith=policy.stem(own)))

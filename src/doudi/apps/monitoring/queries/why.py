"""Why an alert: what the indicator looks for, the figures, the thresholds, where they come from, and the clause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may
from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring.models import Alert
from doudi.apps.monitoring.queries.basis import Clause, Limit, Place, alert_classes, clauses, limits
from doudi.engine.indicators import Indicator, figures, load_indicators
from doudi.engine.lake import load_contracts
from doudi.engine.rules import load_pack

_REGISTRY = {"members": "登记库（成员）", "households": "登记库（家庭）", "payments": "登记库（发放）"}


@dataclass(frozen=True, slots=True)
class Source:
    """A delivery (or the register) behind the figures. ``batch_id`` only where the actor may open the batch."""

    label: str
    owner: str
    period: str
    as_of: str
    delivered_at: dt.datetime | None
    batch_id: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run saw in one period."""

    period: str
    recorded_at: dt.datetime
    figures: list[tuple[str, str]]
    sources: list[Source]


@dataclass(frozen=True, slots=True)
class Why:
    code: str
    title: str
    looks_for: str
    note: str
    explanation: str
    class_label: str
    within_label: str
    handling: str
    handling_cite: str
    figures: list[tuple[str, str]]
    limits: list[Limit]
    sources: list[Source]
    clauses: list[Clause]
    outcomes: list[str]
    deadline_working_days: int
    pack_title: str
    version: str
    vanished_at: dt.datetime | None
    history: list[Seen]


def alert_why(*, actor: User, alert: Alert) -> Why:
    """Everything that explains ``alert``, which the caller took from a scoped query. A handful of statements."""
    indicator = load_indicators()[alert.indicator]
    pack = load_pack(alert.pack)
    classes = alert_classes(alert.pack)
    own = classes[alert.alert_class]
    seen = _history(actor, alert, indicator)
    return Why(
        code=indicator.code,
        title=indicator.title,
        looks_for=indicator.looks_for,
        note=indicator.note,
        explanation=alert.explanation,
        class_label=own.label,
        within_label=classes[own.within].label if own.within else "",
        handling=own.handling,
        handling_cite=f"{own.document} {own.clause}",
        figures=figures(indicator, alert.measures),
        limits=limits(indicator, Place.of(alert.pack, alert.period, alert.county_code, alert.household.area)),
        sources=seen[0].sources if seen else [],
        clauses=clauses(indicator, alert.pack),
        outcomes=list(indicator.outcomes.values()),
        deadline_working_days=indicator.deadline_working_days,
        pack_title=pack.title,
        version=alert.indicator_version,
        vanished_at=alert.vanished_at,
        history=seen,
    )


def _history(actor: User, alert: Alert, indicator: Indicator) -> list[Seen]:
    rows = list(alert.evidence.order_by("-period"))
    wanted = {_version(source) for row in rows for source in row.sources if not _of_registry(source)}
    batches = exchange.batches_by_version_for_system(alert.county_code, wanted)
    opens = may(actor, "feed.list")
    return [
        Seen(
            period=row.period,
            recorded_at=row.recorded_at,
            figures=figures(indicator, row.measures),
            sources=list(_sources(row.sources, batches, opens)),
        )
        for row in rows
    ]


def _sources(
    found: Iterable[Mapping[str, Any]], batches: Mapping[tuple[str, str, str], Any], opens: bool
) -> Iterable[Source]:
    told = set()
    for source in found:
        if _version(source) in told:
            continue
        told.add(_version(source))
        if _of_registry(source):
            label = _REGISTRY.get(source["source"].removeprefix("registry."), "登记库")
            yield Source(label, "民政", source["period"], source["as_of"], None, None)
            continue
        contract, batch = load_contracts()[source["source"]], batches.get(_version(source))
        yield Source(
            contract.title,
            contract.owner_label,
            source["period"],
            source["as_of"],
            batch.delivered_at if batch else None,
            batch.pk if batch and opens else None,
        )


def _version(source: Mapping[str, Any]) -> tuple[str, str, str]:
    return source["source"], source["period"], source["version"]


def _of_registry(source: Mapping[str, Any]) -> bool:
    return str(source["source"]).startswith("registry.")

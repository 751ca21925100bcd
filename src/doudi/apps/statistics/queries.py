"""What the workbench and the menu count. Statistics stands above the other apps and asks each for its own figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, scope_of
from doudi.apps.casework import queries as casework
from doudi.apps.casework.queries.referrals import is_department
from doudi.apps.divisions.queries import division_names
from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring import queries as monitoring
from doudi.apps.policy import queries as policy
from doudi.apps.registry.choices import Category
from doudi.apps.registry.queries.figures import register_by_category

TODO_LIMIT = 10
_OFFICE = ("TOWN_CLERK", "TOWN_HEAD", "CNTY_REVIEW", "CNTY_LEAD")
# what the bell adds up: counter → roles for which it waits, as the state tables have it
_BELL = {
    "alerts_new": _OFFICE,
    "alerts_verified": _OFFICE,
    "alerts_resolved": ("TOWN_HEAD", "CNTY_REVIEW", "CNTY_LEAD"),
    "own_visits": ("VIL_ASSIST", "TOWN_CLERK"),
    "referrals_rejected": _OFFICE,
    "applications_submitted": ("TOWN_CLERK", "CNTY_REVIEW"),
    "applications_reviewed": ("TOWN_HEAD", "CNTY_LEAD"),
    "conferences_proposed": ("CNTY_REVIEW", "CNTY_LEAD"),
    "conferences_decided": ("CNTY_REVIEW", "CNTY_LEAD"),
}


def counts(actor: User) -> dict[str, int]:
    """All counters of the actor, ``alerts_*`` beside casework's; read once a request."""
    cached: dict[str, int] | None = getattr(actor, "_counts", None)
    if cached is None:
        alerts = monitoring.counters(actor)
        cached = {f"alerts_{name.lower()}": number for name, number in alerts.items()} | casework.counters(actor=actor)
        actor._counts = cached  # type: ignore[attr-defined]
    return cached


def menu_counters(actor: User) -> dict[str, int]:
    """What waits for the actor, by the menu's names; ``todo`` is the bell's."""
    found, roles = dict(counts(actor)), scope_of(actor).roles
    if found.get("applications_reviewed") and not casework.decides(actor):
        found["applications_reviewed"] = 0
    bell = sum(found.get(name, 0) for name, waiting in _BELL.items() if roles.intersection(waiting))
    referrals = found.get("referrals_sent", 0) + found.get("referrals_accepted", 0)
    office = not is_department(actor)
    return {
        "alerts": found.get("alerts_open", 0),
        "applications": found.get("applications_submitted", 0) + found.get("applications_reviewed", 0),
        "visits": found.get("visits_open", 0),
        "own_visits": found.get("own_visits", 0),
        "referrals": found.get("referrals_rejected", 0) if office else referrals,
        "conferences": found.get("conferences_proposed", 0) + found.get("conferences_decided", 0),
        "changes": policy.waiting(actor),
        "todo": bell if office else bell + referrals,
    }


@dataclass(frozen=True, slots=True)
class Figure:
    """A counter of the workbench: ``page`` with ``query`` is the list behind it."""

    number: int
    label: str
    note: str
    icon: str
    colour: str
    page: str
    query: dict[str, str]


def figures(actor: User) -> list[Figure]:
    """The counters that fit the actor's permissions, in the order of the work."""
    return [make(found) for operation, make in _FIGURES if may(actor, operation) for found in [counts(actor)]]


def _overdue(number: int) -> str:
    return f"其中 {number} 件已超期" if number else "没有超期"


_FIGURES = (
    (
        "alert.list",
        lambda n: Figure(
            n["alerts_open"],
            "未办结预警",
            f"红 {n['alerts_red']} · 橙 {n['alerts_orange']} · 黄 {n['alerts_yellow']}",
            "bell-ringing",
            "red",
            "monitoring:list",
            {"state": "OPEN"},
        ),
    ),
    (
        "alert.list",
        lambda n: Figure(
            n["alerts_overdue"],
            "超期预警",
            f"今明两天到期 {n['alerts_due_soon']} 件",
            "alert-triangle",
            "orange",
            "monitoring:list",
            {"state": "OPEN", "overdue": "on"},
        ),
    ),
    (
        "alert.list",
        lambda n: Figure(
            n["visits_open"],
            "待走访",
            _overdue(n["visits_overdue"]),
            "route",
            "green",
            "casework:visits",
            {"state": "ASSIGNED"},
        ),
    ),
    (
        "referral.list",
        lambda n: Figure(
            n["referrals_sent"],
            "待签收转办",
            _overdue(n["referrals_overdue"]),
            "transform",
            "purple",
            "casework:referrals",
            {"state": "SENT"},
        ),
    ),
    (
        "referral.handle",
        lambda n: Figure(
            n["referrals_accepted"],
            "办理中转办",
            "办结后请及时反馈",
            "clipboard-check",
            "blue",
            "casework:referrals",
            {"state": "ACCEPTED"},
        ),
    ),
    (
        "referral.handle",
        lambda n: Figure(
            n["referrals_overdue"],
            "超期转办",
            "请尽快办理并反馈",
            "alert-triangle",
            "red",
            "casework:referrals",
            {"overdue": "1"},
        ),
    ),
    (
        "application.read",
        lambda n: Figure(
            n["applications_submitted"],
            "待审核申请",
            f"待确认 {n['applications_reviewed']} 件",
            "file-text",
            "blue",
            "casework:applications",
            {"state": "SUBMITTED"},
        ),
    ),
)


def register_chart(actor: User) -> dict[str, Any]:
    """The active register by category, as the donut chart takes it; each part leads to its list."""
    rows = register_by_category(actor)
    names = dict(Category.choices)
    return {
        "unit": "人",
        "total": "在册人口",
        "items": [{"name": names[category], "value": persons, "code": category} for category, _, persons in rows],
    }


def trend_chart(actor: User) -> dict[str, Any]:
    """Alerts of six months by severity, as the stacked chart takes them."""
    found = monitoring.trend(actor)
    return {
        "unit": "件",
        "axis": "月份",
        "categories": [f"{int(month[5:])}月" for month in found["months"]],
        "series": [{"name": one["label"], "values": one["values"], "colour": one["key"]} for one in found["series"]],
    }


@dataclass(frozen=True, slots=True)
class Punctuality:
    """A sub-division's share of alerts done in time, percent."""

    code: str
    name: str
    done: int
    percent: int


def punctuality(actor: User) -> list[Punctuality]:
    """By the level below the actor's own."""
    rows = [row for row in monitoring.on_time_rate(actor) if row.rate is not None]
    names = division_names([row.division for row in rows])
    return [
        Punctuality(row.division, names.get(row.division, row.division), row.done, round((row.rate or 0) * 100))
        for row in rows
    ]


def todo(actor: User) -> list[casework.Todo]:
    """The most urgent things that wait for the actor."""
    return casework.todo(actor=actor, limit=TODO_LIMIT)


def feed_lights(actor: User) -> list[Any]:
    """Freshness of the connected feeds that the actor sees, what wants attention first."""
    rows = exchange.feed_status(actor=actor) if may(actor, "feed.list") else []
    return [row for row in rows if row.latest]

"""Figures over the actor's alerts: counters, trend, punctuality, indicators. Each is one grouped statement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, restrict, scope_of
from doudi.apps.base import clock
from doudi.apps.base.scoped import LEVELS
from doudi.apps.monitoring.models import Alert, Severity
from doudi.apps.monitoring.queries.alerts import OPEN, overdue
from doudi.apps.monitoring.states import ALERT, UNCHECKED


def counters(actor: User) -> dict[str, int]:
    """Open alerts in the actor's scope: in all, ``overdue``, ``due_soon`` (today, tomorrow), by severity, by state."""
    if not may(actor, "alert.list"):
        return {}
    soon = clock.today() + dt.timedelta(days=1)
    wanted = {
        "open": OPEN,
        "overdue": overdue(),
        "due_soon": OPEN & Q(due_on__range=(clock.today(), soon)),
        "no_deadline": OPEN & Q(due_on=None),
        **{severity.value: OPEN & Q(severity=severity) for severity in Severity},
        **{state.code: Q(state=state.code) for state in ALERT.states if not state.final},
    }
    rows = restrict(Alert.objects.all(), actor).filter(OPEN)
    return rows.aggregate(**{name: Count("pk", filter=condition) for name, condition in wanted.items()})


def trend(actor: User, months: int = 6) -> dict[str, Any]:
    """Alerts created in each of the last ``months`` months, by severity.

    ``{"months": ["2025-01", …], "series": [{"key": "red", "label": "红色", "values": [3, …]}, …]}``
    """
    first = clock.today().replace(day=1)
    starts = [first]
    for _ in range(months - 1):
        starts.insert(0, (starts[0] - dt.timedelta(days=1)).replace(day=1))
    names = [f"{start:%Y-%m}" for start in starts]
    counted: dict[tuple[str, str], int] = {}
    if may(actor, "alert.list"):
        since = timezone.make_aware(dt.datetime.combine(starts[0], dt.time.min))
        rows = restrict(Alert.objects.filter(created_at__gte=since), actor)
        for month, severity, number in (
            rows.order_by()
            .annotate(month=TruncMonth("created_at"))
            .values_list("month", "severity")
            .annotate(number=Count("pk"))
        ):
            counted[f"{month:%Y-%m}", severity] = number
    series = [
        {
            "key": severity.value,
            "label": severity.label,
            "values": [counted.get((name, severity.value), 0) for name in names],
        }
        for severity in Severity
    ]
    return {"months": names, "series": series}


@dataclass(frozen=True, slots=True)
class OnTime:
    """Punctuality of one division: ``done`` alerts that are closed or went overdue, ``on_time`` of them."""

    division: str
    done: int
    on_time: int

    @property
    def rate(self) -> float | None:
        return self.on_time / self.done if self.done else None


def on_time_rate(actor: User, *, days: int = 180) -> list[OnTime]:
    """Alerts of the last ``days`` days checked in time, of those checked or overdue, by the level below the actor."""
    scope = scope_of(actor)
    if not may(actor, "alert.list") or not scope.divisions:
        return []
    top = min(LEVELS.index(column.removesuffix("_code")) for column, _ in scope.divisions)
    column = f"{LEVELS[min(top + 1, len(LEVELS) - 1)]}_code"
    since = clock.now() - dt.timedelta(days=days)
    late = Q(overdue_at__isnull=False) | overdue()
    rows = (
        restrict(Alert.objects.filter(created_at__gte=since, due_on__isnull=False), actor)
        .filter(~Q(state__in=UNCHECKED) | late)
        .order_by()
        .values_list(column)
        .annotate(done=Count("pk"), late=Count("pk", filter=late))
        .order_by(column)
    )
    return [OnTime(division, done, done - late) for division, done, late in rows]


def indicator_figures(actor: User, *, days: int = 180) -> dict[str, dict[str, int]]:
    """Per indicator: alerts opened in the last ``days`` days, still open, verified, and found true (hits)."""
    if not (may(actor, "monitor.read") or may(actor, "alert.list")):
        return {}
    since = clock.now() - dt.timedelta(days=days)
    rows = (
        restrict(Alert.objects.filter(created_at__gte=since), actor)
        .order_by()
        .values("indicator")
        .annotate(
            opened=Count("pk"),
            open=Count("pk", filter=OPEN),
            verified=Count("pk", filter=~Q(outcome="")),
            hits=Count("pk", filter=Q(outcome__startswith="TRUE")),
        )
    )
    return {row.pop("indicator"): row for row in rows}

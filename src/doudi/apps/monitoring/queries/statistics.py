"""Alerts in numbers: by division below, class and indicator; punctuality and hit rate. One grouped statement each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict, scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.base.scoped import LEVELS, level_codes
from doudi.apps.monitoring.models import Alert
from doudi.apps.monitoring.queries.alerts import OPEN, overdue
from doudi.apps.monitoring.queries.precision import CHECKED, HIT
from doudi.apps.monitoring.states import UNCHECKED

DAYS = (30, 90, 183, 365)


@dataclass(frozen=True, slots=True)
class Figures:
    """Alerts that began in the span: still open, overdue now; due ones checked in time; checked ones found true."""

    key: str
    opened: int
    open: int
    overdue: int
    due: int
    on_time: int
    checked: int
    hits: int

    @property
    def on_time_rate(self) -> float | None:
        return self.on_time / self.due if self.due else None

    @property
    def hit_rate(self) -> float | None:
        return self.hits / self.checked if self.checked else None


@dataclass(frozen=True, slots=True)
class Statistics:
    """``division``: what is counted; ``leads_down``: whether its rows have a level below them."""

    division: str
    days: int
    leads_down: bool
    total: Figures
    divisions: list[Figures]
    classes: list[Figures]
    indicators: list[Figures]


def alert_statistics(*, actor: User, division: str = "", days: int = 183) -> Statistics:
    """The actor's alerts of the last ``days`` days in ``division`` (his own where not given).

    Raises :class:`NotFound` for a division outside his own.
    """
    require(actor, "statistics.read")
    held = sorted(scope_of(actor).divisions, key=lambda one: (LEVELS.index(one[0].removesuffix("_code")), one[1]))
    if division and not any(_covers(column, code, division) for column, code in held):
        raise NotFound()
    division = division or (held[0][1] if held else "")
    column, code = next((item for item in reversed(level_codes(division).items()) if item[1]), ("", ""))
    level = LEVELS.index(column.removesuffix("_code")) if column else 0
    below = min(level + 1, len(LEVELS) - 1)
    since = clock.now() - dt.timedelta(days=days)
    rows = restrict(Alert.objects.filter(created_at__gte=since), actor)
    rows = rows.filter(**{column: code}) if column else rows
    return Statistics(
        division=division,
        days=days,
        leads_down=below < len(LEVELS) - 1,
        total=_figures("", rows.aggregate(**_counts())),
        divisions=_grouped(rows, f"{LEVELS[below]}_code"),
        classes=_grouped(rows, "alert_class"),
        indicators=_grouped(rows, "indicator"),
    )


def _covers(column: str, code: str, division: str) -> bool:
    return level_codes(division).get(column) == code


def _counts() -> dict[str, Count]:
    late = Q(overdue_at__isnull=False) | overdue()
    due = Q(due_on__isnull=False) & (~Q(state__in=UNCHECKED) | late)
    wanted = {"open": OPEN, "overdue": overdue(), "due": due, "late": due & late, "checked": CHECKED, "hits": HIT}
    return {"opened": Count("pk"), **{name: Count("pk", filter=one) for name, one in wanted.items()}}


def _grouped(rows: QuerySet[Alert], column: str) -> list[Figures]:
    """The most alerts first."""
    found = rows.order_by().values(column).annotate(**_counts()).order_by("-opened", column)
    return [_figures(row.pop(column), row) for row in found]


def _figures(key: str, row: Mapping[str, int]) -> Figures:
    return Figures(
        key,
        row["opened"],
        row["open"],
        row["overdue"],
        row["due"],
        row["due"] - row["late"],
        row["checked"],
        row["hits"],
    )

"""What to visit first: households whose alerts nobody has checked, so that the most useful visits come first.

A visit checks all alerts of its household. Red comes before orange before yellow, always: red is about life, safety or
money that leaks now. Of one severity the visit counts most that is most likely to find something: over the household's
alerts the sum of expected hit rate × (1 + days waited ÷ 30), so that nothing waits for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, FloatField, Func, IntegerField, Min, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base import clock
from doudi.apps.monitoring import parameters
from doudi.apps.monitoring.models import Alert, Severity, VisitCapacity
from doudi.apps.monitoring.queries.precision import CountyPrecision, Precision, county_precision
from doudi.apps.monitoring.queries.settings import county_shown
from doudi.apps.monitoring.states import UNCHECKED
from doudi.apps.registry import queries as registry

PAGE_SIZE = 20
MOST_PAGES = 50
_ORDER = [severity.value for severity in Severity]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one alert stands where it stands."""

    alert: Alert
    waited: int
    precision: Precision

    @property
    def text(self) -> str:
        """红色；已等 6 天；同类预警近6个月属实 42%（核查 31 件）."""
        return f"{self.alert.get_severity_display()}；{self.grounds}"

    @property
    def grounds(self) -> str:
        """The same without the severity, for a page that shows it as a badge."""
        rate = self.precision.rate
        if rate is None:
            learned = f"同类预警近6个月没有核查，按全县平均 {self.precision.prior:.0%} 估计"
        elif self.precision.checked < parameters.PRECISION_LEAST_CHECKED:
            learned = (
                f"同类预警近6个月属实 {rate:.0%}（只核查 {self.precision.checked} 件，"
                f"按 {self.precision.expected:.0%} 估计）"
            )
        else:
            learned = f"同类预警近6个月属实 {rate:.0%}（核查 {self.precision.checked} 件）"
        return f"已等 {self.waited} 天；{learned}"


@dataclass(frozen=True, slots=True)
class Visit:
    """One household of the queue. ``this_week``: within the county's capacity; None where no capacity is set."""

    rank: int
    household: Any
    reasons: Sequence[Reason]
    usefulness: float
    this_week: bool | None


@dataclass(frozen=True, slots=True)
class Queue:
    county: str
    visits: list[Visit]
    waiting: int
    page: int
    pages: int
    capacity: VisitCapacity | None
    by_severity: Mapping[str, int]
    """Households by their most severe alert."""


def visit_queue(*, actor: User, county: str = "", page: int = 1) -> Queue:
    """One page of the queue of a county (the actor's first), as far as it is the actor's.

    A handful of statements, whatever waits.
    """
    require(actor, "alert.list")
    county = county or county_shown(actor)
    precision = county_precision(county)
    alerts = restrict(Alert.objects.filter(county_code=county), actor)
    ranked, by_severity = _ranked(alerts, precision), _by_severity(alerts)
    waiting = sum(by_severity.values())
    pages = max(1, min(MOST_PAGES, -(-waiting // PAGE_SIZE)))
    page = min(max(1, page), pages)
    start = (page - 1) * PAGE_SIZE
    rows = list(ranked[start : start + PAGE_SIZE])
    capacity = VisitCapacity.objects.select_related("set_by").filter(county_id=county).first()
    return Queue(
        county=county,
        visits=list(_visits(actor, rows, start, precision, _this_week(county, capacity, precision))),
        waiting=waiting,
        page=page,
        pages=pages,
        capacity=capacity,
        by_severity=by_severity,
    )


def _ranked(alerts: QuerySet[Alert], precision: CountyPrecision) -> QuerySet[Alert, dict[str, Any]]:
    rate = Case(
        *[When(indicator=code, then=Value(one.expected)) for code, one in precision.known.items()],
        default=Value(precision.prior),
        output_field=FloatField(),
    )
    waited = Func(
        Value(clock.today()),
        TruncDate("created_at"),
        template="(%(expressions)s)",
        arg_joiner=" - ",
        output_field=IntegerField(),
    )
    useful = Sum(rate * (1.0 + waited * 1.0 / parameters.QUEUE_AGE_DAYS), output_field=FloatField())
    rows = alerts.filter(state__in=UNCHECKED).order_by().values("household_id")
    return rows.annotate(severest=Min(_position()), useful=useful).order_by("severest", "-useful", "household_id")


def _position() -> Case:
    return Case(
        *[When(severity=severity, then=Value(position)) for position, severity in enumerate(_ORDER)],
        output_field=IntegerField(),
    )


def _by_severity(alerts: QuerySet[Alert]) -> dict[str, int]:
    """{severity: households whose most severe alert it is}."""
    severest = alerts.filter(state__in=UNCHECKED).order_by().values("household_id").annotate(severest=Min(_position()))
    counted = severest.aggregate(
        **{severity: Count("severest", filter=Q(severest=position)) for position, severity in enumerate(_ORDER)}
    )
    return {severity: counted[severity] for severity in _ORDER}


def _this_week(county: str, capacity: VisitCapacity | None, precision: CountyPrecision) -> set[int] | None:
    """The households that the whole county's capacity reaches this week; None without a capacity."""
    if capacity is None:
        return None
    ranked = _ranked(Alert.objects.filter(county_code=county), precision)
    return {row["household_id"] for row in ranked[: capacity.visits]}


def _visits(
    actor: User,
    rows: Sequence[Mapping[str, Any]],
    start: int,
    precision: CountyPrecision,
    week: set[int] | None,
) -> list[Visit]:
    ids = [row["household_id"] for row in rows]
    alerts = restrict(Alert.objects.filter(household_id__in=ids, state__in=UNCHECKED), actor)
    by_household: dict[int, list[Alert]] = {}
    for alert in alerts.select_related("assignee").order_by("pk"):
        by_household.setdefault(alert.household_id, []).append(alert)
    homes = registry.households_for_system(ids)
    return [
        Visit(
            rank=start + number,
            household=homes[row["household_id"]],
            reasons=_reasons(by_household.get(row["household_id"], []), precision),
            usefulness=row["useful"],
            this_week=None if week is None else row["household_id"] in week,
        )
        for number, row in enumerate(rows, 1)
    ]


def _reasons(alerts: Sequence[Alert], precision: CountyPrecision) -> list[Reason]:
    """The most severe first, of these the one most likely right."""
    today = clock.today()
    reasons = [
        Reason(alert, (today - timezone.localtime(alert.created_at).date()).days, precision.of(alert.indicator))
        for alert in alerts
    ]
    return sorted(reasons, key=lambda one: (_ORDER.index(one.alert.severity), -one.precision.expected, one.alert.pk))

"""Visits by plan as higher apps ask for them: last seen at home, being visited, what was found."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import DateField, Exists, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import restrict
from doudi.apps.casework.choices import Outcome, Purpose
from doudi.apps.casework.models import Visit, VisitTask


def last_home_visit(on: str = "household_id") -> Subquery:
    """To annotate rows of households: the day of the last visit at home at which somebody was met (else None)."""
    rows = Visit.objects.filter(task__household_id=OuterRef(on), method="HOME").exclude(outcome=Outcome.NOT_FOUND)
    days = rows.order_by().values("task__household_id").annotate(day=Max(TruncDate("visited_at"))).values("day")
    return Subquery(days, output_field=DateField())


def visit_under_way(on: str = "household_id") -> Exists:
    """To annotate rows of households: whether somebody is being sent there."""
    return Exists(VisitTask.objects.filter(household_id=OuterRef(on), state="ASSIGNED"))


def found_by_plan(*, actor: User, outcomes: Collection[str]) -> QuerySet[VisitTask]:
    """Done tasks without alerts in the actor's divisions that ended in one of the outcomes, with their visits."""
    rows = VisitTask.objects.exclude(purpose=Purpose.ALERT).filter(state="DONE", visit__outcome__in=outcomes)
    return restrict(rows, actor).select_related("household", "visitor", "visit")


def open_inspections_for_system(household_ids: Iterable[int]) -> dict[int, VisitTask]:
    """{household: its inspection under way} of the households; the caller has checked the actor's reach."""
    rows = VisitTask.objects.filter(household_id__in=list(household_ids), state="ASSIGNED", purpose=Purpose.INSPECTION)
    return {task.household_id: task for task in rows.select_related("visitor")}

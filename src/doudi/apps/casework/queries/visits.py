"""Visit tasks and visits. A visitor sees the tasks that are his; an office those of its divisions."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict, scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.casework.models import Outcome, Visit, VisitTask


@dataclass(frozen=True, slots=True)
class VisitFilters:
    """``state`` '' is all; ``overdue`` open tasks past their day; ``mine`` the actor's own."""

    state: str = ""
    purpose: str = ""
    overdue: bool = False
    township: str = ""
    village: str = ""
    outcome: str = ""
    mine: bool = False
    q: str = ""


def overdue() -> Q:
    """Open tasks whose day has passed."""
    return Q(state="ASSIGNED", due_on__lt=clock.today())


def visible(actor: User) -> QuerySet[VisitTask]:
    """Division reach, and everybody's own tasks."""
    return VisitTask.objects.filter(scope_of(actor).condition() | Q(visitor=actor))


def visit_task_list(*, actor: User, filters: VisitFilters | None = None, cursor: str | None = None) -> Page:
    """One page of the tasks in the actor's divisions, the newest first."""
    require(actor, "alert.list")
    wanted = filters or VisitFilters()
    rows = restrict(VisitTask.objects.all(), actor)
    columns = {
        "state": wanted.state,
        "purpose": wanted.purpose,
        "township_code": wanted.township,
        "village_code": wanted.village,
    }
    rows = rows.filter(**{name: value for name, value in columns.items() if value})
    if wanted.overdue:
        rows = rows.filter(overdue())
    if wanted.outcome in Outcome.values:
        rows = rows.filter(visit__outcome=wanted.outcome)
    if wanted.mine:
        rows = rows.filter(visitor=actor)
    if text := wanted.q.strip():
        rows = rows.filter(Q(household__head_name__startswith=text) | Q(household__household_no=text))
    rows = rows.select_related("household", "visitor", "visit")
    return paginate(rows, order=("-assigned_at", "-id"), cursor=cursor)


def visit_task_get(*, actor: User, task_id: int) -> VisitTask:
    """One task with its visit; :class:`NotFound` outside the actor's divisions and own tasks."""
    require(actor, "alert.read")
    rows = visible(actor).select_related("household", "visitor__unit", "assigned_by", "visit__visitor")
    task = rows.filter(pk=task_id).first()
    if task is None:
        raise NotFound()
    return task


def own_tasks(*, actor: User, done: bool = False) -> list[VisitTask]:
    """What the visitor has to do, the most urgent first; with ``done`` the last thirty that he did."""
    require(actor, "visit.record")
    rows = VisitTask.objects.filter(visitor=actor).select_related("household").prefetch_related("alerts")
    if done:
        return list(rows.filter(state="DONE").select_related("visit").order_by("-visit__recorded_at")[:30])
    return list(rows.filter(state="ASSIGNED").order_by("due_on", "id"))


def own_task(*, actor: User, task_id: int) -> VisitTask:
    """One task of the visitor, open or done; :class:`NotFound` for anybody else's."""
    require(actor, "visit.record")
    rows = VisitTask.objects.filter(visitor=actor).select_related("household", "assigned_by__unit", "visit")
    task = rows.filter(pk=task_id).first()
    if task is None:
        raise NotFound()
    return task


def visits_of_household(*, actor: User, household_id: int) -> list[VisitTask]:
    """The household's tasks with their visits, newest first (for its page)."""
    rows = visible(actor).filter(household_id=household_id).select_related("visitor", "visit")
    return list(rows.order_by("-assigned_at")[:100])


def visits_of_alert(*, actor: User, alert_id: int) -> list[Visit]:
    """The visits that verified an alert, newest first."""
    rows = Visit.objects.filter(task__in=visible(actor).filter(alerts=alert_id))
    return list(rows.select_related("visitor").order_by("-visited_at"))


def open_task_of_alert(*, actor: User, alert_id: int) -> VisitTask | None:
    """The task that is to verify the alert, if one is open."""
    return visible(actor).filter(alerts=alert_id, state="ASSIGNED").select_related("visitor").first()

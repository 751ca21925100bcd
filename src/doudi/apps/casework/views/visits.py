"""Visit tasks for the office, and the phone pages of the visitor."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.casework import forms, queries, services
from doudi.apps.casework.choices import OUTCOMES, Outcome, Purpose
from doudi.apps.casework.policy import switches_for
from doudi.apps.casework.states import VISIT
from doudi.apps.casework.views.steps import attempt, page_of
from doudi.apps.monitoring import queries as monitoring
from doudi.apps.registry import queries as registry
from doudi.engine.indicators import load_indicators


@require_GET
def visits(request: HttpRequest) -> HttpResponse:
    given = request.GET
    filters = queries.VisitFilters(
        state=given.get("state", ""),
        purpose=given.get("purpose", ""),
        overdue=given.get("overdue") == "1",
        township=given.get("township", ""),
        village=given.get("village", ""),
        outcome=given.get("outcome", ""),
        mine=given.get("mine") == "1",
        q=given.get("q", ""),
    )
    page = queries.visit_task_list(actor=request.user, filters=filters, cursor=given.get("cursor"))
    return page_of(
        request,
        "casework/visits.html",
        page=page,
        filters=filters,
        households=_shown(request, page.rows),
        process=VISIT,
        counters=queries.counters(actor=request.user),
        outcomes=Outcome.choices,
        purposes=Purpose.choices,
    )


@require_GET
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    task = queries.visit_task_get(actor=request.user, task_id=pk)
    household = registry.household_get(request.user, task.household_id)
    _read(request, task)
    return page_of(
        request,
        "casework/visit.html",
        task=task,
        visit=getattr(task, "visit", None),
        household=registry.shown(request.user, household),
        alerts=list(task.alerts.order_by("pk")),
        state=VISIT.state(task.state),
    )


@require_GET
def m_home(request: HttpRequest) -> HttpResponse:
    tasks = queries.own_tasks(actor=request.user)
    return page_of(request, "casework/m_home.html", tasks=tasks, households=_shown(request, tasks))


@require_GET
def m_done(request: HttpRequest) -> HttpResponse:
    """What the visitor did; the families' files are closed to him again, so only village and day are shown."""
    return page_of(request, "casework/m_done.html", tasks=queries.own_tasks(actor=request.user, done=True))


@require_GET
def m_visit(request: HttpRequest, pk: int) -> HttpResponse:
    task = queries.own_task(actor=request.user, task_id=pk)
    if task.state != "ASSIGNED":
        return page_of(request, "casework/m_sent.html", task=task, visit=getattr(task, "visit", None))
    household = registry.household_get(request.user, task.household_id)
    _read(request, task)
    return page_of(
        request,
        "casework/m_visit.html",
        task=task,
        household=registry.shown(request.user, household),
        members=registry.household_members(request.user, household),
        reasons=_reasons(request, task),
        titles={code: indicator.title for code, indicator in load_indicators().items()},
    )


@require_http_methods(["GET", "POST"])
def m_record(request: HttpRequest, pk: int) -> HttpResponse:
    task = queries.own_task(actor=request.user, task_id=pk)
    outcomes = [(one.value, one.label) for one in OUTCOMES[task.purpose]]
    form = forms.VisitForm(request.POST or None, initial={"uid": uuid.uuid4()}, outcomes=outcomes)
    if request.method == "POST":
        if attempt(form, lambda: services.visit_record(actor=request.user, task_id=task.pk, **form.cleaned_data)):
            messages.success(request, "走访记录已提交。")
            return redirect("casework:m_visit", task.pk)
    elif task.state != "ASSIGNED":
        return redirect("casework:m_visit", task.pk)
    switches = switches_for(task.village_code or task.county_code)
    response = page_of(
        request,
        "casework/m_record.html",
        task=task,
        form=form,
        switches=switches,
    )
    response.status_code = 422 if form.is_bound else 200
    return response


def _reasons(request: HttpRequest, task: Any) -> list[Any]:
    """The alerts of the task that wait, in plain words."""
    waiting = monitoring.open_alerts_of_household(actor=request.user, household_id=task.household_id)
    ids = set(task.alerts.values_list("pk", flat=True))
    return [one for one in waiting if one.pk in ids]


def _shown(request: HttpRequest, tasks: Any) -> dict[int, Any]:
    """{household id: household as the actor may see it}."""
    rows = registry.shown_many(request.user, {task.household_id: task.household for task in tasks}.values())
    return {row.id: row for row in rows}


def _read(request: HttpRequest, task: Any) -> None:
    record(Action.READ, actor=request.user, object_type="visit", object_id=task.pk, household_id=task.household_id)

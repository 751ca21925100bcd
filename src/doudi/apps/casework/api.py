"""Visits through the API, for the phone that sends when it has a connection again: the same service, the same scope."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.casework import queries, services
from doudi.apps.registry import queries as registry

router = Router(tags=["visits"])


class VisitIn(Schema):
    """One visit record; ``uid`` is made on the phone and makes sending it again harmless."""

    uid: uuid.UUID
    outcome: str
    findings: str
    method: str = "HOME"
    met: str = ""
    suggestion: str = ""
    visited_at: dt.datetime | None = None
    other_difficulty: str = ""
    next_visit_on: dt.date | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None


@router.get("/", summary="The caller's own open tasks, the most urgent first")
def own_tasks(request: HttpRequest) -> dict[str, Any]:
    tasks = queries.own_tasks(actor=request.user)
    shown = {row.id: row for row in registry.shown_many(request.user, [task.household for task in tasks])}
    for task in tasks:
        record(Action.READ, actor=request.user, object_type="visit", object_id=task.pk, household_id=task.household_id)
    return {"tasks": [_task(task, shown[task.household_id]) for task in tasks]}


@router.post("/{task_id}/record", summary="Record a visit; again with the same uid has no further effect")
def record_visit(request: HttpRequest, task_id: int, visit: VisitIn) -> dict[str, Any]:
    made = services.visit_record(actor=request.user, task_id=task_id, **visit.dict())
    return {"uid": str(made.uid), "task": made.task_id, "outcome": made.outcome, "recorded_at": made.recorded_at}


def _task(task: Any, household: Any) -> dict[str, Any]:
    return {
        "task": task.pk,
        "head_name": household.head_name,
        "village": household.village,
        "address": household.address,
        "due_on": task.due_on,
        "due_note": task.due_note,
        "instruction": task.instruction,
        "purpose": task.get_purpose_display(),
        "reasons": [alert.explanation for alert in task.alerts.all()],
    }

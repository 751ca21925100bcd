"""Visits without an alert that found something, and what the office did about it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, require
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.casework.queries.plans import found_by_plan

FINDINGS = ("CHANGED", "PROBLEM", "TRUE_EMERGENCY", "MOVED")


def _rows(actor: User) -> QuerySet[Any]:
    return found_by_plan(actor=actor, outcomes=FINDINGS)


def finding_list(*, actor: User, done: bool = False, cursor: str | None = None) -> Page:
    """Findings that wait for the office (``done``: that were answered), the newest first."""
    require(actor, "inspection.read")
    rows = _rows(actor).filter(follow_up__isnull=not done)
    rows = rows.select_related("follow_up__actor", "follow_up__application")
    return paginate(rows, order=["-id"], cursor=cursor)


def finding_get(*, actor: User, task_id: int) -> Any:
    """One finding; :class:`NotFound` for a visit that found nothing or lies outside the actor's divisions."""
    require(actor, "inspection.read")
    rows = _rows(actor).select_related("follow_up__actor", "follow_up__application")
    task = rows.filter(pk=task_id).first()
    if task is None:
        raise NotFound()
    return task


def findings_waiting(actor: User) -> int:
    """How many wait in the actor's divisions."""
    if not may(actor, "inspection.manage"):
        return 0
    return _rows(actor).filter(follow_up=None).order_by().count()

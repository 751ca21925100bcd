"""Case conferences and applications in the actor's divisions."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.casework.models import Application, CaseConference

M = TypeVar("M", bound=Model)


def conference_list(
    *, actor: User, state: str = "", overdue: bool = False, q: str = "", cursor: str | None = None
) -> Page:
    """One page of conferences, newest first. ``overdue``: not held by its day, or not carried out by its day."""
    require(actor, "conference.read")
    rows = restrict(CaseConference.objects.all(), actor)
    if state:
        rows = rows.filter(state=state)
    if overdue:
        rows = rows.filter(conference_overdue())
    rows = _named(rows, q, "conference_no").select_related("household", "responsible_unit")
    return paginate(rows, order=("-proposed_at", "-id"), cursor=cursor)


def conference_overdue() -> Q:
    today = clock.today()
    return Q(state="PROPOSED", due_on__lt=today) | Q(state="DECIDED", execute_by__lt=today)


def conference_get(*, actor: User, conference_id: int) -> CaseConference:
    require(actor, "conference.read")
    rows = restrict(CaseConference.objects.all(), actor)
    return _one(rows.select_related("household", "alert", "referral", "responsible_unit", "proposed_by"), conference_id)


def conferences_of_alert(*, actor: User, alert_id: int) -> list[CaseConference]:
    return list(restrict(CaseConference.objects.all(), actor).filter(alert_id=alert_id).order_by("proposed_at"))


def application_list(
    *, actor: User, state: str = "", channel: str = "", q: str = "", cursor: str | None = None
) -> Page:
    """One page of applications and re-checks, newest first."""
    require(actor, "application.read")
    rows = restrict(Application.objects.all(), actor)
    rows = rows.filter(**{name: value for name, value in {"state": state, "channel": channel}.items() if value})
    rows = _named(rows, q, "application_no").select_related("household", "decision", "submitted_by")
    return paginate(rows, order=("-submitted_at", "-id"), cursor=cursor)


def application_get(*, actor: User, application_id: int) -> Application:
    require(actor, "application.read")
    rows = restrict(Application.objects.all(), actor)
    people = ("submitted_by__unit", "reviewed_by", "checked_by", "decided_by")
    return _one(rows.select_related("household", "alert", "decision", *people), application_id)


def applications_of_alert(*, actor: User, alert_id: int) -> list[Application]:
    return list(restrict(Application.objects.all(), actor).filter(alert_id=alert_id).order_by("submitted_at"))


def _named(rows: QuerySet[M], q: str, number: str) -> QuerySet[M]:
    text = q.strip()
    if not text:
        return rows
    return rows.filter(
        Q(**{f"{number}__startswith": text.upper()})
        | Q(household__head_name__startswith=text)
        | Q(household__household_no=text)
    )


def _one(rows: QuerySet[M], pk: int) -> M:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound()
    return row

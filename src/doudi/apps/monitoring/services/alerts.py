"""The verbs of an alert. Each moves one alert along its states, under a lock, with its trace on the household's chain.

``version`` is the one that the officer's page was made from: if somebody was faster, :class:`Conflict`. Who may do what
is in ``monitoring.states``; ``actor=None`` is the platform itself (role SYSTEM). An alert out of the actor's scope is
:class:`NotFound`. None of the verbs grants or stops a benefit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pghistory
from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import restrict, scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound
from doudi.apps.chain import services as chain
from doudi.apps.chain.models import Kind
from doudi.apps.monitoring.models import Alert
from doudi.apps.monitoring.states import ALERT

_SYSTEM = frozenset({"SYSTEM"})


@transaction.atomic
def alert_assign(*, actor: User, alert_id: int, assignee_id: int, version: int | None = None) -> Alert:
    """Hand the alert to a visitor (派发核查); again to another one: transferred."""
    alert = _locked(actor, alert_id, version)
    _move(alert, "assign", actor)
    alert.assignee = _visitor(alert, assignee_id)
    return _store(
        alert, actor, "assign", Kind.ASSIGNED, f"预警“{alert.explanation[:60]}”派发给{alert.assignee.name}核查"
    )


@transaction.atomic
def alert_verify(
    *,
    actor: User,
    alert_id: int,
    outcome: str,
    outcome_label: str = "",
    suggestion: str = "",
    version: int | None = None,
) -> Alert:
    """Record what the visit found (核查结论) and the suggestion for assistance.

    ``outcome`` is the code, ``outcome_label`` what officers read of it.
    """
    alert = _locked(actor, alert_id, version)
    _move(alert, "verify", actor)
    alert.outcome, alert.suggestion = _needed(outcome, "outcome", "请选择核查结论"), suggestion.strip()[:300]
    return _store(
        alert,
        actor,
        "verify",
        Kind.DISPOSAL,
        f"预警核查结论：{outcome_label or outcome}",
        {"核查结论": outcome_label or outcome, "救助帮扶建议": alert.suggestion},
    )


@transaction.atomic
def alert_return(*, actor: User, alert_id: int, reason: str, version: int | None = None) -> Alert:
    """Send the finding back to be verified again (退回重新核查)."""
    alert = _locked(actor, alert_id, version)
    _move(alert, "return", actor)
    reason = _needed(reason, "reason", "请填写退回理由")
    alert.outcome = alert.suggestion = ""
    return _store(alert, actor, "return", Kind.DISPOSAL, f"核查结果退回：{reason}", {"退回理由": reason})


@transaction.atomic
def alert_dispose(
    *,
    actor: User,
    alert_id: int,
    disposal: str,
    disposal_label: str = "",
    note: str = "",
    due_on: dt.date | None = None,
    due_note: str = "",
    version: int | None = None,
) -> Alert:
    """Begin the disposal (分类处置) or change it. ``due_on`` or ``due_note`` replace the deadline by its own."""
    alert = _locked(actor, alert_id, version)
    _move(alert, "redispose" if alert.state == "DISPOSING" else "dispose", actor)
    alert.disposal = _needed(disposal, "disposal", "请选择处置方式")
    if due_on or due_note:
        alert.due_on, alert.due_note = due_on, due_note
    return _store(
        alert,
        actor,
        "dispose",
        Kind.DISPOSAL,
        f"预警处置：{disposal_label or disposal}" + (f"，{note}" if note else ""),
        {"处置方式": disposal_label or disposal, "说明": note},
    )


@transaction.atomic
def alert_watch(*, actor: User, alert_id: int, until: dt.date, version: int | None = None) -> Alert:
    """Keep watching (继续观察) until a date, which becomes the alert's next deadline."""
    alert = _locked(actor, alert_id, version)
    _move(alert, "watch", actor)
    if until <= clock.today():
        raise Invalid("下次核查日期应晚于今天", where="until", hint="请选择以后的日期")
    alert.due_on, alert.due_note = until, ""
    return _store(alert, actor, "watch", Kind.DISPOSAL, f"继续观察至{until:%Y-%m-%d}", {"下次核查": until.isoformat()})


@transaction.atomic
def alert_resolve(*, actor: User | None, alert_id: int, note: str = "", version: int | None = None) -> Alert:
    """The disposal is carried out (处置完成): feedback, decision or resolution came in."""
    alert = _locked(actor, alert_id, version)
    _move(alert, "resolve", actor)
    return _store(
        alert, actor, "resolve", Kind.DISPOSAL, "预警处置完成" + (f"：{note}" if note else ""), {"说明": note}
    )


@transaction.atomic
def alert_close(*, actor: User, alert_id: int, reason: str, outcome: str = "", version: int | None = None) -> Alert:
    """Close with a reason (办结), also an alert that nobody verified; ``outcome`` where none was recorded."""
    alert = _locked(actor, alert_id, version)
    _move(alert, "close_unneeded" if alert.state in ("NEW", "ASSIGNED") else "close", actor)
    alert.close_reason = _needed(reason, "reason", "请填写办结理由")[:300]
    alert.outcome = alert.outcome or outcome
    alert.closed_at = clock.now()
    return _store(
        alert, actor, "close", Kind.CLOSED, f"预警办结：{alert.close_reason}", {"办结理由": alert.close_reason}
    )


def _locked(actor: User | None, alert_id: int, version: int | None) -> Alert:
    rows = Alert.objects.select_for_update(of=("self",))
    if actor is not None:
        rows = restrict(rows, actor, household="household_id")
    alert = rows.filter(pk=alert_id).first()
    if alert is None:
        raise NotFound()
    if version is not None and version != alert.version:
        raise Conflict()
    return alert


def _move(alert: Alert, event: str, actor: User | None) -> None:
    roles = _SYSTEM if actor is None else scope_of(actor).roles
    alert.state = ALERT.next_state(alert.state, event, roles)


def _needed(text: str, where: str, message: str) -> str:
    if not text.strip():
        raise Invalid(message, where=where)
    return text.strip()


def _visitor(alert: Alert, user_id: int) -> User:
    """The user who is to visit: active, a visitor by role, and at work where the household lives."""
    roles = next(t.roles for t in ALERT.transitions if t.event == "verify")
    user = User.objects.filter(
        pk=user_id,
        is_active=True,
        role_grants__role__in=roles,
        role_grants__division_id__in=[alert.village_code, alert.township_code],
    ).first()
    if user is None:
        raise Invalid(
            "该人员不能承担此户的核查", where="assignee", hint="请选择本村（社区）协理员或本乡镇（街道）经办人"
        )
    return user


def _store(
    alert: Alert, actor: User | None, verb: str, kind: Kind, title: str, body: Mapping[str, Any] | None = None
) -> Alert:
    alert.version += 1
    checked = verb == "verify" or (verb == "close" and not alert.assignee_id)
    if checked and alert.due_on and alert.overdue_at is None and alert.due_on < clock.today():
        alert.overdue_at = clock.now()  # done late before the daily mark saw it
    with pghistory.context(actor=actor.pk if actor else None, action=f"alert.{verb}"):
        alert.save()
        chain.append(
            kind,
            actor=actor,
            household_id=alert.household_id,
            person_id=alert.person_id,
            title=title,
            document=f"alert:{alert.pk}",
            body={"预警编号": alert.alert_no, **{label: text for label, text in (body or {}).items() if text}},
        )
    return alert

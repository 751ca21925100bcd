"""What waits for the actor: to-dos with their day, and the counters of the menu and the workbench."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Value

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, restrict, scope_of
from doudi.apps.assistance.items import item_name
from doudi.apps.casework.models import Application, CaseConference, VisitTask
from doudi.apps.casework.policy import switches_for
from doudi.apps.casework.queries import matters, referrals, visits
from doudi.apps.casework.states import APPLICATION, CONFERENCE, REFERRAL
from doudi.apps.monitoring.queries.alerts import visible as visible_alerts
from doudi.apps.monitoring.states import ALERT, UNCHECKED
from doudi.apps.registry.sight import sight_of
from doudi.engine.indicators import load_indicators


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do: ``kind`` label with its colour, who it is about, the step, and the page (URL name, argument)."""

    kind: str
    colour: str
    title: str
    subject: str
    village_code: str
    step: str
    due_on: dt.date | None
    due_note: str
    url: str
    pk: int
    action: str


def todo(*, actor: User, limit: int = 10) -> list[Todo]:
    """The most urgent things that wait for the actor, by his roles; without a day last. One statement a kind."""
    found = [one for source in _SOURCES for one in source(actor, limit)]
    return sorted(found, key=lambda one: (one.due_on is None, one.due_on or dt.date.max, one.pk))[:limit]


def counters(*, actor: User) -> dict[str, int]:
    """Counts for the menu, the tabs and the workbench; only the kinds that the actor may see. One statement."""
    parts: list[QuerySet[Any]] = []
    if may(actor, "alert.read"):
        parts += _counts(visits.visible(actor), visits_open=Q(state="ASSIGNED"), visits_overdue=visits.overdue())
    if may(actor, "visit.record"):
        parts += _counts(VisitTask.objects.filter(visitor=actor), own_visits=Q(state="ASSIGNED"))
    if may(actor, "referral.list"):
        parts += _counts(
            referrals.visible(actor),
            referrals_sent=Q(state="SENT"),
            referrals_accepted=Q(state="ACCEPTED"),
            referrals_rejected=Q(state="REJECTED"),
            referrals_feedback=Q(state="FEEDBACK"),
            referrals_overdue=referrals.overdue(),
        )
    if may(actor, "application.read"):
        parts += _counts(
            restrict(Application.objects.all(), actor),
            applications_submitted=Q(state="SUBMITTED"),
            applications_reviewed=Q(state="REVIEWED"),
        )
    if may(actor, "conference.read"):
        parts += _counts(
            restrict(CaseConference.objects.all(), actor),
            conferences_proposed=Q(state="PROPOSED"),
            conferences_decided=Q(state="DECIDED"),
            conferences_overdue=matters.conference_overdue(),
        )
    return dict(parts[0].union(*parts[1:], all=True)) if parts else {}


def _counts(rows: QuerySet[Any], **wanted: Q) -> list[QuerySet[Any]]:
    """One (name, number) query for each condition, to be joined into one statement."""
    return [
        rows.filter(condition)
        .order_by()
        .values(counter=Value(name))
        .annotate(number=Count("pk"))
        .values_list("counter", "number")
        for name, condition in wanted.items()
    ]


def _waiting(process: Any, actor: User, besides: Iterable[str] = ()) -> dict[str, str]:
    """{state: what the actor may do there}, from the state table."""
    roles = scope_of(actor).roles
    steps = {}
    for state in process.states:
        events = [event for event in process.events(state.code, roles) if event.event not in besides]
        if events:
            steps[state.code] = events[0].label
    return steps


def _alerts(actor: User, limit: int) -> list[Todo]:
    if not may(actor, "alert.list"):
        return []
    steps = _waiting(ALERT, actor, besides=("verify", "redispose", "return"))
    wanted = [state for state in ("NEW", "VERIFIED", "RESOLVED") if state in steps]
    rows = visible_alerts(actor).filter(state__in=wanted).order_by("due_on", "id")[:limit]
    titles = load_indicators()
    return [
        Todo(
            "预警" + {"NEW": "派发", "VERIFIED": "处置", "RESOLVED": "办结"}[row.state],
            row.severity,
            titles[row.indicator].title,
            row.subject_name,
            row.village_code,
            ALERT.state(row.state).label,
            row.due_on if row.state in UNCHECKED else None,  # the deadline is for the check
            row.due_note,
            "casework:alert",
            row.pk,
            {"NEW": "去派发", "VERIFIED": "去处置", "RESOLVED": "去办结"}[row.state],
        )
        for row in rows
    ]


def _visits(actor: User, limit: int) -> list[Todo]:
    if not may(actor, "visit.record"):
        return []
    rows = VisitTask.objects.filter(visitor=actor, state="ASSIGNED").select_related("household")
    return [
        Todo(
            "走访任务",
            "green",
            row.instruction or row.get_purpose_display(),
            row.household.head_name,
            row.village_code,
            "待走访",
            row.due_on,
            row.due_note,
            "casework:m_visit",
            row.pk,
            "去走访",
        )
        for row in rows.order_by("due_on", "id")[:limit]
    ]


def _referrals(actor: User, limit: int) -> list[Todo]:
    if not may(actor, "referral.list"):
        return []
    department = referrals.is_department(actor)
    states = referrals.TO_DO if department else ("REJECTED",)
    steps = _waiting(REFERRAL, actor)
    rows = referrals.visible(actor).filter(state__in=[state for state in states if state in steps])
    sight = sight_of(actor)
    return [
        Todo(
            "转办事项",
            "purple",
            f"{item_name(row.item)}：{row.need}",
            sight.name(row.household.head_name),
            row.village_code,
            REFERRAL.state(row.state).label,
            row.accept_due_on if row.state == "SENT" else row.handle_due_on,
            row.due_note,
            "casework:referral",
            row.pk,
            steps[row.state],
        )
        for row in rows.select_related("household").order_by("handle_due_on", "id")[:limit]
    ]


def _applications(actor: User, limit: int) -> list[Todo]:
    if not may(actor, "application.read"):
        return []
    steps = _waiting(APPLICATION, actor, besides=("check", "refuse"))
    if not may(actor, "application.decide") or not decides(actor):
        steps.pop("REVIEWED", None)
    rows = restrict(Application.objects.all(), actor).filter(state__in=list(steps)).select_related("household")
    return [
        Todo(
            "申请审核",
            "blue",
            f"{row.get_channel_display()}：{row.reason}",
            row.household.head_name,
            row.village_code,
            APPLICATION.state(row.state).label,
            None,
            "",
            "casework:application",
            row.pk,
            steps[row.state],
        )
        for row in rows.order_by("submitted_at")[:limit]
    ]


def decides(actor: User) -> bool:
    """Whether the actor's place confirms applications by its pack, and he for it."""
    return switches_for(actor.unit.division_id).deciding_role in scope_of(actor).roles


def _conferences(actor: User, limit: int) -> list[Todo]:
    if not may(actor, "conference.manage"):
        return []
    steps = _waiting(CONFERENCE, actor)
    rows = restrict(CaseConference.objects.all(), actor).filter(state__in=list(steps)).select_related("household")
    return [
        Todo(
            "一事一议",
            "grey",
            row.subject,
            row.household.head_name,
            row.village_code,
            CONFERENCE.state(row.state).label,
            row.due_on if row.state == "PROPOSED" else row.execute_by,
            row.due_note,
            "casework:conference",
            row.pk,
            steps[row.state],
        )
        for row in rows.order_by("due_on", "id")[:limit]
    ]


_SOURCES: tuple[Callable[[User, int], list[Todo]], ...] = (_alerts, _visits, _referrals, _applications, _conferences)

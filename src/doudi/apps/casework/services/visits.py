"""Sending a visitor and recording what was found (domain: one task a household, the strictest deadline)."""

from __future__ import annotations

import datetime as dt
import uuid as uuid_module
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound
from doudi.apps.base.idempotency import once
from doudi.apps.casework.choices import OUTCOMES, Outcome, Purpose
from doudi.apps.casework.limits import VISIT_TRIES, deadline
from doudi.apps.casework.models import Visit, VisitTask
from doudi.apps.casework.policy import Switches, switches_for
from doudi.apps.casework.queries.officers import may_enter
from doudi.apps.casework.services.common import clean, levels_of, needed, roles_of, work
from doudi.apps.casework.states import VISIT
from doudi.apps.chain import services as chain
from doudi.apps.chain.models import Kind
from doudi.apps.monitoring import queries as monitoring_queries
from doudi.apps.monitoring import services as monitoring
from doudi.apps.registry import queries as registry_queries
from doudi.apps.registry import services as registry

# An alert in one of these states still waits for a visit.
_TO_VISIT = ("NEW", "ASSIGNED")


def visit_assign(
    *,
    actor: User,
    alert_ids: Sequence[int],
    visitor_id: int,
    instruction: str = "",
    versions: Mapping[int, int] | None = None,
    key: str | None = None,
) -> list[VisitTask]:
    """Send ``visitor_id`` to the households of the alerts: one task a household for all its alerts that wait.

    Where another visitor has the task it is transferred: his task is cancelled and his access to the family ends.
    ``versions`` {alert id: version of the page}. :class:`Invalid` for nobody chosen, :class:`Conflict` for an alert
    that no longer waits for a visit.
    """
    require(actor, "alert.assign")
    if not alert_ids:
        raise Invalid("请至少选择一条预警", where="alerts")
    alerts = [monitoring_queries.alert_get(actor=actor, alert_id=alert_id) for alert_id in sorted(set(alert_ids))]
    households = sorted({alert.household_id for alert in alerts})

    def do() -> list[int]:
        tasks = []
        with work(actor, "visit.assign", *households):
            for household_id in households:
                chosen = {alert.pk for alert in alerts if alert.household_id == household_id}
                tasks.append(_assign_one(actor, household_id, chosen, visitor_id, instruction, versions or {}).pk)
        return tasks

    ids, _ = once(key, actor=actor, action="visit.assign", do=do)
    return list(VisitTask.objects.filter(pk__in=ids).order_by("pk"))


def _assign_one(
    actor: User, household_id: int, chosen: set[int], visitor_id: int, instruction: str, versions: Mapping[int, int]
) -> VisitTask:
    waiting = monitoring_queries.open_alerts_of_household(actor=actor, household_id=household_id)
    ids = sorted(chosen | {alert.pk for alert in waiting if alert.state in _TO_VISIT})
    assigned = [
        monitoring.alert_assign(actor=actor, alert_id=pk, assignee_id=visitor_id, version=versions.get(pk))
        for pk in ids
    ]
    existing = _open_tasks(household_id).exclude(purpose=Purpose.INSPECTION).first()
    if existing:
        _cancel(actor, existing)
    household = registry_queries.household_get(actor, household_id)
    return _open_task(actor, household, visitor_id, assigned, clean(instruction, 300))


def visit_send(
    *,
    actor: User,
    household_id: int,
    visitor_id: int,
    purpose: str,
    instruction: str = "",
    due_on: dt.date | None = None,
) -> VisitTask:
    """Send ``visitor_id`` to a household without an alert: a visit by plan or a random inspection.

    A household whose alerts are being visited anyway keeps that task for the plan, too; an open task of the same
    purpose is transferred. ``due_on`` None: the limit of visits. :class:`Invalid` for somebody who may not enter there.
    """
    require(actor, "alert.assign")
    if purpose not in (Purpose.KEYGROUP, Purpose.INSPECTION):
        raise Invalid("请选择走访事由", where="purpose")
    if due_on and due_on < clock.today():
        raise Invalid("完成时限不能早于今天", where="due_on")
    household = registry_queries.household_get(actor, household_id)
    visitor = User.objects.filter(pk=visitor_id).first()
    if visitor is None or not may_enter(visitor, household, anywhere=purpose == Purpose.INSPECTION):
        raise Invalid("该人员不能走访此户", where="visitor", hint="请选择本地的协理员或本乡镇（街道）经办人")
    with work(actor, "visit.send", household.pk):
        inspection = Q(purpose=Purpose.INSPECTION)
        existing = _open_tasks(household.pk).filter(inspection if purpose == Purpose.INSPECTION else ~inspection)
        task = existing.first()
        if task and (task.purpose != purpose or task.visitor_id == visitor.pk):
            return task
        if task:
            _cancel(actor, task)
        task = _open_task(actor, household, visitor.pk, [], clean(instruction, 300), purpose=purpose, due_on=due_on)
        chain.append(
            Kind.ASSIGNED,
            actor=actor,
            household_id=household.pk,
            title=f"{Purpose(purpose).label}派发给{visitor.name}",
            document=f"visit:{task.pk}",
        )
        return task


def _open_tasks(household_id: int) -> QuerySet[VisitTask]:
    return VisitTask.objects.select_for_update().filter(household_id=household_id, state="ASSIGNED")


def _open_task(
    assigned_by: User,
    household: Any,
    visitor_id: int,
    alerts: Sequence[Any],
    instruction: str,
    *,
    purpose: str = Purpose.ALERT,
    due_on: dt.date | None = None,
) -> VisitTask:
    dated = [(due_on, "")] if due_on else sorted((alert.due_on, alert.due_note) for alert in alerts if alert.due_on)
    undated = next((alert.due_note for alert in alerts if alert.due_on is None and alert.due_note), "")
    limit = deadline("visit", clock.today()) if not dated and not undated else None
    task = VisitTask.objects.create(
        household_id=household.pk,
        purpose=purpose,
        visitor_id=visitor_id,
        assigned_by=assigned_by,
        assigned_at=clock.now(),
        due_on=dated[0][0] if dated else limit.on if limit else None,
        due_note="" if dated else limit.note if limit else undated,
        state="ASSIGNED",
        instruction=instruction,
        **levels_of(household),
    )
    task.alerts.set([alert.pk for alert in alerts])
    # None: a repeat visit is opened while the visitor himself acts, who could not open the household to anybody
    registry.grant_open(
        actor=None, household_id=household.pk, user=task.visitor, purpose="visit", ref=f"visit:{task.pk}"
    )
    return task


def _cancel(actor: User | None, task: VisitTask) -> None:
    task.state = VISIT.next_state(task.state, "cancel", roles_of(actor))
    task.save(update_fields=["state"])
    registry.grant_close(ref=f"visit:{task.pk}")


def visit_drop_alert(*, actor: User, alert_id: int) -> None:
    """Take a closed alert out of the open task, inside another verb's work; a task without alerts is cancelled."""
    for task in VisitTask.objects.select_for_update().filter(alerts=alert_id, state="ASSIGNED"):
        task.alerts.remove(alert_id)
        if not task.alerts.exists():
            _cancel(actor, task)


def visit_record(
    *,
    actor: User,
    task_id: int,
    uid: uuid_module.UUID | str,
    outcome: str,
    findings: str,
    method: str = "HOME",
    met: str = "",
    suggestion: str = "",
    visited_at: dt.datetime | None = None,
    other_difficulty: str = "",
    next_visit_on: dt.date | None = None,
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
) -> Visit:
    """Record one visit; every alert of the task is verified with its finding and the visitor's access ends.

    ``uid`` is made where the form is filled in (phone): sent again it has no further effect. A family that was not met
    is visited once more by the same visitor; after the second try the office decides. Facts found change nothing in the
    registry. :class:`Invalid` where the locality's document asks for a home visit or a suggestion and there is none.
    """
    require(actor, "visit.record")
    uid = _uuid(uid)
    task = VisitTask.objects.filter(pk=task_id, visitor=actor).first()
    if task is None:
        raise NotFound()

    def do() -> int:
        with work(actor, "visit.record", task.household_id):
            current = VisitTask.objects.select_for_update().get(pk=task.pk)
            sent_before = Visit.objects.filter(uid=uid).first()
            if sent_before:
                if sent_before.task_id != current.pk:
                    raise Conflict("该走访记录的标识已用于另一次走访，请重新打开任务后填写。")
                return sent_before.pk
            return _record(actor, current, uid, values).pk

    values: dict[str, Any] = {
        "outcome": outcome,
        "findings": findings,
        "method": method,
        "met": clean(met, 60),
        "suggestion": clean(suggestion),
        "visited_at": _aware(visited_at or clock.now()),
        "other_difficulty": clean(other_difficulty, 300),
        "next_visit_on": next_visit_on,
        "latitude": latitude,
        "longitude": longitude,
    }
    pk, _ = once(f"visit-{uid}", actor=actor, action=f"visit.record:{task_id}", do=do)
    return Visit.objects.select_related("task__household").get(pk=pk)


def _record(actor: User, task: VisitTask, uid: uuid_module.UUID, values: dict[str, Any]) -> Visit:
    state = VISIT.next_state(task.state, "record", roles_of(actor))
    household = registry_queries.household_get(actor, task.household_id)
    switches = switches_for(task.village_code or task.county_code)
    _check(task, values, switches, covered=bool(household.category))
    visit = Visit.objects.create(uid=uid, task=task, visitor=actor, recorded_at=clock.now(), **values)
    task.state = state
    task.save(update_fields=["state"])
    label = Outcome(visit.outcome).label
    chain.append(
        Kind.VISIT,
        actor=actor,
        household_id=task.household_id,
        title=f"{visit.get_method_display()}走访：{label}",
        document=f"visit:{task.pk}",
        body={
            "走访方式": visit.get_method_display(),
            "走访时间": timezone.localtime(visit.visited_at).strftime("%Y-%m-%d %H:%M"),
            "核查结论": label,
            "救助帮扶建议": visit.suggestion,
        },
    )
    alerts = list(task.alerts.filter(state="ASSIGNED").order_by("pk"))
    again = visit.outcome == Outcome.NOT_FOUND and not _tried_enough(alerts)
    for alert in [] if again else alerts:
        monitoring.alert_verify(
            actor=actor,
            alert_id=alert.pk,
            outcome=visit.outcome,
            outcome_label=label,
            suggestion=visit.suggestion,
        )
    registry.visited(actor=actor, household_id=household.pk, on=timezone.localtime(visit.visited_at).date())
    registry.grant_close(ref=f"visit:{task.pk}")
    if again and alerts:
        _open_task(task.assigned_by, household, task.visitor_id, alerts, "上次未见到本人，请再次走访")
    return visit


def _tried_enough(alerts: Sequence[Any]) -> bool:
    """Whether one of the alerts was visited in vain often enough (this visit included)."""
    return any(
        Visit.objects.filter(task__alerts=alert, outcome=Outcome.NOT_FOUND).count() >= VISIT_TRIES for alert in alerts
    )


def _check(task: VisitTask, values: dict[str, Any], switches: Switches, *, covered: bool) -> None:
    if values["outcome"] not in OUTCOMES[task.purpose]:
        raise Invalid("请选择核查结论", where="outcome")
    values["findings"] = needed(values["findings"], "findings", "请填写走访情况", longest=2000)
    not_found = values["outcome"] == Outcome.NOT_FOUND
    if values["method"] not in ("HOME", "PHONE"):
        raise Invalid("请选择走访方式", where="method")
    if values["method"] == "PHONE" and task.purpose != Purpose.ALERT:
        raise Invalid(f"{task.get_purpose_display()}须上门，不能以电话代替", where="method", hint="请入户后再提交")
    if values["method"] == "PHONE" and switches.must_visit_home(covered=covered):
        raise Invalid("本地规定须上门核查，不能以电话代替", where="method", hint="请入户后再提交")
    unneeded = not_found or values["outcome"] == Outcome.UNCHANGED
    if switches.needs_suggestion and not values["suggestion"] and not unneeded:
        raise Invalid("请填写救助帮扶建议", where="suggestion", hint="本地规定核查后须给出救助帮扶建议")
    if len(values["suggestion"]) > 300:
        raise Invalid("不能超过 300 字", where="suggestion")
    if values["visited_at"] > clock.now() + dt.timedelta(minutes=5):
        raise Invalid("走访时间不能晚于现在", where="visited_at")
    if values["visited_at"].date() < task.assigned_at.date() - dt.timedelta(days=1):
        raise Invalid("走访时间早于任务派发日期", where="visited_at", hint="请填写本次任务的走访时间")
    if values["outcome"] == Outcome.WATCH and not values["next_visit_on"]:
        raise Invalid("继续观察的，请填写下次走访日期", where="next_visit_on")
    if values["next_visit_on"] and values["next_visit_on"] <= clock.today():
        raise Invalid("下次走访日期应晚于今天", where="next_visit_on")
    for name, limit in (("latitude", 90), ("longitude", 180)):
        if values[name] is not None:
            if not -limit <= values[name] <= limit:
                raise Invalid("位置不正确", where=name)
            values[name] = round(Decimal(values[name]), 6)


def _aware(moment: dt.datetime) -> dt.datetime:
    """A time without a zone is local time."""
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _uuid(value: uuid_module.UUID | str) -> uuid_module.UUID:
    try:
        return value if isinstance(value, uuid_module.UUID) else uuid_module.UUID(str(value))
    except ValueError:
        raise Invalid("走访记录标识无效，请重新打开任务后填写", where="uid") from None

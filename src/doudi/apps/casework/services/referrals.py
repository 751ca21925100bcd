"""Handing a matter to a department and what the department does with it (转办、签收、退回、反馈)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict, scope_of
from doudi.apps.assistance import services as assistance
from doudi.apps.assistance.items import item as item_of
from doudi.apps.assistance.items import item_name
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid
from doudi.apps.base.idempotency import once
from doudi.apps.casework.limits import deadline
from doudi.apps.casework.models import Disposal, Referral
from doudi.apps.casework.queries.officers import units_serving
from doudi.apps.casework.services.alerts import dispose, resolve_when_done
from doudi.apps.casework.services.common import SYSTEM, change, clean, levels_of, needed, new_number, roles_of, work
from doudi.apps.casework.services.conferences import propose
from doudi.apps.casework.states import REFERRAL
from doudi.apps.chain import services as chain
from doudi.apps.chain.models import Kind
from doudi.apps.monitoring import queries as monitoring
from doudi.apps.registry import queries as registry_queries
from doudi.apps.registry import services as registry

OPEN = ("SENT", "ACCEPTED", "REJECTED")
# After so many rejections the matter goes to the case conference (domain: referral).
REJECTIONS_TO_CONFERENCE = 2


def referral_send(
    *,
    actor: User,
    to_unit_id: int,
    item: str,
    need: str,
    alert_id: int | None = None,
    household_id: int | None = None,
    person_id: int | None = None,
    kind: str = "HANDLE",
    version: int | None = None,
    key: str | None = None,
) -> Referral:
    """Hand the need to a department's unit; it sees the household, for the purpose of ``item`` only, until closed.

    Of an alert (its household and person) or of ``household_id``. ``version`` is the alert's. :class:`Invalid` where
    the unit does not give the item or serves another place, :class:`Conflict` where the same is already under way.
    """
    require(actor, "referral.send")
    alert = monitoring.alert_get(actor=actor, alert_id=alert_id) if alert_id else None
    if alert is None and household_id is None:
        raise Invalid("请选择家庭", where="household")
    household = registry_queries.household_get(actor, alert.household_id if alert else household_id)  # type: ignore[arg-type]
    need = needed(need, "need", "请写明需要部门办理的事项", longest=500)
    if kind not in dict(Referral._meta.get_field("kind").choices or []):
        raise Invalid("请选择转办类型", where="kind")
    unit = _unit(to_unit_id, item, household)

    def do() -> int:
        with work(actor, "referral.send", household.pk):
            same = Referral.objects.filter(household_id=household.pk, to_unit=unit, item=item, state__in=OPEN)
            if same.exists():
                raise Conflict(f"{unit.name}的“{item_name(item)}”正在办理中，请勿重复转办。")
            pk, number = new_number("ZB", Referral)
            accept, handle = (deadline(name, clock.today()) for name in ("referral_accept", "referral_handle"))
            referral = Referral.objects.create(
                pk=pk,
                referral_no=number,
                kind=kind,
                alert_id=alert.pk if alert else None,
                household_id=household.pk,
                person_id=alert.person_id if alert else person_id,
                to_unit=unit,
                item=item,
                need=need,
                state="SENT",
                sent_by=actor,
                sent_at=clock.now(),
                accept_due_on=accept.on,
                handle_due_on=handle.on,
                due_note=handle.note,
                **levels_of(household),
            )
            if alert:
                dispose(actor, alert.pk, Disposal.REFER, note=f"{unit.name}：{item_name(item)}", version=version)
            _hand_over(actor, referral)
            return referral.pk

    pk, _ = once(key, actor=actor, action=f"referral.send:{household.pk}", do=do)
    return Referral.objects.select_related("to_unit").get(pk=pk)


def referral_accept(*, actor: User, referral_id: int, version: int | None = None, key: str | None = None) -> Referral:
    """The department signs for it (签收)."""

    def step(referral: Referral) -> None:
        _move(actor, referral, "accept")
        referral.accepted_at = clock.now()
        _store(actor, referral, f"{referral.to_unit.name}已签收")

    return _by_department(actor, "accept", referral_id, step, version, key)


def referral_reject(
    *, actor: User, referral_id: int, reason: str, version: int | None = None, key: str | None = None
) -> Referral:
    """The department sends it back with a reason; it no longer sees the household.

    The second rejection takes the matter to the case conference (一事一议) by itself.
    """
    reason = needed(reason, "reason", "请填写退回理由")

    def step(referral: Referral) -> None:
        _move(actor, referral, "reject")
        registry.grant_close(ref=_grant(referral))
        referral.rejections += 1
        referral.rejection_reason = reason
        _store(actor, referral, f"{referral.to_unit.name}退回：{reason}", {"退回理由": reason})
        if referral.rejections >= REJECTIONS_TO_CONFERENCE:
            _to_conference(referral)

    return _by_department(actor, "reject", referral_id, step, version, key)


def referral_resend(
    *,
    actor: User,
    referral_id: int,
    need: str,
    to_unit_id: int | None = None,
    version: int | None = None,
    key: str | None = None,
) -> Referral:
    """Send a rejected referral again with more explanation, to the same or another unit."""
    need = needed(need, "need", "请补充说明后重新转办", longest=500)

    def step(referral: Referral) -> None:
        household = registry_queries.household_get(actor, referral.household_id)
        _move(actor, referral, "resend")
        if to_unit_id:
            referral.to_unit = _unit(to_unit_id, referral.item, household)
        accept, handle = (deadline(name, clock.today()) for name in ("referral_accept", "referral_handle"))
        referral.need, referral.accept_due_on, referral.handle_due_on = need, accept.on, handle.on
        referral.due_note, referral.overdue_at, referral.accepted_at = handle.note, None, None
        referral.version += 1
        referral.save()
        _hand_over(actor, referral)

    return _by_office(actor, "resend", referral_id, step, version, key)


def referral_feedback(
    *,
    actor: User,
    referral_id: int,
    item: str,
    given_on: dt.date | None,
    given: bool = True,
    amount: Decimal | None = None,
    period: str = "",
    note: str = "",
    version: int | None = None,
    key: str | None = None,
) -> Referral:
    """What the department did: help given (one assistance record) or not given, with the reason.

    When all matters of the alert are answered, the alert is resolved.
    """
    note = needed(note, "note", "未给予救助的，请说明原因") if not given else clean(note, 300)
    if given and given_on is None:
        raise Invalid("请填写给予日期", where="given_on")

    def step(referral: Referral) -> None:
        _move(actor, referral, "feedback")
        if actor.unit.department not in item_of(item).departments:
            raise Invalid("该项目不由本单位实施", where="item", hint="请选择本单位实施的项目")
        referral.feedback_at, referral.handled_by = clock.now(), actor
        result = "已给予" + item_name(item) if given else "未给予救助"
        _store(actor, referral, f"{referral.to_unit.name}反馈：{result}", {"说明": note})
        if given and given_on:
            assistance.record(
                actor=actor,
                household_id=referral.household_id,
                person_id=referral.person_id,
                item=item,
                unit_id=referral.to_unit_id,
                given_on=given_on,
                amount=amount,
                period=period,
                note=note,
                ref=f"referral:{referral.pk}",
            )
        resolve_when_done(referral.alert_id, note=f"{referral.to_unit.name}{result}")

    return _by_department(actor, "feedback", referral_id, step, version, key)


def referral_close(*, actor: User, referral_id: int, version: int | None = None, key: str | None = None) -> Referral:
    """The office ends an answered referral; the department's access to the household ends."""
    return _by_office(actor, "close", referral_id, lambda referral: close(actor, referral), version, key)


def close(actor: User, referral: Referral) -> None:
    """End one answered referral inside another verb's work."""
    _move(actor, referral, "close")
    registry.grant_close(ref=_grant(referral))
    _store(actor, referral, f"{referral.to_unit.name}的转办事项已办结")


def _to_conference(referral: Referral) -> None:
    referral.state = REFERRAL.next_state(referral.state, "to_conference", SYSTEM)
    household = registry_queries.household_for_system(referral.household_id)
    propose(
        None,
        household,
        alert_id=referral.alert_id,
        referral_id=referral.pk,
        subject=f"{item_name(referral.item)}：{referral.to_unit.name}两次退回（{referral.rejection_reason}）"[:300],
    )
    _store(None, referral, "两次退回，提交一事一议")


def _by_department(
    actor: User, verb: str, referral_id: int, step: Callable[[Referral], None], version: int | None, key: str | None
) -> Referral:
    require(actor, "referral.handle")
    rows = Referral.objects.filter(to_unit_id=scope_of(actor).unit_id)
    return change(actor, rows, referral_id, f"referral.{verb}", step, version=version, key=key)


def _by_office(
    actor: User, verb: str, referral_id: int, step: Callable[[Referral], None], version: int | None, key: str | None
) -> Referral:
    require(actor, "referral.send")
    rows = restrict(Referral.objects.all(), actor)
    return change(actor, rows, referral_id, f"referral.{verb}", step, version=version, key=key)


def _move(actor: User | None, referral: Referral, event: str) -> None:
    referral.state = REFERRAL.next_state(referral.state, event, roles_of(actor))


def _store(actor: User | None, referral: Referral, title: str, body: Mapping[str, str] | None = None) -> None:
    referral.version += 1
    referral.save()
    chain.append(
        Kind.REFERRAL_STEP,
        actor=actor,
        household_id=referral.household_id,
        person_id=referral.person_id,
        title=title,
        document=f"referral:{referral.pk}",
        body={"转办编号": referral.referral_no, "项目": item_name(referral.item), **(body or {})},
    )


def _hand_over(actor: User, referral: Referral) -> None:
    """Open the household to the unit for the item's purpose and put the hand-over on the chain."""
    registry.grant_open(
        actor=actor,
        household_id=referral.household_id,
        unit=referral.to_unit,
        purpose=referral.item,
        ref=_grant(referral),
    )
    chain.append(
        Kind.REFERRAL,
        actor=actor,
        household_id=referral.household_id,
        person_id=referral.person_id,
        title=f"{referral.get_kind_display()}{referral.to_unit.name}：{item_name(referral.item)}",
        document=f"referral:{referral.pk}",
        body={
            "转办编号": referral.referral_no,
            "项目": item_name(referral.item),
            "签收时限": str(referral.accept_due_on or ""),
            "办理时限": str(referral.handle_due_on or ""),
        },
    )


def _grant(referral: Referral) -> str:
    """The grant of the current hand-over: each sending opens its own, so that a rejected unit stays shut out."""
    return f"referral:{referral.pk}" + (f".{referral.rejections}" if referral.rejections else "")


def _unit(unit_id: int, item: str, household: Any) -> Any:
    unit = units_serving(household, item_of(item).departments).filter(pk=unit_id).first()
    if unit is None:
        raise Invalid("该单位不办理此项目或不服务本地", where="to_unit", hint="请选择项目的实施单位")
    return unit

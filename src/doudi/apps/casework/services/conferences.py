"""The case conference (一事一议): proposed by the office or by a second rejection, decided, carried out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.assistance import services as assistance
from doudi.apps.assistance.items import item as item_of
from doudi.apps.assistance.items import item_name
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid
from doudi.apps.base.idempotency import once
from doudi.apps.casework.limits import deadline
from doudi.apps.casework.models import CaseConference, Disposal
from doudi.apps.casework.policy import switches_for
from doudi.apps.casework.queries.officers import units_serving
from doudi.apps.casework.services.alerts import dispose, resolve_when_done
from doudi.apps.casework.services.common import change, levels_of, needed, new_number, roles_of, work
from doudi.apps.casework.states import CONFERENCE
from doudi.apps.chain import services as chain
from doudi.apps.chain.models import Kind
from doudi.apps.monitoring import queries as monitoring
from doudi.apps.registry import queries as registry


def conference_propose(
    *, actor: User, alert_id: int, subject: str, version: int | None = None, key: str | None = None
) -> CaseConference:
    """Propose the alert's household to the body that its pack names. :class:`Conflict` if that is already done."""
    require(actor, "alert.dispose")
    alert = monitoring.alert_get(actor=actor, alert_id=alert_id)
    household = registry.household_get(actor, alert.household_id)
    subject = needed(subject, "subject", "请写明需要研究的事项")

    def do() -> int:
        with work(actor, "conference.propose", household.pk):
            if CaseConference.objects.filter(alert_id=alert_id).exclude(state="CLOSED").exists():
                raise Conflict("该预警已提请一事一议，请勿重复提请。")
            conference = propose(actor, household, alert_id=alert_id, subject=subject)
            dispose(actor, alert_id, Disposal.CONFERENCE, note=conference.body_name, version=version)
            return conference.pk

    pk, _ = once(key, actor=actor, action=f"conference.propose:{alert_id}", do=do)
    return CaseConference.objects.get(pk=pk)


def propose(
    actor: User | None, household: Any, *, subject: str, alert_id: int | None = None, referral_id: int | None = None
) -> CaseConference:
    """Make the conference inside another verb's work; the alert's open one is used where there is one."""
    if alert_id:
        existing = CaseConference.objects.filter(alert_id=alert_id).exclude(state="CLOSED").first()
        if existing:
            return existing
    body_name = switches_for(household.village_code or household.county_code).conference_body
    limit = deadline("conference", clock.today())
    pk, number = new_number("YS", CaseConference)
    conference = CaseConference.objects.create(
        pk=pk,
        conference_no=number,
        household_id=household.pk,
        alert_id=alert_id,
        referral_id=referral_id,
        body_name=body_name,
        subject=subject[:300],
        state="PROPOSED",
        proposed_by=actor,
        proposed_at=clock.now(),
        due_on=limit.on,
        due_note=limit.note,
        **levels_of(household),
    )
    _to_chain(actor, conference, f"提请{body_name}一事一议", {"事项": conference.subject})
    return conference


def conference_decide(
    *,
    actor: User,
    conference_id: int,
    held_on: dt.date,
    participant_ids: Sequence[int],
    minutes: str,
    resolution: str,
    item: str = "",
    amount: Decimal | None = None,
    responsible_unit_id: int | None = None,
    execute_by: dt.date | None = None,
    version: int | None = None,
    key: str | None = None,
) -> CaseConference:
    """Record what was resolved: who took part, minutes, resolution, item, amount, who carries it out by when."""
    minutes = needed(minutes, "minutes", "请填写会议纪要", longest=5000)
    resolution = needed(resolution, "resolution", "请填写议定事项", longest=500)
    if held_on > clock.today():
        raise Invalid("会议日期不能晚于今天", where="held_on")
    if item:
        item_of(item)
        if responsible_unit_id is None:
            raise Invalid("议定给予救助的，请选择责任单位", where="responsible_unit")
    if amount is not None and amount < 0:
        raise Invalid("金额应为 0 或正数", where="amount")
    if execute_by and execute_by < held_on:
        raise Invalid("落实期限不能早于会议日期", where="execute_by")

    def step(conference: CaseConference) -> None:
        units = {unit.pk: unit for unit in units_serving(conference)}
        if not participant_ids or not set(participant_ids) <= set(units):
            raise Invalid("请选择参加会议的单位", where="participants")
        if responsible_unit_id is not None and responsible_unit_id not in units:
            raise Invalid("请选择本地的责任单位", where="responsible_unit")
        _move(actor, conference, "decide")
        conference.held_on, conference.minutes, conference.resolution = held_on, minutes, resolution
        conference.participants = [units[pk].name for pk in sorted(set(participant_ids))]
        conference.item, conference.amount, conference.execute_by = item, amount, execute_by
        conference.responsible_unit_id = responsible_unit_id
        body = {
            "会议日期": held_on.isoformat(),
            "参加单位": "、".join(conference.participants),
            "议定事项": resolution,
            "救助项目": item_name(item) if item else "",
            "金额（元）": f"{amount:.2f}" if amount is not None else "",
            "责任单位": units[responsible_unit_id].name if responsible_unit_id else "",
            "落实期限": str(execute_by or ""),
        }
        _store(actor, conference, f"{conference.body_name}议定：{resolution[:80]}", body)

    return _change(actor, "decide", conference_id, step, version, key)


def conference_close(
    *,
    actor: User,
    conference_id: int,
    note: str,
    carried_out_on: dt.date | None = None,
    amount: Decimal | None = None,
    version: int | None = None,
    key: str | None = None,
) -> CaseConference:
    """End the conference when its resolution is carried out; help that it granted is recorded, the alert resolved."""
    note = needed(note, "note", "请填写落实情况")

    def step(conference: CaseConference) -> None:
        _move(actor, conference, "close")
        if conference.item:
            if carried_out_on is None:
                raise Invalid("请填写救助给予日期", where="carried_out_on")
            assistance.record(
                actor=actor,
                household_id=conference.household_id,
                item=conference.item,
                unit_id=conference.responsible_unit_id or actor.unit_id,
                given_on=carried_out_on,
                amount=conference.amount if amount is None else amount,
                note=note,
                ref=f"conference:{conference.pk}",
            )
        _store(actor, conference, f"一事一议事项已落实：{note[:80]}", {"落实情况": note})
        resolve_when_done(conference.alert_id, note="一事一议事项已落实")

    return _change(actor, "close", conference_id, step, version, key)


def _change(actor: User, verb: str, pk: int, step: Any, version: int | None, key: str | None) -> CaseConference:
    require(actor, "conference.manage")
    rows = restrict(CaseConference.objects.all(), actor)
    return change(actor, rows, pk, f"conference.{verb}", step, version=version, key=key)


def _move(actor: User, conference: CaseConference, event: str) -> None:
    conference.state = CONFERENCE.next_state(conference.state, event, roles_of(actor))


def _store(actor: User, conference: CaseConference, title: str, body: dict[str, str]) -> None:
    conference.version += 1
    conference.save()
    _to_chain(actor, conference, title, body)


def _to_chain(actor: User | None, conference: CaseConference, title: str, body: dict[str, str]) -> None:
    chain.append(
        Kind.CONFERENCE,
        actor=actor,
        household_id=conference.household_id,
        title=title,
        document=f"conference:{conference.pk}",
        body={"编号": conference.conference_no, **body},
    )

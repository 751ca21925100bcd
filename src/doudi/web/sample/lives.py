"""How sample officers handle an alert. Each life yields the moment of its next step, then takes it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from doudi.apps.base import clock
from doudi.apps.casework import queries as casework_queries
from doudi.apps.casework import services as casework
from doudi.apps.monitoring import queries as alerts
from doudi.web.sample.people import Cast

# class → (outcome, what the visitor writes, suggestion) — sample texts
_FINDINGS = {
    "PND": ("TRUE_REFER", "已核对发放和结算记录，待遇确未落实，本人银行账户正常。", "请责任部门尽快落实"),
    "NCE": ("TRUE_APPLY", "与本人及邻居交谈，家庭收入明显减少，开支较大，愿意申请救助。", "建议启动申请"),
    "NHD": ("TRUE_REFER", "近期医疗、康复费用增加，家中缺少照料人手。", "建议转办并给予专项救助"),
    "CPX": ("TRUE_CASE", "多重困难叠加，单项政策难以解决。", "建议提请一事一议"),
    "MNE": ("TRUE_ADJUST", "情况与部门数据一致，家庭情况发生变化。", "建议重新测算后按规定调整"),
}
# indicator or class → how often the visitor finds that nothing is needed
_NOT_TRUE = {"NCE": 0.45, "NHD": 0.2, "MNE-03": 0.6}
_MISTAKEN = ("DATA_ERROR", "工资为季节性务工收入，经核对全年收入没有超过标准。", "请人社部门更正数据")
_UNNEEDED = ("NOT_NEEDED", "本人表示生活能够自理，暂无困难，不申请救助，已签字确认。", "继续日常走访")
# indicator → (department, item) of the referral
_REFERRALS = {
    "PND-06": ("MED", "M03"),
    "NHD-01": ("MED", "M03"),
    "NHD-02": ("DPF", "O05"),
    "NCE-05": ("HRSS", "J10"),
}
_DEFAULT_REFERRAL = ("MED", "M03")
_MONTH = dt.timedelta(days=30)


def life_of(alert: Any, cast: Cast, rng: Random, *, recent: bool) -> Iterator[dt.datetime]:
    """From assignment to the end. Slow officers are late; of the ``recent`` alerts some are not handled yet."""
    clerk, head, visitor = (cast.serving(role, alert) for role in ("TOWN_CLERK", "TOWN_HEAD", "VIL_ASSIST"))
    if rng.random() < 0.06:  # nobody takes it up
        if recent:
            return
        yield _later(rng, 12, 25)
    yield _later(rng, 0, 1)
    alert = _again(alert, clerk)
    if alert.state == "NEW":
        casework.visit_assign(
            actor=clerk, alert_ids=[alert.pk], visitor_id=visitor.pk, instruction="请入户核实，如实记录"
        )
    if rng.random() < 0.06:  # not visited in time
        if recent:
            return
        yield _later(rng, 12, 25)
    yield _later(rng, 1, 4)
    alert = _again(alert, clerk)
    if alert.state == "ASSIGNED":
        found = _FINDINGS[alert.alert_class]
        if rng.random() < _NOT_TRUE.get(alert.indicator, _NOT_TRUE.get(alert.alert_class, 0)):
            found = _MISTAKEN if alert.alert_class == "MNE" else _UNNEEDED
        outcome, findings, suggestion = found
        task = casework_queries.open_task_of_alert(actor=clerk, alert_id=alert.pk)
        if task is None:
            return
        casework.visit_record(
            actor=task.visitor, task_id=task.pk, uid=uuid.UUID(int=rng.getrandbits(128), version=4), outcome=outcome,
            findings=findings, suggestion=suggestion, met="本人及家属", visited_at=clock.now(),
        )  # fmt: skip
    if rng.random() < 0.07:  # waits for disposal
        if recent:
            return
        yield _later(rng, 8, 20)
    yield _later(rng, 1, 3)
    alert = _again(alert, head)
    if alert.state == "VERIFIED":
        if alert.outcome in ("NOT_NEEDED", "DATA_ERROR"):
            casework.alert_close(actor=head, alert_id=alert.pk, reason="经核实无需处置，已向本人说明政策")
            return
        yield from _WAYS[alert.alert_class](alert, cast, rng, recent)
    yield _later(rng, 1, 2)
    alert = _again(alert, head)
    if alert.state == "RESOLVED":
        casework.alert_close(actor=head, alert_id=alert.pk, reason="处置完成，已核对反馈结果")


def _refer(alert: Any, cast: Cast, rng: Random, recent: bool) -> Iterator[dt.datetime]:
    clerk = cast.serving("TOWN_CLERK", alert)
    department, item = _REFERRALS.get(alert.indicator, _DEFAULT_REFERRAL)
    if alert.indicator in ("PND-01", "PND-03"):
        casework.alert_supply(actor=clerk, alert_id=alert.pk, item="B01", given_on=clock.today(), note="已补发")
        return
    referral = casework.referral_send(
        actor=clerk, to_unit_id=cast.unit(department).pk, item=item, alert_id=alert.pk,
        need=f"{alert.explanation[:200]} 请按规定办理并反馈。",
    )  # fmt: skip
    officer = cast[f"DEPT_{department}"]
    if recent and rng.random() < 0.3:
        return  # the department has not answered yet
    yield _later(rng, 1, 2)
    casework.referral_accept(actor=officer, referral_id=referral.pk)
    if recent and rng.random() < 0.2:
        return
    yield _later(rng, 2, 8)
    amount = Decimal(rng.randrange(300, 6000, 50))
    casework.referral_feedback(
        actor=officer, referral_id=referral.pk, item=item, given_on=clock.today(), amount=amount, note="已按政策办理"
    )


def _apply(alert: Any, cast: Cast, rng: Random, recent: bool, *, channel: str = "data_match") -> Iterator[dt.datetime]:
    clerk, head = cast.serving("TOWN_CLERK", alert), cast.serving("TOWN_HEAD", alert)
    application = casework.application_submit(
        actor=clerk, alert_id=alert.pk, reason="走访核实情况属实", channel=channel,
        died_on=_death_of(alert),
    )  # fmt: skip
    if recent and rng.random() < 0.3:
        return  # still to be reviewed
    yield _later(rng, 2, 6)
    application = casework.application_review(
        actor=clerk, application_id=application.pk, opinion="经测算，建议按规则结果办理"
    )
    if application.decision.category in ("NOT_LOW_INCOME", "NEEDS_LOCAL_RULE") and channel == "data_match":
        decision = {"approve": False, "reason": "家庭人均收入不符合规定条件，已书面告知"}
    else:
        decision = {"approve": True, "reason": "审核材料齐全，按规则结果确认"}
    yield _later(rng, 2, 6)
    casework.application_decide(actor=head, application_id=application.pk, **decision)


def _review(alert: Any, cast: Cast, rng: Random, recent: bool) -> Iterator[dt.datetime]:
    yield from _apply(alert, cast, rng, recent, channel="review")


def _conference(alert: Any, cast: Cast, rng: Random, recent: bool) -> Iterator[dt.datetime]:
    lead = cast["CNTY_REVIEW"]
    conference = casework.conference_propose(actor=lead, alert_id=alert.pk, subject="多重困难家庭综合帮扶")
    yield _later(rng, 4, 9)
    units = [cast.unit(code).pk for code in ("CIVIL_AFFAIRS", "MED", "DPF")]
    casework.conference_decide(
        actor=lead, conference_id=conference.pk, held_on=clock.today(), participant_ids=units,
        minutes="各单位通报该户情况，研究综合帮扶措施。", resolution="给予临时救助，并由医保、残联落实专项政策",
        item="T04", amount=Decimal(5000), responsible_unit_id=units[0], execute_by=clock.today() + _MONTH,
    )  # fmt: skip
    yield _later(rng, 3, 8)
    casework.conference_close(
        actor=lead, conference_id=conference.pk, note="资金已发放", carried_out_on=clock.today(), amount=Decimal(5000)
    )


_WAYS = {"PND": _refer, "NHD": _refer, "NCE": _apply, "CPX": _conference, "MNE": _review}


def _death_of(alert: Any) -> dt.date | None:
    died_on = alert.measures.get("died_on") if alert.indicator == "MNE-01" else None
    return dt.date.fromisoformat(died_on) if died_on else None


def _again(alert: Any, actor: Any) -> Any:
    return alerts.alert_get(actor=actor, alert_id=alert.pk)


def _later(rng: Random, least: int, most: int) -> dt.datetime:
    """A moment in office hours, ``least`` to ``most`` days from now (never at a weekend)."""
    moment = timezone.localtime(clock.now()) + dt.timedelta(days=rng.randint(least, most), minutes=rng.randint(20, 300))
    while moment.weekday() >= 5:
        moment += dt.timedelta(days=1)
    return moment.replace(hour=9 + rng.randrange(8), minute=rng.randrange(60))

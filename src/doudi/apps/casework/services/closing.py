"""Disposals that end with the officer himself: supplied at once, informed, watched, sent back, closed with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.assistance import services as assistance
from doudi.apps.assistance.items import item as item_of
from doudi.apps.assistance.items import item_name
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid
from doudi.apps.base.idempotency import once
from doudi.apps.casework.models import Disposal, Referral
from doudi.apps.casework.services.alerts import dispose, resolve_when_done
from doudi.apps.casework.services.common import clean, needed, work
from doudi.apps.casework.services.referrals import close
from doudi.apps.casework.services.visits import visit_drop_alert
from doudi.apps.chain import services as chain
from doudi.apps.chain.models import Kind
from doudi.apps.monitoring import queries as monitoring_queries
from doudi.apps.monitoring import services as monitoring

# Who gives an item that the office itself supplies at once.
OWN_DEPARTMENTS = ("CIVIL_AFFAIRS", "TOWNSHIP")
NOTICE_METHODS = {"visit": "上门告知", "phone": "电话告知", "letter": "书面告知", "message": "短信告知"}


def alert_supply(
    *,
    actor: User,
    alert_id: int,
    item: str,
    given_on: dt.date,
    amount: Decimal | None = None,
    note: str = "",
    version: int | None = None,
    key: str | None = None,
) -> Any:
    """Civil affairs or the township put the policy into effect themselves: one assistance record, alert resolved."""
    require(actor, "alert.dispose")
    if not set(item_of(item).departments) & set(OWN_DEPARTMENTS):
        raise Invalid("该项目由其他部门实施，请选择“转办部门”", where="item")

    def do(alert: Any) -> None:
        dispose(actor, alert_id, Disposal.SUPPLY, note=item_name(item), version=version)
        assistance.record(
            actor=actor,
            household_id=alert.household_id,
            person_id=alert.person_id,
            item=item,
            unit_id=actor.unit_id,
            given_on=given_on,
            amount=amount,
            note=clean(note, 300),
            ref=f"alert:{alert_id}:{alert.version}",  # an alert that came back may be supplied again
        )
        resolve_when_done(alert_id, note=f"已落实{item_name(item)}")

    return _on_alert(actor, alert_id, "supply", do, key)


def alert_inform(
    *,
    actor: User,
    alert_id: int,
    method: str,
    informed_on: dt.date,
    content: str,
    version: int | None = None,
    key: str | None = None,
) -> Any:
    """Record that the family was told of policies and channels (鄂民政发〔2024〕21号 三(四)); the alert is resolved."""
    require(actor, "alert.dispose")
    if method not in NOTICE_METHODS:
        raise Invalid("请选择告知方式", where="method")
    if informed_on > clock.today():
        raise Invalid("告知日期不能晚于今天", where="informed_on")
    content = needed(content, "content", "请填写告知的政策和申办渠道", longest=500)

    def do(alert: Any) -> None:
        dispose(actor, alert_id, Disposal.INFORM, note=NOTICE_METHODS[method], version=version)
        chain.append(
            Kind.NOTICE,
            actor=actor,
            household_id=alert.household_id,
            person_id=alert.person_id,
            title=f"{NOTICE_METHODS[method]}救助政策和申办渠道",
            document=f"alert:{alert_id}",
            body={
                "告知方式": NOTICE_METHODS[method],
                "告知日期": informed_on.isoformat(),
                "告知内容": content,
            },
        )
        resolve_when_done(alert_id, note="已告知救助政策和申办渠道")

    return _on_alert(actor, alert_id, "inform", do, key)


def alert_watch(
    *, actor: User, alert_id: int, until: dt.date, version: int | None = None, key: str | None = None
) -> Any:
    """Look again at ``until`` (继续观察)."""
    require(actor, "alert.dispose")
    step = _plain(monitoring.alert_watch, actor=actor, alert_id=alert_id, until=until, version=version)
    return _on_alert(actor, alert_id, "watch", step, key)


def alert_return(*, actor: User, alert_id: int, reason: str, version: int | None = None, key: str | None = None) -> Any:
    """Send the finding back (退回重新核查); a new visit is assigned from the alert's page."""
    require(actor, "alert.dispose")
    step = _plain(monitoring.alert_return, actor=actor, alert_id=alert_id, reason=reason, version=version)
    return _on_alert(actor, alert_id, "return", step, key)


def alert_close(
    *,
    actor: User,
    alert_id: int,
    reason: str,
    outcome: str = "",
    version: int | None = None,
    key: str | None = None,
) -> Any:
    """Close the alert with a reason: its answered referrals end too, and an open visit loses it.

    :class:`Conflict` while a referral of the alert is still under way.
    """
    require(actor, "alert.close")

    def do(alert: Any) -> None:
        referrals = list(Referral.objects.select_for_update(of=("self",)).filter(alert_id=alert_id).order_by("pk"))
        if any(referral.state in ("SENT", "ACCEPTED", "REJECTED") for referral in referrals):
            raise Conflict("该预警还有转办事项没有反馈，不能办结。")
        for referral in referrals:
            if referral.state == "FEEDBACK":
                close(actor, referral)
        visit_drop_alert(actor=actor, alert_id=alert_id)
        monitoring.alert_close(actor=actor, alert_id=alert_id, reason=reason, outcome=outcome, version=version)

    return _on_alert(actor, alert_id, "close", do, key)


def _plain(verb: Callable[..., Any], **arguments: Any) -> Callable[[Any], None]:
    return lambda _alert: verb(**arguments) and None


def _on_alert(actor: User, alert_id: int, verb: str, step: Callable[[Any], None], key: str | None) -> Any:
    alert = monitoring_queries.alert_get(actor=actor, alert_id=alert_id)

    def do() -> int:
        with work(actor, f"alert.{verb}", alert.household_id):
            step(alert)
        return alert_id

    once(key, actor=actor, action=f"alert.{verb}:{alert_id}", do=do)
    return monitoring_queries.alert_get(actor=actor, alert_id=alert_id)

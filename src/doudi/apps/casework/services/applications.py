"""Applications out of alerts and re-checks of families that may no longer qualify: submit, review, decide.

Nothing starts or stops a benefit here but the decision of the authority that the pack names, and that decision rests on
a computed result. Who reviewed does not decide; where a relative is staff, a second officer checks first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict, scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, Refused
from doudi.apps.base.idempotency import once
from doudi.apps.casework.disposals import NOTIFY_AUTHORITY
from doudi.apps.casework.models import Application, Channel, Disposal
from doudi.apps.casework.policy import switches_for
from doudi.apps.casework.services.alerts import dispose, resolve_when_done
from doudi.apps.casework.services.common import change, levels_of, needed, new_number, roles_of, work
from doudi.apps.casework.states import APPLICATION
from doudi.apps.chain import services as chain
from doudi.apps.chain.models import Kind
from doudi.apps.determination import services as determination
from doudi.apps.monitoring import queries as monitoring
from doudi.apps.registry import queries as registry_queries
from doudi.apps.registry import services as registry

# Results with which nobody can be taken into the register.
_NOT_ENTERED = {"NOT_LOW_INCOME": "测算结果不属于低收入人口", "NEEDS_LOCAL_RULE": "缺少地方标准，尚不能得出测算结果"}


def application_submit(
    *,
    actor: User,
    reason: str,
    alert_id: int | None = None,
    household_id: int | None = None,
    channel: str = Channel.DATA_MATCH,
    died_on: dt.date | None = None,
    version: int | None = None,
    key: str | None = None,
) -> Application:
    """Start an application for an alert's household (or ``household_id``), judged for all categories.

    ``channel`` REVIEW is the re-check of a family that may no longer qualify (核实并调整终止); ``died_on`` then records
    the verified death of the alert's person, which the computation takes into account. :class:`Conflict` where the
    household has an application under way.
    """
    review = channel == Channel.REVIEW
    require(actor, "decision.compute" if review else "application.create")
    reason = needed(reason, "reason", "请填写理由")
    if channel not in Channel.values:
        raise Invalid("请选择来源渠道", where="channel")
    alert = monitoring.alert_get(actor=actor, alert_id=alert_id) if alert_id else None
    if alert is None and household_id is None:
        raise Invalid("请选择家庭", where="household")
    household = registry_queries.household_get(actor, alert.household_id if alert else household_id)  # type: ignore[arg-type]

    def do() -> int:
        with work(actor, "application.submit", household.pk):
            if Application.objects.filter(household_id=household.pk, state__in=("SUBMITTED", "REVIEWED")).exists():
                raise Conflict("该户已有在办的申请或复核，请办结后再发起。")
            pk, number = new_number("SQ", Application)
            application = Application.objects.create(
                pk=pk,
                application_no=number,
                household_id=household.pk,
                alert_id=alert.pk if alert else None,
                channel=channel,
                reason=reason,
                state="SUBMITTED",
                submitted_by=actor,
                submitted_at=clock.now(),
                **levels_of(household),
            )
            if alert:
                dispose(actor, alert.pk, Disposal.ADJUST if review else Disposal.APPLY, note=number, version=version)
            if died_on and alert and alert.person_id:
                registry.death_record(
                    actor=actor,
                    person_id=alert.person_id,
                    died_on=died_on,
                    source="verified",
                    source_ref=f"alert:{alert.pk}",
                )
            title = "发起动态管理复核" if review else f"启动申请（{Channel(channel).label}）"
            _to_chain(actor, application, title, {"理由": reason})
            if review and alert and alert.pack in NOTIFY_AUTHORITY:
                _notify_authority(actor, application)
            return pk

    pk, _ = once(key, actor=actor, action=f"application.submit:{household.pk}", do=do)
    return Application.objects.get(pk=pk)


def application_review(
    *, actor: User, application_id: int, opinion: str, version: int | None = None, key: str | None = None
) -> Application:
    """Compute the determination from the register as it is now and give an opinion on it; again where facts changed."""
    opinion = needed(opinion, "opinion", "请填写审核意见")

    def step(application: Application) -> None:
        household = registry_queries.household_get(actor, application.household_id)
        _move(actor, application, "review")
        application.decision = determination.decision_compute(actor=actor, household_id=household.pk)
        application.reviewed_by, application.opinion = actor, opinion
        application.checked_by, application.check_opinion = None, ""  # a second check holds for one computation
        result = determination.RESULTS[application.decision.category]
        _store(actor, application, f"审核意见：{opinion}", {"测算结果": result})

    return _change(actor, "review", "decision.compute", application_id, step, version, key)


def application_check(
    *, actor: User, application_id: int, opinion: str, version: int | None = None, key: str | None = None
) -> Application:
    """The second officer's check of a family with a relative among the staff (近亲属备案)."""
    opinion = needed(opinion, "opinion", "请填写复核意见")

    def step(application: Application) -> None:
        if actor.pk in (application.reviewed_by_id, application.submitted_by_id):
            raise Refused("须由受理人、审核人以外的工作人员复核。")
        _move(actor, application, "check")
        application.checked_by, application.check_opinion = actor, opinion
        _store(actor, application, f"第二人复核：{opinion}", {})

    return _change(actor, "check", "decision.compute", application_id, step, version, key)


def application_decide(
    *,
    actor: User,
    application_id: int,
    approve: bool,
    reason: str,
    version: int | None = None,
    key: str | None = None,
) -> Application:
    """The authority's decision: approve puts the computed result into force, refuse leaves all as it is.

    Of a re-check, approving means adjusting or ending as computed. :class:`Refused` for whoever reviewed, or who is not
    of the authority that the pack names; :class:`Conflict` without a computed result.
    """
    reason = needed(reason, "reason", "请填写决定理由")

    def step(application: Application) -> None:
        household = registry_queries.household_get(actor, application.household_id)
        _may_decide(actor, application, household)
        decision = application.decision
        if decision is None:
            raise Conflict("没有测算结果，不能作出决定。请先审核并测算。")
        obstacle = _NOT_ENTERED.get(decision.category)
        ends = decision.category == "NOT_LOW_INCOME" and application.channel == Channel.REVIEW
        if approve and obstacle and not ends:
            raise Conflict(f"{obstacle}，不能确认认定。")
        _move(actor, application, "approve" if approve else "refuse")
        application.decided_by, application.decided_at = actor, clock.now()
        application.decision_reason = reason
        if approve:
            determination.decision_confirm(actor=actor, decision_id=decision.pk, opinion=reason)
        else:
            determination.decision_refuse(actor=actor, decision_id=decision.pk, reason=reason)
        title = _result(application, approve)
        _store(actor, application, f"{title}：{reason}", {"测算结果": determination.RESULTS[decision.category]})
        resolve_when_done(application.alert_id, note=title)

    return _change(actor, "decide", "application.decide", application_id, step, version, key)


def _result(application: Application, approve: bool) -> str:
    if application.channel == Channel.REVIEW:
        return "复核决定按测算结果调整" if approve else "复核决定保持不变"
    return "确认认定" if approve else "不予认定"


def _may_decide(actor: User, application: Application, household: Any) -> None:
    switches = switches_for(household.village_code or household.county_code)
    if switches.deciding_role not in scope_of(actor).roles:
        raise Refused(f"本地由{switches.authority_label}审核确认，请转其办理。")
    if actor.pk in (application.reviewed_by_id, application.checked_by_id):
        raise Refused("审核人不能同时作出决定，请由其他负责人办理。")
    if household.has_staff_relative and application.state == "REVIEWED" and application.checked_by_id is None:
        raise Conflict("该户有近亲属备案，须先由第二人复核。")


def _notify_authority(actor: User, application: Application) -> None:
    authority = switches_for(application.village_code or application.county_code).authority_label
    chain.append(
        Kind.NOTICE,
        actor=actor,
        household_id=application.household_id,
        title=f"通知认定部门（{authority}）及时进行动态管理",
        document=f"application:{application.pk}",
        body={"告知方式": "平台", "告知日期": clock.today().isoformat()},
    )


def _change(
    actor: User,
    verb: str,
    operation: str,
    pk: int,
    step: Callable[[Application], None],
    version: int | None,
    key: str | None,
) -> Application:
    require(actor, operation)
    rows = restrict(Application.objects.all(), actor)
    return change(actor, rows, pk, f"application.{verb}", step, version=version, key=key)


def _move(actor: User, application: Application, event: str) -> None:
    application.state = APPLICATION.next_state(application.state, event, roles_of(actor))


def _store(actor: User, application: Application, title: str, body: dict[str, str]) -> None:
    application.version += 1
    application.save()
    _to_chain(actor, application, title, body)


def _to_chain(actor: User, application: Application, title: str, body: dict[str, str]) -> None:
    chain.append(
        Kind.APPLICATION,
        actor=actor,
        household_id=application.household_id,
        title=title,
        document=f"application:{application.pk}",
        body={"编号": application.application_no, **body},
    )

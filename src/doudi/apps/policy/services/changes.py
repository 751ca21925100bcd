"""A change of a parameter: drafted, tried, published by a second person, or withdrawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, scope_of
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, Refused
from doudi.apps.base.history import named
from doudi.apps.policy import queries
from doudi.apps.policy.models import ParameterChange
from doudi.apps.policy.states import CHANGE
from doudi.apps.policy.values import read_value
from doudi.engine.rules import load_pack
from doudi.engine.rules.parameters import AREAS

_FAR = dt.timedelta(days=5 * 366)
_OPERATIONS = {
    "edit": ("policy.draft",),
    "publish": ("policy.publish",),
    "withdraw": ("policy.draft", "policy.publish"),
}
_on_published: list[Callable[[ParameterChange], None]] = []


def on_published(follow: Callable[[ParameterChange], None]) -> None:
    """Add what follows a publication in its transaction and belongs to a higher app (call in ``AppConfig.ready``)."""
    _on_published.append(follow)


@transaction.atomic
def change_draft(
    *,
    actor: User,
    division: str,
    parameter: str,
    area: str,
    value: str | None,
    valid_from: dt.date,
    document: str,
    reason: str,
) -> ParameterChange:
    """Draft a parameter's new value for a division (county or above) from a day on; ``value`` None: the document's own.

    Raises :class:`Invalid` naming the field, :class:`Conflict` if another change of the same number is open.
    """
    require(actor, "policy.draft")
    change = ParameterChange(
        pack=queries.pack_for(division),
        parameter=parameter,
        division=division,
        drafted_by=actor,
        drafted_at=clock.now(),
    )
    _fill(change, actor, area=area, value=value, valid_from=valid_from, document=document, reason=reason)
    with named(actor, "change.draft"):
        _store(change)
    return change


@transaction.atomic
def change_edit(
    *,
    actor: User,
    change_id: int,
    version: int,
    area: str,
    value: str | None,
    valid_from: dt.date,
    document: str,
    reason: str,
) -> ParameterChange:
    """The drafter corrects an open change; a trial made before no longer counts."""
    change = _open(actor, change_id, version, "edit")
    if change.drafted_by_id != actor.pk:
        raise Refused("只有起草人可以修改；如需调整，请起草人修改或撤回后重新起草。")
    _fill(change, actor, area=area, value=value, valid_from=valid_from, document=document, reason=reason)
    change.version, change.state, change.tried, change.tried_at = change.version + 1, "DRAFT", None, None
    with named(actor, "change.edit"):
        _store(change)
    return change


@transaction.atomic
def change_publish(*, actor: User, change_id: int, version: int) -> ParameterChange:
    """A second person puts a tried change in force: from its first day every page reckons with it.

    :class:`Refused` to whoever drafted it; :class:`Conflict` if it is not tried, was edited since, or is decided.
    """
    change = _open(actor, change_id, version, "publish")
    if change.drafted_by_id == actor.pk:
        raise Refused("起草与发布须由不同人员办理，请由其他有发布权限的人员发布。")
    change.state, change.closed_by, change.closed_at = "PUBLISHED", actor, clock.now()
    row = queries.row_of(change)
    with named(actor, "change.publish"):
        change.save()
        row.save()
        record(
            Action.ADMIN,
            actor=actor,
            object_type="parameter_change",
            object_id=change.pk,
            county_code=change.division,
            detail={"parameter": change.parameter, "from": change.valid_from.isoformat(), "document": change.document},
        )
        for follow in _on_published:
            follow(change)
    return change


@transaction.atomic
def change_withdraw(*, actor: User, change_id: int, version: int, reason: str) -> ParameterChange:
    """Give up an open change; what is published is never withdrawn but changed again by a new date or number."""
    change = _open(actor, change_id, version, "withdraw")
    if not reason.strip():
        raise Invalid("没有填写撤回原因", where="reason", hint="请写明为什么撤回")
    change.state, change.closed_by, change.closed_at = "WITHDRAWN", actor, clock.now()
    change.closed_reason = reason.strip()[:300]
    with named(actor, "change.withdraw"):
        change.save()
    return change


def _open(actor: User, change_id: int, version: int, event: str) -> ParameterChange:
    """The locked change, if the actor may do ``event`` with it as it is shown on his page."""
    found = queries.change_get(actor, change_id)
    if not any(queries.acts_for(actor, operation, found.division) for operation in _OPERATIONS[event]):
        raise Refused()
    change = ParameterChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    CHANGE.next_state(change.state, event, scope_of(actor).roles)
    if change.version != version:
        raise Conflict("该调整已被修改，请刷新页面核对后再办理。")
    return change


def _fill(
    change: ParameterChange,
    actor: User,
    *,
    area: str,
    value: str | None,
    valid_from: dt.date,
    document: str,
    reason: str,
) -> None:
    if not queries.acts_for(actor, "policy.draft", change.division):
        raise Refused("只能调整本人管辖地区的参数。")
    pack = load_pack(change.pack)
    parameter = pack.parameters.get(change.parameter)
    if parameter is None:
        raise Invalid("本地区适用的政策文件没有这个参数", where="parameter", hint="请从参数列表中选择")
    if area and (area not in AREAS or (parameter.by and "area" not in parameter.by)):
        raise Invalid(f"{parameter.label}不分城乡", where="area", hint="请选择城乡统一")
    if valid_from < pack.date:
        raise Invalid(
            f"起始日期早于《{pack.title}》的印发日期 {pack.date:%Y-%m-%d}", where="valid_from", hint="请填写此后的日期"
        )
    if valid_from > clock.today() + _FAR:
        raise Invalid("起始日期在五年以后", where="valid_from", hint="请核对年份")
    if not document.strip():
        raise Invalid("没有填写依据文件", where="document", hint="请填写规定此数的本地文件名称和文号")
    if not reason.strip():
        raise Invalid("没有填写调整理由", where="reason", hint="请写明为什么调整")
    change.area, change.valid_from = area, valid_from
    change.document, change.reason = document.strip()[:120], reason.strip()[:500]
    change.value = None if value is None else read_value(pack, parameter, value)
    if value is None and not queries.decided_by_document(parameter, valid_from):
        raise Invalid("政策文件没有规定此数，不能恢复文件规定", where="value", hint="请填写数值")
    _check_new(change)


def _check_new(change: ParameterChange) -> None:
    """A change that changes nothing is a slip, unless it gives a sample value its paper."""
    before, after = queries.effect_of(change)
    if before.values == after.values and not before.is_sample:
        raise Invalid("与该日起已有的数值相同，不需要调整", where="value", hint="请核对数值和起始日期")


def _store(change: ParameterChange) -> None:
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError as error:
        if "parameter_change_open_once" not in str(error):
            raise
        raise Conflict("同一参数已有未发布的调整，请先办结或撤回后再起草。") from error


def tried(change_id: int, version: int, summary: dict[str, Any]) -> None:
    """The trial of a change is done; it counts unless the change was edited or closed meanwhile (in a transaction)."""
    change = ParameterChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    if change.version == version and change.state in ("DRAFT", "TRIED"):
        change.state, change.tried, change.tried_at = "TRIED", summary, clock.now()
        change.save()

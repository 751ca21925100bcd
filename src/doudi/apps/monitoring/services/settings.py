"""A locality's thresholds and states of indicators: drafted, tried on past periods, published by a second person."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

from django.db import IntegrityError, transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, scope_of
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.base.history import named
from doudi.apps.monitoring import parameters, queries
from doudi.apps.monitoring.models import IndicatorSetting, VisitCapacity
from doudi.apps.monitoring.states import SETTING
from doudi.apps.policy import queries as policy
from doudi.engine.indicators import Indicator, Threshold, load_indicators
from doudi.engine.indicators.catalogue import STATES

_FAR = dt.timedelta(days=5 * 366)
_OPERATIONS = {
    "publish": ("indicator.publish",),
    "withdraw": ("indicator.draft", "indicator.publish"),
    "try": ("indicator.draft", "indicator.publish"),
}
MOST_VISITS = 100_000


@transaction.atomic
def setting_draft(
    *,
    actor: User,
    division: str,
    indicator: str,
    threshold: str,
    value: str,
    valid_from: dt.date,
    reason: str,
    document: str = "",
) -> IndicatorSetting:
    """Draft a threshold's value, or with ``threshold`` '' the state, in a division (county or above) from a day on.

    ``value`` '': back to the catalogue's. Raises :class:`Invalid` naming the field, :class:`Conflict` while another
    draft of the same number is open.
    """
    require(actor, "indicator.draft")
    if not policy.acts_for(actor, "indicator.draft", division):
        raise Refused("只能设置本人管辖地区的指标。")
    one = load_indicators().get(indicator)
    if one is None:
        raise NotFound("没有这个指标。")
    if valid_from > clock.today() + _FAR:
        raise Invalid("起始日期在五年以后", where="valid_from", hint="请核对年份")
    if not reason.strip():
        raise Invalid("没有填写设置理由", where="reason", hint="请写明为什么这样设置")
    setting = IndicatorSetting(
        division=division,
        indicator=indicator,
        threshold=threshold,
        value=_read(one, threshold, value.strip()),
        valid_from=valid_from,
        reason=reason.strip()[:500],
        document=document.strip()[:120],
        drafted_by=actor,
        drafted_at=clock.now(),
    )
    if needs_document(setting) and not setting.document:
        raise Invalid("文件没有规定这项比对，启用须有法律依据", where="document", hint="请填写依据的文件名称和文号")
    try:
        with transaction.atomic(), named(actor, "setting.draft"):
            setting.save()
    except IntegrityError as error:
        if "indicator_setting_draft_once" not in str(error):
            raise
        raise Conflict("同一项已有待发布的设置，请先发布或撤回后再起草。") from error
    return setting


@transaction.atomic
def setting_publish(*, actor: User, setting_id: int, version: int) -> IndicatorSetting:
    """A second person puts a draft in force; :class:`Refused` to whoever drafted it."""
    setting = opened(actor, setting_id, version, "publish")
    if setting.drafted_by_id == actor.pk:
        raise Refused("起草与发布须由不同人员办理，请由其他有发布权限的人员发布。")
    record(
        Action.ADMIN,
        actor=actor,
        object_type="indicator_setting",
        object_id=setting.pk,
        county_code=setting.division,
        detail={
            "indicator": setting.indicator,
            "threshold": setting.threshold,
            "value": setting.value,
            "from": setting.valid_from.isoformat(),
        },
    )
    return _close(setting, actor, "PUBLISHED", "publish")


@transaction.atomic
def setting_withdraw(*, actor: User, setting_id: int, version: int, reason: str) -> IndicatorSetting:
    """Give up a draft; what is published is never withdrawn but set again."""
    setting = opened(actor, setting_id, version, "withdraw")
    if not reason.strip():
        raise Invalid("没有填写撤回原因", where="reason", hint="请写明为什么撤回")
    setting.closed_reason = reason.strip()[:300]
    return _close(setting, actor, "WITHDRAWN", "withdraw")


@transaction.atomic
def capacity_set(*, actor: User, county: str, visits: int) -> VisitCapacity:
    """Set how many households a county can visit in a week."""
    require(actor, "capacity.set")
    if not policy.acts_for(actor, "capacity.set", county):
        raise Refused("只能设置本人管辖地区的走访能力。")
    if not 1 <= visits <= MOST_VISITS:
        raise Invalid("每周可走访户数不在合理范围", where="visits", hint=f"请填写 1 到 {MOST_VISITS} 的整数")
    with named(actor, "capacity.set"):
        capacity, _ = VisitCapacity.objects.update_or_create(
            county_id=county, defaults={"visits": visits, "set_by": actor, "set_at": clock.now()}
        )
    return capacity


def needs_document(setting: IndicatorSetting) -> bool:
    """Whether the setting runs more of an indicator without a clause than the catalogue does."""
    if setting.threshold or setting.indicator not in parameters.NEEDS_BASIS or not setting.value:
        return False
    order = ("off", "silent", "on")
    return order.index(setting.value) > order.index(load_indicators()[setting.indicator].state)


def opened(actor: User, setting_id: int, version: int, event: str) -> IndicatorSetting:
    """The locked draft, if the actor may do ``event`` with it as it is shown on his page."""
    found = queries.setting_get(actor=actor, setting_id=setting_id)
    if not any(policy.acts_for(actor, one, found.division) for one in _OPERATIONS[event]):
        raise Refused()
    setting = IndicatorSetting.objects.select_for_update(of=("self",)).get(pk=setting_id)
    SETTING.next_state(setting.state, event, scope_of(actor).roles)
    if setting.version != version:
        raise Conflict()
    return setting


def _close(setting: IndicatorSetting, actor: User, state: str, verb: str) -> IndicatorSetting:
    setting.state, setting.closed_by, setting.closed_at = state, actor, clock.now()
    setting.version += 1
    with named(actor, f"setting.{verb}"):
        setting.save()
    return setting


def _read(one: Indicator, threshold: str, value: str) -> str:
    if not threshold:
        if value and value not in STATES:
            raise Invalid("没有这种状态", where="value", hint="请选择启用、试运行或停用")
        return value
    if threshold not in one.thresholds:
        raise Invalid("这个指标没有这个标准", where="threshold", hint="请从列表中选择")
    return _number(one.thresholds[threshold], value) if value else ""


def _number(threshold: Threshold, text: str) -> str:
    """A share as 0.5 or 50%, everything else a whole number; as decimal text."""
    percent = threshold.unit == "比例" and text.endswith(("%", "％"))
    try:
        value = Decimal(text.rstrip("%％"))
    except InvalidOperation as error:
        raise Invalid("不是数值", where="value", hint="请填写数字") from error
    if not value.is_finite():
        raise Invalid("不是数值", where="value", hint="请填写数字")
    value = value / 100 if percent else value
    if threshold.unit == "比例":
        if not 0 < value <= 1 or -int(value.as_tuple().exponent) > 4:  # type: ignore[arg-type]
            raise Invalid("比例应大于 0、不超过 1，最多四位小数", where="value", hint="请写成 0.5 或 50%")
    elif value != value.to_integral_value() or not 0 <= value <= parameters.HIGHEST_THRESHOLD:
        raise Invalid(f"应为 0 到 {parameters.HIGHEST_THRESHOLD} 的整数", where="value", hint=f"单位：{threshold.unit}")
    return f"{value.normalize():f}"

"""The rules of supervision: those of the catalogue (class SUP) and those of deliveries (data quality), in one form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from doudi.apps.accounts.roles import ROLES
from doudi.engine.indicators import Indicator, load_indicators
from doudi.engine.lake.quality_rules import DeliveryRule, load_quality_rules

# No document gives a number of days in which a department has to answer for its delivery.
DELIVERY_WORKING_DAYS = 3
_OWNERS = {"department": "报送部门", "township": "乡镇（街道）", "county_data": "县数据岗"}
_MEASURES = {
    "quarantined": ("退回行过多", "报送的数据中被退回的行超过规定比例。"),
    "bad_ids": ("身份证号错误过多", "报送的数据中身份证号有误的行超过规定比例。"),
    "duplicates": ("重复过多", "报送的数据中重复的行超过规定比例。"),
    "flagged": ("存疑过多", "报送的数据中存疑的行超过规定比例。"),
    "shrinkage": ("数据量骤减", "报送的数据比上期明显减少，可能不完整。"),
    "days_late": ("报送迟到", "数据在保鲜期之后才报送。"),
    "unmatched_rise": ("未匹配比例上升", "与登记库对不上的行比上期明显增多。"),
    "missing": ("应报未报", "保鲜期已过，没有报送新一期数据。"),
    "events_only": ("只有逐条推送", "本期只有逐条推送的数据，没有整批报送。"),
}
_DELIVERY_OUTCOMES = {"DELIVERED": "已补报", "CORRECTED": "已更正", "EXPLAINED": "已说明原因"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule of supervision looks for and who answers. ``indicator``: the catalogue's, None for a delivery's."""

    code: str
    title: str
    looks_for: str
    note: str
    severity: str
    working_days: int
    responsible: str
    outcomes: Mapping[str, str]
    indicator: Indicator | None


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its code, those of the catalogue first."""
    found = [_of_catalogue(one) for one in load_indicators().values() if one.alert_class == "SUP"]
    found += [_of_delivery(one) for one in load_quality_rules().deliveries]
    return {rule.code: rule for rule in found}


def _of_catalogue(one: Indicator) -> Rule:
    return Rule(
        code=one.code,
        title=one.title,
        looks_for=one.looks_for,
        note=one.note,
        severity=one.severity,
        working_days=one.deadline_working_days,
        responsible=ROLES[one.role].label if one.role in ROLES else "县级主管单位",
        outcomes=one.outcomes,
        indicator=one,
    )


def _of_delivery(one: DeliveryRule) -> Rule:
    title, looks_for = _MEASURES[one.measure]
    kept = "情形存在期间，有关预警不作“未再出现”处理。" if one.keeps_alerts else ""
    return Rule(
        code=one.number,
        title=title,
        looks_for=looks_for,
        note=kept,
        severity="orange" if one.keeps_alerts else "yellow",
        working_days=DELIVERY_WORKING_DAYS,
        responsible=_OWNERS[one.owner],
        outcomes=_DELIVERY_OUTCOMES,
        indicator=None,
    )

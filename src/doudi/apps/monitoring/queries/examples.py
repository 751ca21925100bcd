"""An indicator's worked examples as its page shows them: rows in, signals out, in Chinese."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from doudi.apps.registry.choices import Category
from doudi.engine.errors import InputError
from doudi.engine.indicators import Indicator, explain, figures
from doudi.engine.indicators.examples import Example, load_examples
from doudi.engine.lake import load_contracts
from doudi.engine.rules import load_pack

_TABLES = {
    "households": "家庭",
    "members": "成员",
    "payments": "发放",
    "supporters": "赡养抚养扶养人",
    "exits": "退出记录",
    "assistance": "救助帮扶",
    "visits": "走访",
    "referrals": "转办",
    "applications": "申请",
    "conferences": "一事一议",
    "alerts": "预警",
    "tapers": "渐退期",
    "reviews": "复核",
    "emergencies": "急难救助",
    "clues": "线索",
    "needs": "需求",
    "care_orders": "照料服务",
    "accounts": "收款账户",
    "relatives": "近亲属备案",
    "publicity": "公示",
    "meetings": "会议",
    "campaigns": "集中排查",
    "reserve_draws": "备用金",
    "deliveries": "数据报送",
    "lookups": "查询",
    "defects": "数据缺陷",
}
_COLUMNS = {
    "household_key": "家庭",
    "person_key": "人员",
    "category": "类别",
    "register": "登记状态",
    "birth_date": "出生日期",
    "relation": "关系",
    "item": "项目",
    "income_year": "家庭年收入",
    "state": "状态",
    "disability_grade": "残疾等级",
    "amount": "金额",
    "disability_type": "残疾类别",
    "given_on": "给予日期",
    "category_from": "纳入日期",
    "division": "区划",
    "labour_ability": "劳动能力",
    "route": "保障方式",
    "period": "账期",
    "fanpin": "返贫监测",
    "employed": "就业",
    "visited_on": "走访日期",
    "serious_illness": "重病",
    "self_care_failed_items": "不能自理项数",
    "reported_on": "报告日期",
    "wage": "工资性收入",
    "rejections": "退回次数",
    "sent_on": "转出日期",
    "area": "城乡",
    "submitted_on": "受理日期",
    "died_on": "死亡日期",
    "kind": "种类",
    "department": "部门",
    "student": "在学阶段",
    "age": "年龄",
    "taper_to": "渐退期止",
    "outcome": "结果",
    "paid_on": "到账日期",
    "result": "发放结果",
    "left_on": "退出日期",
    "opened_on": "生成日期",
    "house_grade": "房屋等级",
    "property_conforms": "财产符合规定",
    "decided_on": "决定日期",
    "taper_from": "渐退期起",
    "due_on": "时限",
    "step_due_on": "环节时限",
    "monthly_benefit": "月救助金",
    "transfer_net": "转移净收入",
    "business_net": "经营净收入",
    "shared_income": "共同收入",
    "necessary_spending": "必需支出",
    "from_on": "起",
    "until_on": "止",
}
_MONEY = {"income_year", "amount", "wage", "monthly_benefit", "transfer_net", "business_net", "property_net",
          "other_income", "shared_income", "necessary_spending"}  # fmt: skip
_VALUES: dict[Any, str] = {
    **dict(Category.choices), True: "是", False: "否", "head": "户主", "spouse": "配偶", "child": "子女",
    "parent": "父母", "urban": "城市", "rural": "农村", "WATCH": "监测中", "ACTIVE": "在册", "paid": "成功",
    "returned": "退票",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One subject of an example: ``says`` is the sentence that officers would read, '' where it is spared."""

    subject: str
    why: str
    says: str
    figures: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ShownExample:
    about: str
    period: str
    pack: str
    missing: str
    rows: list[tuple[str, list[str]]]
    found: list[Case]
    spared: list[Case]


def examples(indicator: Indicator) -> list[ShownExample]:
    """The indicator's examples; none where the catalogue has none yet."""
    try:
        loaded = load_examples(indicator.code)
    except InputError:
        return []
    return [_shown(indicator, one) for one in loaded]


def _shown(indicator: Indicator, one: Example) -> ShownExample:
    return ShownExample(
        about=one.about,
        period=one.period,
        pack=load_pack(one.pack).cite_as,
        missing=one.missing,
        rows=[(_table(name), [_row(name, row) for row in rows]) for name, rows in one.written.items() if rows],
        found=[
            Case(
                _subject(case.subject),
                case.why,
                case.says or explain(indicator, case.measures),
                figures(indicator, case.measures),
            )
            for case in one.signals
        ],
        spared=[Case(_subject(case.subject), case.why, "", []) for case in one.spared],
    )


def _table(name: str) -> str:
    if not name.startswith("feed."):
        return _TABLES.get(name, name)
    feed, _, period = name.removeprefix("feed.").partition("@")
    return load_contracts()[feed].title + (f"（{period}）" if period else "")


def _row(table: str, row: Mapping[str, Any]) -> str:
    titles, money = dict(_COLUMNS), set(_MONEY)
    if table.startswith("feed."):
        fields = load_contracts()[table.removeprefix("feed.").partition("@")[0]].fields
        titles |= {field.name: field.title for field in fields}
        money |= {field.name for field in fields if field.type == "money"}
    return "，".join(_cells(row, titles, money))


def _cells(row: Mapping[str, Any], titles: Mapping[str, str], money: set[str]) -> Iterable[str]:
    for name, value in row.items():
        if name == "row_key":
            continue
        if name in money and isinstance(value, int):
            text = f"{value / 100:,.2f} 元"
        elif isinstance(value, dt.date):
            text = value.isoformat()
        else:
            text = "无" if value is None else _VALUES.get(value, str(value)) if value.__hash__ else str(value)
        yield f"{titles.get(name, name)} {text}"


def _subject(subject: Mapping[str, Any]) -> str:
    names = {"household_key": "家庭", "person_key": "人员", "matter": "事项", "division": "区划"}
    return "，".join(f"{names.get(key, key)} {value}" for key, value in subject.items() if value is not None)

"""Values, conditions and comparisons in the words that officers read aloud."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from doudi.engine.money import text_money
from doudi.engine.rules.pack import number_text
from doudi.engine.rules.schema import CODES

MISSING = "（缺）"
# An operator and the one that states the opposite.
OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "=": "<>", "<>": "=", "in": "not in", "not in": "in"}
SYMBOLS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "为", "<>": "不是", "in": "属于", "not in": "不属于"}
# How sizes compare: money and shares, ages, days, and anything counted.
SIZES = {
    "amount": {"<": "低于", "<=": "不高于", ">": "高于", ">=": "不低于"},
    "age": {"<": "不满", "<=": "不超过", ">": "超过", ">=": "达到"},
    "date": {"<": "早于", "<=": "不晚于", ">": "晚于", ">=": "不早于"},
    "count": {"<": "少于", "<=": "不多于", ">": "多于", ">=": "不少于"},
}
# Labels that are statements by themselves, and how each is denied. Longer ones first.
_DENIALS = (
    ("均为", "并非均为"),
    ("符合", "不符合"),
    ("低于", "不低于"),
    ("达到", "未达到"),
    ("超过", "未超过"),
    ("已纳入", "未纳入"),
)
_OPENINGS = (("已是", "不是"), ("已", "未"), ("有", "没有"))
_INVOLVED = "而因或且的不未无"  # a label with one of these says more than one thing: never rewritten
_COUNTED = ("人", "项", "级", "月", "次", "个月")


@cache
def codes() -> dict[str, str]:
    """What the codes in documents and packs mean, in Chinese."""
    catalogue = files("doudi.catalogue")
    topics = yaml.safe_load(catalogue.joinpath("policy_topics.yaml").read_text(encoding="utf-8"))
    classes = yaml.safe_load(catalogue.joinpath("alert_classes.yaml").read_text(encoding="utf-8"))
    return {**topics["words"], **classes["labels"], **CODES}


def show(value: Any, unit: str) -> str:
    """A value as officers read it: money with two decimals, yes and no, codes in Chinese."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Fraction):
        return text_money(value) if unit.startswith("元") else number_text(value)
    if isinstance(value, tuple):
        return "、".join(show(item, unit) for item in value)
    return value.isoformat() if isinstance(value, dt.date) else CODES.get(value, str(value))


def statement(label: str, holds: bool) -> str:
    """A condition's label as a sentence that says whether it holds; empty where the label cannot be turned into one."""
    involved = any(letter in label for letter in _INVOLVED)
    for opening, denied in _OPENINGS:
        if label.startswith(opening) and not involved:
            return label if holds else denied + label[len(opening) :]
    for word, denied in _DENIALS:
        if word in label and (holds or not involved):
            return label if holds else label.replace(word, denied, 1)
    return ""


@cache
def said(label: str, holds: bool | None) -> str:
    """A condition as it stands in a formula: 不符合低保家庭条件, 重病患者 否, 重病患者（待定）."""
    if holds is None:
        return f"{label}（待定）"
    return statement(label, holds) or f"{label} {'是' if holds else '否'}"


def short_unit(unit: str) -> str:
    """What stands behind a number in a sentence: 元 for 元/人/月, nothing for a share."""
    first = unit.split("/")[0]
    return first if first in ("元", "岁", "倍", *_COUNTED) else ""


def size_of(unit: str, value: Any) -> str:
    """The row of ``SIZES`` that fits."""
    if isinstance(value, dt.date):
        return "date"
    first = unit.split("/")[0]
    return "age" if first == "岁" else "count" if first in _COUNTED else "amount"

"""A pack's rules and parameters in words, without a household: what the policy says, as officers read it."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from doudi.engine.rules.explain import show
from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps, names
from doudi.engine.rules.interpret import entity_of
from doudi.engine.rules.pack import Pack, Parameter
from doudi.engine.rules.schema import BY_NAME, CODES, MOMENTS

UNSET = "未规定（需本地规定）"
LOCAL = "由各县填报"
_BETWEEN = {
    "and": " 且 ",
    "or": " 或 ",
    "=": " 为 ",
    "<>": " 不为 ",
    "+": " + ",
    "-": " − ",
    "*": " × ",
    "/": " ÷ ",
    "in": " 属于 ",
}
# How sizes compare: money and shares, ages, days, and anything counted.
_SIZES = {
    "amount": {"<": " 低于 ", "<=": " 不高于 ", ">": " 高于 ", ">=": " 不低于 "},
    "age": {"<": " 不满 ", "<=": " 不超过 ", ">": " 超过 ", ">=": " 达到 "},
    "date": {"<": " 早于 ", "<=": " 不晚于 ", ">": " 晚于 ", ">=": " 不早于 "},
    "count": {"<": " 少于 ", "<=": " 不多于 ", ">": " 多于 ", ">=": " 不少于 "},
}
_TIGHTNESS = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6} | dict.fromkeys(
    ("=", "<>", "<", "<=", ">", ">=", "in"), 4
)
_FORMS = {
    "greatest": "取大（{}）",
    "least": "取小（{}）",
    "round_fen": "{}，四舍五入到分",
    "ceil_yuan": "{}，见分进元",
    "completed_years": "周岁（{}）",
    "months_since": "经过的月数（{}）",
    "month_shift": "推后的月份（{}）",
    "sum": "各{who}“{}”合计",
    "count": "“{}”的{who}数",
    "any": "任一{who}“{}”",
    "all": "全部{who}“{}”",
    "max": "各{who}“{}”中最大的",
}
_WHO = {"person": "成员", "supporter": "供养人", "settlement": "次结算"}
_PER = {
    "元/人/月": "每人每月 {} 元",
    "元/月": "每月 {} 元",
    "元/人/年": "每人每年 {} 元",
    "元/年": "每年 {} 元",
    "元/次": "每次 {} 元",
}


@lru_cache(maxsize=1)
def codes() -> dict[str, str]:
    """What the codes in documents and packs mean, in Chinese."""
    catalogue = files("doudi.catalogue")
    topics = yaml.safe_load(catalogue.joinpath("policy_topics.yaml").read_text(encoding="utf-8"))
    classes = yaml.safe_load(catalogue.joinpath("alert_classes.yaml").read_text(encoding="utf-8"))
    return {**topics["words"], **classes["labels"], **CODES}


def value_in_words(parameter: Parameter, value: Any) -> str:
    """A parameter's value with its unit: 1.5 倍, 每人每月 100 元, 60%; what is unset says who has to give it."""
    if value is None:
        return LOCAL if parameter.local else UNSET
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (tuple, str)):
        items = value if isinstance(value, tuple) else (value,)
        text = "、".join(codes().get(item, item) if isinstance(item, str) else show(item, "") for item in items)
        return f"{text}{parameter.unit}" if items and not isinstance(items[0], str) else text
    if parameter.kind == "ratio" and (parameter.unit.startswith("占") or parameter.unit == "比例"):
        return f"{show(value * 100, '')}%"
    number, unit = show(value, ""), "个月" if parameter.unit == "月" else parameter.unit
    return _PER[parameter.unit].format(number) if parameter.unit in _PER else f"{number} {unit}".strip()


def current_in_words(parameter: Parameter, as_of: dt.date = dt.date.max) -> str:
    """The value in force on that day; a product default says so."""
    dated = parameter.at(as_of)
    text = value_in_words(parameter, dated.value if dated else None)
    return f"{text}（文件未规定，产品默认）" if dated and dated.default and dated.value is not None else text


def rule_in_words(pack: Pack, name: str) -> str:
    """A rule's expression with labels instead of names and its parameters' values put in."""
    return _write(pack, pack.rules[name].tree)[0]


def label_of(pack: Pack, name: str) -> str:
    if name in pack.parameters:
        return pack.parameters[name].label
    return pack.rules[name].label if name in pack.rules else MOMENTS.get(name) or BY_NAME[name].label


def _write(pack: Pack, node: Node) -> tuple[str, int]:
    """The text and how tightly it binds, for brackets."""
    match node:
        case Literal(value=value):
            return show(codes().get(value, value) if isinstance(value, str) else value, ""), 9
        case Name(name=name):
            return _name(pack, name), 9
        case Call(function="lookup", arguments=(Name(name=name), Name(name=division), Literal(value=area))):
            return f"{label_of(pack, division)}的{codes()[str(area)]}{label_of(pack, name)}", 9
        case Call(function=function, arguments=arguments):
            return _call(pack, function, arguments)
        case Aggregate(function=function, argument=argument):
            return _FORMS[function].format(_quoted(_write(pack, argument)[0]), who=_who(pack, argument)), 9
        case Choose(branches=branches, otherwise=otherwise):
            parts = [f"{_write(pack, when)[0]}的，{_write(pack, then)[0]}" for when, then in branches]
            return "；".join([*parts, f"其余{_write(pack, otherwise)[0]}"]), 0
        case Steps(steps=steps):
            return "；".join(f"{codes().get(name, name)}：{_write(pack, step)[0]}" for name, step in steps), 0
    raise AssertionError(node)


def _call(pack: Pack, function: str, arguments: tuple[Node, ...]) -> tuple[str, int]:
    if function == "not":
        inner = arguments[0]
        if isinstance(inner, Call) and inner.function == "is null":
            return f"已填{_write(pack, inner.arguments[0])[0]}", 4
        return f"非“{_quoted(_write(pack, inner)[0])}”", 9
    written = [_write(pack, argument) for argument in arguments]
    if function == "is null":
        return f"{written[0][0]}未填", 4
    if function == "coalesce":
        return f"{written[0][0]}（未填的按{'、'.join(text for text, _ in written[1:])}）", 9
    own = _TIGHTNESS.get(function)
    if own is None:
        return _FORMS[function].format("，".join(text for text, _ in written)), 9
    parts = []
    for index, (text, binding) in enumerate(written):
        loose = binding < own or (binding == own and index > 0 and function in ("-", "/"))
        parts.append(f"（{text}）" if loose else text)
    between = _BETWEEN.get(function) or _SIZES[_size(pack, arguments[0])][function]
    return between.join(parts), own


def _quoted(text: str) -> str:
    """A text to stand between quotation marks."""
    return text.replace("“", "‘").replace("”", "’")


def _size(pack: Pack, node: Node) -> str:
    """What kind of size an expression has, by the first thing it names."""
    if not isinstance(node, Name):
        return "amount"
    item = pack.parameters.get(node.name) or pack.rules.get(node.name) or BY_NAME.get(node.name)
    if item is None or item.kind == "date":
        return "date"
    if item.unit == "岁":
        return "age"
    return "count" if item.unit in ("人", "项", "级", "月", "次") else "amount"


def _name(pack: Pack, name: str) -> str:
    if name in pack.parameters:
        parameter = pack.parameters[name]
        dated = parameter.at(dt.date.max)
        if dated is not None and dated.value is not None:
            return f"{parameter.label}（{value_in_words(parameter, dated.value)}）"
    return label_of(pack, name)


def _who(pack: Pack, argument: Node) -> str:
    entities = [entity_of(pack, name) for name in sorted(names(argument))]
    return next((_WHO[e] for e in ("settlement", "supporter", "person") if e in entities), "成员")

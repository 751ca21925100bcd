"""A pack's rules and parameters in words, without a household: what the policy says, as officers read it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps, names
from doudi.engine.rules.interpret import entity_of
from doudi.engine.rules.pack import Pack, Parameter
from doudi.engine.rules.phrases import OPPOSITE, SIZES, codes, show, statement
from doudi.engine.rules.schema import BY_NAME, MOMENTS

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
_TIGHTNESS = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6} | dict.fromkeys(
    ("=", "<>", "<", "<=", ">", ">=", "in"), 4
)
_FORMS = {
    "greatest": "取大（{}）",
    "least": "取小（{}）",
    "round_fen": "{}，四舍五入到分",
    "ceil_yuan": "{}，见分进元",
    "completed_years": "{} 到 {} 的周岁",
    "months_since": "{} 到 {} 的月数",
    "month_shift": "{} 后推 {} 个月的1日",
    "months_after": "{} 之后满 {} 个月",
    "days_after": "{} 之后满 {} 天",
    "sum": "各{who}“{}”合计",
    "count": "“{}”的{who}数",
    "any": "任一{who}“{}”",
    "all": "全部{who}“{}”",
    "max": "各{who}“{}”中最大的",
}
_BEFORE = {"months_after": "{} 之前 {} 个月", "days_after": "{} 之前 {} 天"}
_WHO = {"person": "成员", "supporter": "供养人", "settlement": "次结算"}
_PER = {
    "元/人/月": "每人每月 {} 元",
    "元/月": "每月 {} 元",
    "元/人/年": "每人每年 {} 元",
    "元/年": "每年 {} 元",
    "元/次": "每次 {} 元",
}


@dataclass(frozen=True, slots=True)
class _Context:
    pack: Pack
    values: bool  # whether parameters show their values


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


def rule_in_words(pack: Pack, name: str, *, values: bool = True) -> str:
    """A rule's expression with labels instead of names; ``values``: with its parameters' values put in.

    What a rule does while a computed value is unknown is caution, not policy, and left out.
    """
    return _write(_Context(pack, values), pack.rules[name].tree)[0]


def label_of(pack: Pack, name: str) -> str:
    if name in pack.parameters:
        return pack.parameters[name].label
    return pack.rules[name].label if name in pack.rules else MOMENTS.get(name) or BY_NAME[name].label


def _write(at: _Context, node: Node) -> tuple[str, int]:
    """The text and how tightly it binds, for brackets."""
    match node:
        case Literal(value=value):
            return show(codes().get(value, value) if isinstance(value, str) else value, ""), 9
        case Name(name=name):
            return _name(at, name), 9
        case Call(function="lookup", arguments=(Name(name=name), Name(name=division), Literal(value=area))):
            place = label_of(at.pack, division).removesuffix("区划代码")
            return f"{place}的{codes()[str(area)]}{label_of(at.pack, name)}", 9
        case Call(function=function, arguments=arguments):
            return _call(at, function, arguments)
        case Aggregate(function=function, argument=argument):
            return _FORMS[function].format(_quoted(_write(at, argument)[0]), who=_who(at, argument)), 9
        case Choose(branches=branches, otherwise=otherwise):
            known = [(when, then) for when, then in branches if not _is_doubt(at, when)]
            if not known:
                return _write(at, otherwise)
            parts = [f"{_write(at, when)[0]}的，{_write(at, then)[0]}" for when, then in known]
            rest = [] if otherwise == Literal(None) else [f"其余{_write(at, otherwise)[0]}"]
            return "；".join([*parts, *rest]), 0
        case Steps(steps=steps):
            return "；".join(f"{codes().get(name, name)}：{_write(at, step)[0]}" for name, step in steps), 0
    raise AssertionError(node)


def _call(at: _Context, function: str, arguments: tuple[Node, ...]) -> tuple[str, int]:
    if function == "not":
        return _denied(at, arguments[0])
    written = [_write(at, argument) for argument in arguments]
    if function == "is null":
        return f"{written[0][0]}{'不明' if _is_computed(at, arguments[0]) else '未填'}", 4
    if function in _BEFORE and isinstance(arguments[1], Call) and arguments[1].function == "-":
        zero, back = arguments[1].arguments
        if zero == Literal(Fraction(0)):
            return _BEFORE[function].format(written[0][0], _write(at, back)[0]), 9
    if function == "coalesce" and _is_computed(at, arguments[0]) and arguments[1] == Literal(False):
        return written[0]
    if function == "coalesce":
        return f"{written[0][0]}（未填的按{'、'.join(text for text, _ in written[1:])}）", 9
    own = _TIGHTNESS.get(function)
    if own is None:
        texts = [text for text, _ in written]
        form = _FORMS[function]
        return form.format(*texts) if form.count("{}") > 1 else form.format("，".join(texts)), 9
    parts = []
    for index, (text, binding) in enumerate(written):
        loose = binding < own or (binding == own and index > 0 and function in ("-", "/"))
        parts.append(f"（{text}）" if loose else text)
    between = _BETWEEN.get(function) or f" {SIZES[_size(at, arguments[0])][function]} "
    return between.join(parts), own


def _denied(at: _Context, node: Node) -> tuple[str, int]:
    """That ``node`` does not hold."""
    if isinstance(node, Call) and node.function == "is null":
        return f"已填{_write(at, node.arguments[0])[0]}", 4
    if isinstance(node, Call) and node.function in OPPOSITE and node.function != "in":
        return _call(at, OPPOSITE[node.function], node.arguments)
    text = _write(at, node)[0]
    return (isinstance(node, Name) and statement(text, False)) or f"非“{_quoted(text)}”", 9


def _is_computed(at: _Context, node: Node) -> bool:
    return isinstance(node, Name) and node.name in at.pack.rules


def _is_doubt(at: _Context, node: Node) -> bool:
    """Whether a condition asks if a computed value is unknown."""
    return isinstance(node, Call) and node.function == "is null" and _is_computed(at, node.arguments[0])


def _quoted(text: str) -> str:
    """A text to stand between quotation marks."""
    return text.replace("“", "‘").replace("”", "’")


def _size(at: _Context, node: Node) -> str:
    """What kind of size an expression has, by the first thing it names."""
    if not isinstance(node, Name):
        return "amount"
    item = at.pack.parameters.get(node.name) or at.pack.rules.get(node.name) or BY_NAME.get(node.name)
    if item is None or item.kind == "date":
        return "date"
    if item.unit == "岁":
        return "age"
    return "count" if item.unit in ("人", "项", "级", "月", "次") else "amount"


def _name(at: _Context, name: str) -> str:
    if name in at.pack.parameters:
        parameter = at.pack.parameters[name]
        dated = parameter.at(dt.date.max)
        if at.values and dated is not None and dated.value is not None:
            return f"{parameter.label}（{value_in_words(parameter, dated.value)}）"
    return label_of(at.pack, name)


def _who(at: _Context, argument: Node) -> str:
    entities = [entity_of(at.pack, name) for name in sorted(names(argument))]
    return next((_WHO[e] for e in ("settlement", "supporter", "person") if e in entities), "成员")

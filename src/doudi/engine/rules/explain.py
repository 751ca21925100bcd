"""The explanation of a determination: every rule with its value and its expression in Chinese, numbers put in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from doudi.engine.money import text_money
from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps
from doudi.engine.rules.household import Row
from doudi.engine.rules.interpret import aggregated_entity, entity_of, rows_of
from doudi.engine.rules.pack import Pack, Rule, number_text
from doudi.engine.rules.schema import BY_NAME, CODES, ENTITIES, MOMENTS, Column

_INFIX = {
    "and": " 且 ",
    "or": " 或 ",
    "=": " 为 ",
    "<>": " 不为 ",
    "<": " < ",
    "<=": " ≤ ",
    ">": " > ",
    ">=": " ≥ ",
    "+": " + ",
    "-": " − ",
    "*": " × ",
    "/": " ÷ ",
    "in": " 属于 ",
}
_BINDING = {
    "or": 1,
    "and": 2,
    "=": 4,
    "<>": 4,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "in": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
}
_NAMED = {
    "greatest": "取大",
    "least": "取小",
    "coalesce": "依次取",
    "round_fen": "四舍五入到分",
    "ceil_yuan": "进到元",
    "completed_years": "周岁",
    "months_since": "经过月数",
    "month_shift": "推后月数",
    "months_after": "满若干月之日",
    "days_after": "若干天后",
}
_AGGREGATES = {"sum": "合计", "count": "计数", "any": "任一", "all": "全部", "max": "最大"}
_MEMBERS = {"person": "各成员", "supporter": "各供养人", "settlement": "各次结算"}
MISSING = "（缺）"
Write = Callable[[Row], str]


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


def trace(pack: Pack, household: Row) -> list[dict[str, Any]]:
    """Every rule of the household in the order of evaluation (interfaces: ``trace``)."""
    entries: list[dict[str, Any]] = []
    rows = {entity: rows_of(household, entity) for entity in ENTITIES}
    for rule, formula in _formulas(pack):
        for row in rows[rule.entity]:
            value = row.values[rule.name]
            entries.append(
                {
                    "rule": rule.name,
                    "entity": rule.entity,
                    "person_id": None if rule.entity == "household" else row.key,
                    "label": rule.label,
                    "value": value if value is None or isinstance(value, (bool, str)) else show(value, rule.unit),
                    "unit": rule.unit,
                    "formula": formula(row),
                    "cite": rule.cite or _cite(pack, rule, row),
                }
            )
    return entries


def _cite(pack: Pack, rule: Rule, row: Row) -> str:
    """A ladder's citation is that of the step that was taken."""
    if isinstance(rule.tree, Steps):
        for _, step in rule.tree.steps:
            if isinstance(step, Name):
                found = pack.rules[step.name]
                if _above(row, found.entity).values[step.name]:
                    return found.cite
    return pack.cite_as


def _above(row: Row, entity: str) -> Row:
    while row.entity != entity:
        assert row.above is not None
        row = row.above
    return row


def _formulas(pack: Pack) -> list[tuple[Rule, Write]]:
    """How each rule's expression is written, made once a pack."""
    if "formulas" not in pack.compiled:
        writer = _Writer(pack)
        pack.compiled["formulas"] = [(rule, writer.make(rule.tree, rule.entity)[0]) for rule in pack.rules.values()]
    ready: list[tuple[Rule, Write]] = pack.compiled["formulas"]
    return ready


class _Writer:
    """Turns expressions into functions that write them with labels and the values of one row."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def make(self, node: Node, entity: str) -> tuple[Write, int]:
        """The writing function and how tightly its text binds, for brackets."""
        match node:
            case Literal(value=value):
                text = show(value, "")
                return lambda row: text, 9
            case Name(name=name):
                return self._name(name), 9
            case Call(function="lookup", arguments=(Name(name=name), Name(name=division), Literal(value=area))):
                return self._lookup(name, division, str(area)), 9
            case Call(function=function, arguments=arguments):
                return self._call(function, arguments, entity)
            case Aggregate(function=function, argument=argument):
                return self._aggregate(function, argument, entity), 9
            case Choose(branches=branches, otherwise=otherwise):
                parts: list[str | Write] = []
                for when, then in branches:
                    parts += ["若 ", self.make(when, entity)[0], " 则 ", self.make(then, entity)[0], "，"]
                return _join([*parts, "否则 ", self.make(otherwise, entity)[0]]), 0
            case Steps(steps=steps):
                listed: list[str | Write] = []
                for name, step in steps:
                    listed += [f"{'；' if listed else ''}{CODES.get(name, name)}：", self.make(step, entity)[0]]
                return _join(listed), 0
        raise AssertionError(node)

    def _call(self, function: str, arguments: tuple[Node, ...], entity: str) -> tuple[Write, int]:
        made = [self.make(argument, entity) for argument in arguments]
        if function == "not":
            return _join(["非 ", *_bracket(made[0][0], made[0][1] <= 3)]), 3
        if function == "is null":
            return _join([made[0][0], " 未填"]), 4
        own = _BINDING.get(function, 0)
        parts: list[str | Write] = []
        for index, (write, binding) in enumerate(made):
            loose = own > 0 and (binding < own or (binding == own and index > 0 and function in ("-", "/")))
            parts += [*([_INFIX.get(function, "，")] if index else []), *_bracket(write, loose)]
        return (_join(parts), own) if own else (_join([f"{_NAMED[function]}（", *parts, "）"]), 9)

    def _lookup(self, name: str, division: str, area: str) -> Write:
        parameter = self.pack.parameters[name]

        def write(row: Row) -> str:
            place = row.values[division]
            value = _above(row, "household").values["?"].at(place, area)[name]
            return f"{place or '本地'}{CODES[area]}{parameter.label} {show(value, parameter.unit)}"

        return write

    def _aggregate(self, function: str, argument: Node, entity: str) -> Write:
        below = aggregated_entity(self.pack, argument, entity)
        write = self._member(argument, below)
        head = f"{_MEMBERS[below]}{_AGGREGATES[function]}（"
        return lambda row: head + "；".join(f"{item.key} {write(item)}" for item in row.below[below]) + "）"

    def _member(self, node: Node, entity: str) -> Write:
        """One member's part; of a choice by a plain condition only the branch taken."""
        write = self.make(node, entity)[0]
        if isinstance(node, Choose) and len(node.branches) == 1 and isinstance(node.branches[0][0], Name):
            condition, then = node.branches[0][0].name, self.make(node.branches[0][1], entity)[0]
            return lambda row: then(row) if row.values.get(condition) else write(row)
        return write

    def _name(self, name: str) -> Write:
        if name in MOMENTS:
            moment = MOMENTS[name]
            return lambda row: moment
        if name in self.pack.parameters:
            parameter = self.pack.parameters[name]
            return lambda row: f"{parameter.label} {show(_above(row, 'household').values['*'][name], parameter.unit)}"
        owner = entity_of(self.pack, name) or "household"
        item: Rule | Column = self.pack.rules[name] if name in self.pack.rules else BY_NAME[name]
        label, unit = item.label, item.unit

        def write(row: Row) -> str:
            at = _above(row, owner)
            text = at.shown.get(name)
            if text is None:
                text = at.shown[name] = f"{label} {show(at.values[name], unit)}"
            return text

        return write


def _bracket(write: Write, needed: bool) -> list[str | Write]:
    return ["（", write, "）"] if needed else [write]


def _join(parts: Sequence[str | Write]) -> Write:
    writers = [(lambda row, text=part: text) if isinstance(part, str) else part for part in parts]
    return lambda row: "".join([write(row) for write in writers])

"""The explanation of a determination: every rule with its value and its expression in Chinese, numbers put in."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from doudi.engine.money import text_money
from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps
from doudi.engine.rules.household import Row
from doudi.engine.rules.interpret import aggregated_entity, entity_of, rows_of
from doudi.engine.rules.pack import Pack, number_text
from doudi.engine.rules.schema import BY_NAME, CODES, MOMENTS

_INFIX = {"and": " 且 ", "or": " 或 ", "=": " 为 ", "<>": " 不为 ", "<": " < ", "<=": " ≤ ", ">": " > ", ">=": " ≥ ", "+": " + ",
          "-": " − ", "*": " × ", "/": " ÷ ", "in": " 属于 "}  # fmt: skip
_BINDING = {"or": 1, "and": 2, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4, "+": 5, "-": 5, "*": 6, "/": 6}
_NAMED = {"greatest": "取大", "least": "取小", "coalesce": "依次取", "round_fen": "四舍五入到分", "ceil_yuan": "进到元",
          "completed_years": "周岁", "months_since": "经过月数", "month_shift": "推后月数"}  # fmt: skip
_AGGREGATES = {"sum": "合计", "count": "计数", "any": "任一", "all": "全部", "max": "最大"}
_MEMBERS = {"person": "各成员", "supporter": "各供养人", "settlement": "各次结算"}
MISSING = "（缺）"


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
    writer = Writer(pack)
    entries: list[dict[str, Any]] = []
    for rule in pack.rules.values():
        for row in rows_of(household, rule.entity):
            value = row.values[rule.name]
            entries.append({
                "rule": rule.name,
                "entity": rule.entity,
                "person_id": None if rule.entity == "household" else row.key,
                "label": rule.label,
                "value": value if isinstance(value, bool) or value is None else _plain(value, rule.unit),
                "unit": rule.unit,
                "formula": writer.formula(rule.tree, row),
                "cite": rule.cite,
            })  # fmt: skip
    return entries


def _plain(value: Any, unit: str) -> str:
    return value if isinstance(value, str) else show(value, unit)


class Writer:
    """Writes expressions with labels and the values of one row."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def formula(self, node: Node, row: Row) -> str:
        return self._write(node, row)[0]

    def _write(self, node: Node, row: Row) -> tuple[str, int]:
        """The text and how tightly it binds, for brackets."""
        match node:
            case Literal(value=value):
                return show(value, ""), 9
            case Name(name=name):
                return self._name(name, row), 9
            case Call(function="lookup", arguments=(Name(name=name), division, Literal(value=area))):
                label = self.pack.parameters[name].label
                top = row
                while top.above is not None:
                    top = top.above
                value = top.values["?"].at(self._value(division, row), str(area))[name]
                place = self._value(division, row) or "本地"
                return f"{place}{CODES[str(area)]}{label} {show(value, self.pack.parameters[name].unit)}", 9
            case Call(function=function, arguments=arguments):
                return self._call(function, arguments, row)
            case Aggregate(function=function, argument=argument):
                return self._aggregate(function, argument, row), 9
            case Choose(branches=branches, otherwise=otherwise):
                parts = [f"若 {self.formula(when, row)} 则 {self.formula(then, row)}" for when, then in branches]
                return "，".join([*parts, f"否则 {self.formula(otherwise, row)}"]), 0
            case Steps(steps=steps):
                parts = [f"{CODES.get(name, name)}：{self.formula(step, row)}" for name, step in steps]
                return "；".join(parts), 0
        raise AssertionError(node)

    def _value(self, node: Node, row: Row) -> Any:
        return row.values.get(node.name) if isinstance(node, Name) else None

    def _call(self, function: str, arguments: tuple[Node, ...], row: Row) -> tuple[str, int]:
        if function == "not":
            text, binding = self._write(arguments[0], row)
            return f"非 {text if binding > 3 else f'（{text}）'}", 3
        if function == "is null":
            return f"{self.formula(arguments[0], row)} 未填", 4
        if function not in _INFIX:
            return f"{_NAMED[function]}（{'，'.join(self.formula(item, row) for item in arguments)}）", 9
        own = _BINDING[function]
        parts = []
        for index, argument in enumerate(arguments):
            text, binding = self._write(argument, row)
            loose = binding < own or (binding == own and index > 0 and function in ("-", "/"))
            parts.append(f"（{text}）" if loose else text)
        return _INFIX[function].join(parts), own

    def _aggregate(self, function: str, argument: Node, row: Row) -> str:
        below = aggregated_entity(self.pack, argument, row.entity)
        shown = [self._short(argument, item) for item in row.below[below]]
        return f"{_MEMBERS[below]}{_AGGREGATES[function]}（{'；'.join(shown)}）"

    def _short(self, node: Node, row: Row) -> str:
        """One member's part: of a choice only the branch taken."""
        if isinstance(node, Choose):
            for when, then in node.branches:
                holds = isinstance(when, Name) and row.values.get(when.name)
                if holds:
                    return f"{row.key} {self.formula(then, row)}"
        return f"{row.key} {self.formula(node, row)}"

    def _name(self, name: str, row: Row) -> str:
        if name in MOMENTS:
            return MOMENTS[name]
        at = row
        owner = entity_of(self.pack, name) or "household"
        while at.entity != owner:
            assert at.above is not None
            at = at.above
        if name in self.pack.parameters:
            parameter = self.pack.parameters[name]
            return f"{parameter.label} {show(at.values['*'][name], parameter.unit)}"
        if name in self.pack.rules:
            rule = self.pack.rules[name]
            return f"{rule.label} {show(at.values[name], rule.unit)}"
        column = BY_NAME[name]
        return f"{column.label} {show(at.values[name], column.unit)}"

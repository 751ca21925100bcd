"""Why not another category: the conditions that failed, each with its numbers, by how much, and its clause.

A category's rule is followed through 'and', 'or', 'not' and named conditions down to the comparison or fact that
decided. What is open says which number or fact is missing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from doudi.engine.money import text_money
from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, names
from doudi.engine.rules.household import Row
from doudi.engine.rules.interpret import Causes, Compiler, Evaluate, aggregated_entity, rows_of
from doudi.engine.rules.pack import Pack, Rule, Step, number_text
from doudi.engine.rules.phrases import OPPOSITE, SIZES, short_unit, size_of, statement
from doudi.engine.rules.schema import BY_NAME, CODES
from doudi.engine.rules.texts import Write, above, whose
from doudi.engine.rules.writer import Writer

_ORDERED = ("<", "<=", ">", ">=")
# A person is near a route of their own when their health or ability to work is what the route is for.
# Conditions that only say whose rows count at all.
_COUNTED = {"is_living", "is_counted"}
_ALL = {"person": "各成员", "supporter": "各供养人", "settlement": "各次结算"}
_NOBODY = {"person": "没有成员", "supporter": "没有登记供养人", "settlement": "没有登记结算"}
_OWN_CONDITION = {"disability_type", "disability_grade", "serious_illness", "labour_ability_given", "illness_poor"}


def why_not(pack: Pack, household: Row) -> list[dict[str, Any]]:
    """Each category that was not given, with the conditions that failed or that wait for a number.

    ``household``: a row that ``Evaluation`` has filled. First the household's ladder from the top, then, for each
    member, the routes above the one given that are meant for people in their condition. An entry is
    ``{category, person_id, state: failed | open, conditions: [{label, formula, short_by, unit, cite}]}``, with
    ``route`` for a member's route; ``short_by`` is money with two decimals, another number, or None where nothing is
    measured. A condition that is one of several alternatives has ``either`` (the same number for the same group); one
    that is open has ``missing`` with the name of the parameter or field.
    """
    asked = _asked(pack)
    given = household.values["category"]
    entries = [asked.entry(step, household) for step in pack.household_steps if step.category != given]
    for person in rows_of(household, "person"):
        for step in pack.person_steps:
            if person.values[step.rule]:
                break
            if step.route and step.category != person.values["person_category"] and asked.is_near(step, person):
                entries.append(asked.entry(step, person))
    return entries


def _asked(pack: Pack) -> _Asked:
    if "why_not" not in pack.compiled:
        pack.compiled["why_not"] = _Asked(pack)
    ready: _Asked = pack.compiled["why_not"]
    return ready


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the rules a condition stands: whose label and clause it has, and in which group of alternatives."""

    rule: Rule
    row: Row
    whole: bool = True  # it is all that the rule says, so that the rule's label is its own
    either: int = 0


class _Asked:
    """Follows rules of one pack to what decided. Keeps what it compiled."""

    def __init__(self, pack: Pack) -> None:
        self.pack, self.writer, self.compiler = pack, Writer(pack), Compiler(pack)
        self.evaluated: dict[tuple[int, str], Evaluate] = {}
        self.written: dict[tuple[int, str], Write] = {}
        self.ladder = {step.rule for step in pack.household_steps}
        self.near = {step.rule: self._own_conditions(step.rule) for step in pack.person_steps if step.route}

    def entry(self, step: Step, row: Row) -> dict[str, Any]:
        """Why a step of a ladder was not the one taken, for the household or one of its members."""
        holds = row.values[step.rule]
        rule = self.pack.rules[step.rule]
        if holds:
            given = row.values["category" if row.entity == "household" else "person_category"]
            text = f"已认定为{CODES[given]}，按由高到低的顺序不再认定为{CODES[step.category]}"
            conditions = [_condition(rule.label, text, rule.cite)]
        elif holds is None:
            conditions = self._open(rule, row)
        else:
            conditions = self._failed(rule.tree, _Place(rule, row))
        entry: dict[str, Any] = {
            "category": step.category,
            "person_id": None if row.entity == "household" else row.key,
            "state": "open" if holds is None else "failed",
            "conditions": _once(conditions),
        }
        return entry | {"route": step.route} if row.entity == "person" else entry

    def is_near(self, step: Step, person: Row) -> bool:
        """Whether a route is meant for people in this person's condition."""
        own = self.near[step.rule]
        return bool(own) and all(self._value(node, person) for node in own)

    def _own_conditions(self, rule: str) -> list[Node]:
        """The conditions of a person's rule that speak of their health or ability to work."""
        found = []
        for node in self._conjuncts(self.pack.rules[rule].tree):
            negated = isinstance(node, Call) and node.function == "not"
            if not negated and self._facts(node) & _OWN_CONDITION:
                found.append(node)
        return found

    def _conjuncts(self, node: Node) -> list[Node]:
        if isinstance(node, Name) and node.name in self.pack.rules:
            tree = self.pack.rules[node.name].tree
            if isinstance(tree, Call) and tree.function == "and" and self.pack.rules[node.name].entity == "person":
                return self._conjuncts(tree)
        if isinstance(node, Call) and node.function == "and":
            return [part for argument in node.arguments for part in self._conjuncts(argument)]
        return [node]

    def _facts(self, node: Node) -> set[str]:
        """The person's own fields that an expression rests on, through rules about the person."""
        found: set[str] = set()
        for name in names(node):
            rule = self.pack.rules.get(name)
            if rule is None:
                found.add(name)
            elif rule.entity == "person":
                found |= self._facts(rule.tree)
        return found

    def _value(self, node: Node, row: Row) -> Any:
        key = (id(node), row.entity)
        if key not in self.evaluated:
            self.evaluated[key] = self.compiler.compile(node, row.entity)
        return self.evaluated[key](row)

    def _text(self, node: Node, row: Row) -> str:
        key = (id(node), row.entity)
        if key not in self.written:
            self.written[key] = self.writer.write(node, row.entity)
        return self.written[key](row)

    def _failed(self, node: Node, place: _Place) -> list[dict[str, Any]]:
        """Why ``node``, which is false, is false."""
        match node:
            case Name(name=name):
                return self._named(name, place)
            case Call(function="and", arguments=arguments):
                part = replace(place, whole=False)
                return [c for a in arguments if self._value(a, place.row) is False for c in self._failed(a, part)]
            case Call(function="or", arguments=arguments):
                part = replace(place, whole=False, either=place.either or id(node))
                return [condition for argument in arguments for condition in self._failed(argument, part)]
            case Call(function="not", arguments=(inner,)):
                return self._fulfilled(inner, place)
            case Call(function="coalesce", arguments=arguments):
                known = next(a for a in arguments if self._value(a, place.row) is not None)
                return [self._fact(node, place)] if isinstance(known, Literal) else self._failed(known, place)
            case Choose(branches=branches, otherwise=otherwise):
                taken = next((then for when, then in branches if self._value(when, place.row)), otherwise)
                return [self._fact(node, place)] if isinstance(taken, Literal) else self._failed(taken, place)
            case Call(function=function, arguments=arguments) if function in _ORDERED:
                return [self._compared(OPPOSITE[function], arguments, place)]
            case Aggregate(argument=Name(name=name)):
                below = aggregated_entity(self.pack, node.argument, place.row.entity)
                text = f"{_ALL[below]}均不符合“{self.pack.rules[name].label}”" if name in self.pack.rules else ""
                text = text if place.row.below[below] else _NOBODY[below]
                return [
                    _condition(place.rule.label, text or self._text(node, place.row), place.rule.cite, place.either)
                ]
        return [self._fact(node, place)]

    def _named(self, name: str, place: _Place) -> list[dict[str, Any]]:
        """A named condition: followed into its rule, unless it is a category of its own or cannot be taken apart."""
        rule = self.pack.rules.get(name)
        if rule is None:
            item = BY_NAME.get(name) or self.pack.parameters[name]
            return [_condition(item.label, _sentence(item.label, False), place.rule.cite, place.either)]
        if name in self.ladder:
            return [_condition(rule.label, f"家庭{_sentence(rule.label, False)}", rule.cite, place.either)]
        return self._failed(rule.tree, _Place(rule, above(place.row, rule.entity), either=place.either))

    def _fulfilled(self, node: Node, place: _Place) -> list[dict[str, Any]]:
        """Why 'not node' is false: ``node`` holds."""
        match node:
            case Name(name=name):
                item = self.pack.rules.get(name) or BY_NAME.get(name) or self.pack.parameters[name]
                cite = item.cite if isinstance(item, Rule) else place.rule.cite
                text = _sentence(item.label, True)
                text = f"家庭{text}，不再按本类认定" if name in self.ladder else text
                return [_condition(item.label, text, cite, place.either)]
            case Call(function="not", arguments=(inner,)):
                return self._failed(inner, place)
            case Call(function=function, arguments=arguments) if function in _ORDERED:
                return [self._compared(function, arguments, place)]
            case Aggregate(function="any", argument=argument):
                return [_condition(place.rule.label, self._who(argument, place.row), place.rule.cite, place.either)]
        return [self._fact(node, place)]

    def _fact(self, node: Node, place: _Place) -> dict[str, Any]:
        """What is the case, where nothing is measured."""
        text = self._text(node, place.row)
        if isinstance(node, Call) and node.function == "=" and isinstance(node.arguments[0], Name):
            text = f"{self._text(node.arguments[0], place.row)}，要求是{self._text(node.arguments[1], place.row)}"
        return _condition(self._label(node, place), text, place.rule.cite, place.either)

    def _who(self, argument: Node, row: Row) -> str:
        """Which rows below fulfil a condition, grouped by what is the case with them."""
        below = aggregated_entity(self.pack, argument, row.entity)
        parts = argument.arguments if isinstance(argument, Call) and argument.function == "and" else (argument,)
        telling = [part for part in parts if not (isinstance(part, Name) and part.name in _COUNTED)] or list(parts)
        groups: dict[str, list[str]] = {}
        for item in row.below[below]:
            if self._value(argument, item):
                groups.setdefault("，".join(self._text(part, item) for part in telling), []).append(whose(item))
        return "；".join(f"{'、'.join(keys)} {text}" for text, keys in groups.items())

    def _compared(self, function: str, arguments: tuple[Node, ...], place: _Place) -> dict[str, Any]:
        """Two numbers or days of which ``function`` is true, with units, and by how much they differ."""
        left, right = (self._value(argument, place.row) for argument in arguments)
        plain_first = sorted(arguments, key=lambda argument: not isinstance(argument, Name))
        unit = next((unit for argument in plain_first if (unit := self._unit(argument))), "")
        label = self._label(arguments[0], place)
        if function == "<=" and arguments[1] == Literal(Fraction(0)) and left == 0:
            return _condition(label, f"{self._label(arguments[0], None)}为 0", place.rule.cite, place.either)
        sides = [self._side(argument, place.row, unit) for argument in arguments]
        text = f"{sides[0]} {SIZES[size_of(unit, left)][function]} {sides[1]}"
        if isinstance(left, dt.date):
            return _condition(label, text, place.rule.cite, place.either)
        gap = abs(left - right)
        amount, short = (text_money(gap) if unit.startswith("元") else number_text(gap)), short_unit(unit)
        over = "超出" if function in (">", ">=") else "还差"
        if gap == 0:
            text += "，恰好相等"
        elif float(amount) == 0:
            text += f"，{over}不到 0.01 {short}"
        else:
            text += f"，{over} {amount} {short}".rstrip()
        line = {"line": (place.either, sides[1]), "plain": isinstance(arguments[0], Name)}
        return _condition(label, text, place.rule.cite, place.either) | {"short_by": amount, "unit": unit} | line

    def _side(self, node: Node, row: Row, unit: str) -> str:
        """One side of a comparison with its unit; what is computed also with its result."""
        short = short_unit(unit)
        if isinstance(node, (Name, Literal)):
            return f"{self._text(node, row)} {short}".rstrip()
        value = self._value(node, row)
        amount = text_money(value) if unit.startswith("元") else number_text(value)
        return f"{self._text(node, row)}（即 {amount} {short}".rstrip() + "）"

    def _unit(self, node: Node) -> str:
        """The unit of the first thing with one that an expression names."""
        if isinstance(node, Name):
            item = self.pack.rules.get(node.name) or self.pack.parameters.get(node.name) or BY_NAME.get(node.name)
            return item.unit if item else ""
        units = [self._unit(argument) for argument in getattr(node, "arguments", ())]
        return next((unit for unit in units if unit), "")

    def _label(self, node: Node, place: _Place | None) -> str:
        """The rule's label where the condition is all of the rule, else that of the first thing named in it."""
        if place and place.whole:
            return place.rule.label
        for name in _named_in_order(node):
            item = self.pack.rules.get(name) or BY_NAME.get(name) or self.pack.parameters.get(name)
            if item:
                return item.label
        return place.rule.label if place else ""

    def _open(self, rule: Rule, row: Row) -> list[dict[str, Any]]:
        """The numbers and facts without which a rule cannot be decided."""
        conditions = []
        for name, at in Causes(self.pack).of(rule.name, row).items():
            if name in self.pack.parameters:
                parameter = self.pack.parameters[name]
                text, cite = f"当地尚未规定“{parameter.label}”，不能判断", parameter.cite
                condition = _condition(parameter.label, text, cite) | {"unit": parameter.unit, "missing": name}
            else:
                column = BY_NAME[name]
                whose = f"成员 {at.key} " if at.entity == "person" and row.entity == "household" else ""
                text = f"{whose}尚未填写“{column.label}”，不能判断"
                condition = _condition(column.label, text, rule.cite) | {"unit": column.unit, "missing": column.field}
            conditions.append(condition)
        return conditions


def _named_in_order(node: Node) -> list[str]:
    if isinstance(node, Name):
        return [node.name]
    inner = [node.argument] if isinstance(node, Aggregate) else getattr(node, "arguments", ())
    return [name for argument in inner for name in _named_in_order(argument)]


def _sentence(label: str, holds: bool) -> str:
    return statement(label, holds) or f"“{label}”一项为“{'是' if holds else '否'}”"


def _condition(label: str, formula: str, cite: str, either: int = 0) -> dict[str, Any]:
    condition: dict[str, Any] = {"label": label, "formula": formula, "short_by": None, "unit": "", "cite": cite}
    return condition | {"either": either} if either else condition


def _once(conditions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each sentence once; groups of alternatives numbered from 1, a group of one is none.

    Of something that is nothing and also too little only the latter is told: it says how much is needed. Of several
    alternatives against one line the plain measure is told, else the last: the others are how a rule makes sure.
    """
    measured = {condition["label"] for condition in conditions if condition["short_by"] is not None}
    nothing = [c for c in conditions if c["formula"] == f"{c['label']}为 0" and c["label"] in measured]
    lines: dict[object, list[dict[str, Any]]] = {}
    for condition in conditions:
        if condition.get("either") and "line" in condition:
            lines.setdefault(condition["line"], []).append(condition)
    spare = [
        c for group in lines.values() for c in group if not c["plain"] and (c is not group[-1] or _any_plain(group))
    ]
    told = [c for c in conditions if not any(c is other for other in (*nothing, *spare))]
    kept = list({condition["formula"]: condition for condition in told}.values())
    groups = [condition.get("either") for condition in kept]
    several = dict.fromkeys(group for group in groups if group and groups.count(group) > 1)
    numbers = {group: number for number, group in enumerate(several, 1)}
    return [_public(condition, numbers.get(condition.get("either"))) for condition in kept]


def _any_plain(group: list[dict[str, Any]]) -> bool:
    return any(condition["plain"] for condition in group)


def _public(condition: dict[str, Any], group: int | None) -> dict[str, Any]:
    shown = {key: value for key, value in condition.items() if key not in ("either", "line", "plain")}
    return shown | {"either": group} if group else shown

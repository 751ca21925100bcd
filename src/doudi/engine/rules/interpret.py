"""Evaluate rules for one household, exactly, with three-valued logic; say which missing facts made a value unknown.

Each rule becomes a chain of closures once per pack. Numbers are Fractions in yuan: only a rule rounds.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from doudi.engine.money import ceil_yuan, round_fen
from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps, names
from doudi.engine.rules.household import Row
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.parameters import Values
from doudi.engine.rules.schema import BY_NAME, ENTITIES

Evaluate = Callable[[Row], Any]


class Evaluation:
    """One household's rows with every rule's value in ``row.values``; parameters stand at the household."""

    def __init__(self, pack: Pack, household: Row, values: Values) -> None:
        self.pack, self.household, self.values = pack, household, values
        top = household.values
        self.parameters = values.at(top["division"], top["area"])
        top["as_of"], top["month_start"] = values.as_of, values.as_of.replace(day=1)
        top["*"], top["?"] = self.parameters, values
        rows = {entity: rows_of(household, entity) for entity in ENTITIES}
        for name, entity, evaluate in program(pack):
            for row in rows[entity]:
                row.values[name] = evaluate(row)


def rows_of(household: Row, entity: str) -> list[Row]:
    if entity == "household":
        return [household]
    above = ENTITIES[entity]
    return [row for parent in rows_of(household, above or "household") for row in parent.below[entity]]


def program(pack: Pack) -> list[tuple[str, str, Evaluate]]:
    """The pack's rules as closures, in order; made once."""
    if "program" not in pack.compiled:
        compiler = Compiler(pack)
        pack.compiled["program"] = [(r.name, r.entity, compiler.compile(r.tree, r.entity)) for r in pack.rules.values()]
    ready: list[tuple[str, str, Evaluate]] = pack.compiled["program"]
    return ready


def entity_of(pack: Pack, name: str) -> str | None:
    """The entity of a rule or field; None for parameters and the dates of the determination."""
    if name in pack.rules:
        return pack.rules[name].entity
    return BY_NAME[name].entity if name in BY_NAME else None


def aggregated_entity(pack: Pack, argument: Node, entity: str) -> str:
    return next(e for e in (entity_of(pack, name) for name in names(argument)) if e and ENTITIES[e] == entity)


class Compiler:
    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def compile(self, node: Node, entity: str) -> Evaluate:
        match node:
            case Literal(value=value):
                return lambda row: value
            case Name(name=name):
                return self._name(name, entity)
            case Call(function="lookup", arguments=(Name(name=parameter), division, Literal(value=area))):
                return self._lookup(parameter, self.compile(division, entity), str(area), entity)
            case Call(function=function, arguments=arguments):
                return _CALLS[function](*[self.compile(argument, entity) for argument in arguments])
            case Aggregate(function=function, argument=argument):
                below = aggregated_entity(self.pack, argument, entity)
                return _aggregate(_AGGREGATES[function], self.compile(argument, below), below)
            case Choose(branches=branches, otherwise=otherwise):
                pairs = [(self.compile(when, entity), self.compile(then, entity)) for when, then in branches]
                return _choose(pairs, self.compile(otherwise, entity))
            case Steps(steps=steps, none=none, unknown=unknown):
                return _steps([(name, self.compile(step, entity)) for name, step in steps], none, unknown)
        raise AssertionError(node)

    def _name(self, name: str, entity: str) -> Evaluate:
        owner = entity_of(self.pack, name) or "household"
        distance = _distance(entity, owner)
        if name in self.pack.parameters:
            return _parameter(name, distance)
        if distance == 0:
            return lambda row: row.values[name]
        return lambda row: _up(row, distance).values[name]

    def _lookup(self, parameter: str, division: Evaluate, area: str, entity: str) -> Evaluate:
        distance = _distance(entity, "household")
        return lambda row: _up(row, distance).values["?"].at(division(row), area)[parameter]


def _distance(entity: str, owner: str) -> int:
    """How many steps up from a row of ``entity`` its ``owner`` stands."""
    steps = 0
    while entity != owner:
        steps, entity = steps + 1, ENTITIES[entity] or ""
    return steps


def _up(row: Row, distance: int) -> Row:
    for _ in range(distance):
        assert row.above is not None
        row = row.above
    return row


def _parameter(name: str, distance: int) -> Evaluate:
    return lambda row: _up(row, distance).values["*"][name]


def _choose(pairs: list[tuple[Evaluate, Evaluate]], otherwise: Evaluate) -> Evaluate:
    def evaluate(row: Row) -> Any:
        for when, then in pairs:
            holds = when(row)
            if holds is None:
                return None
            if holds:
                return then(row)
        return otherwise(row)

    return evaluate


def _steps(pairs: list[tuple[str, Evaluate]], none: str, unknown: str | None) -> Evaluate:
    def evaluate(row: Row) -> Any:
        results = [step(row) for _, step in pairs]
        for (name, _), result in zip(pairs, results, strict=True):
            if result:
                return name
        return unknown if None in results else none

    return evaluate


def _aggregate(fold: Callable[[list[Any]], Any], argument: Evaluate, below: str) -> Evaluate:
    return lambda row: fold([argument(item) for item in row.below[below]])


def _strict(function: Callable[..., Any]) -> Callable[..., Evaluate]:
    """Unknown as soon as one argument is unknown."""

    def make(*arguments: Evaluate) -> Evaluate:
        if len(arguments) == 2:
            first, second = arguments

            def evaluate_two(row: Row) -> Any:
                left, right = first(row), second(row)
                return None if left is None or right is None else function(left, right)

            return evaluate_two

        def evaluate(row: Row) -> Any:
            values = [argument(row) for argument in arguments]
            return None if _unknown(values) else function(*values)

        return evaluate

    return make


def _unknown(values: list[Any]) -> bool:
    """Whether one is unknown; ``None in values`` would compare every Fraction."""
    return any(value is None for value in values)


def _and(*arguments: Evaluate) -> Evaluate:
    def evaluate(row: Row) -> bool | None:
        result: bool | None = True
        for argument in arguments:
            value = argument(row)
            if value is False:
                return False
            if value is None:
                result = None
        return result

    return evaluate


def _or(*arguments: Evaluate) -> Evaluate:
    def evaluate(row: Row) -> bool | None:
        result: bool | None = False
        for argument in arguments:
            value = argument(row)
            if value is True:
                return True
            if value is None:
                result = None
        return result

    return evaluate


def _coalesce(*arguments: Evaluate) -> Evaluate:
    return lambda row: next((value for argument in arguments if (value := argument(row)) is not None), None)


def _is_null(argument: Evaluate) -> Evaluate:
    return lambda row: argument(row) is None


def _quotient(left: Fraction, right: Fraction) -> Fraction | None:
    """Only positive numbers divide: counts of persons and constants. Anything else is unknown."""
    return left / right if right > 0 else None


def completed_years(birth: dt.date, day: dt.date) -> Fraction:
    """Age in completed years; born on 29 February, one is a year older on 1 March."""
    return Fraction(day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day)))


def months_since(start: dt.date, day: dt.date) -> Fraction:
    """Calendar months from the month of ``start`` to the month of ``day``."""
    return Fraction((day.year - start.year) * 12 + day.month - start.month)


def month_shift(day: dt.date, months: Fraction) -> dt.date:
    """The first day of the month that many months later."""
    index = day.year * 12 + day.month - 1 + int(months)
    return dt.date(index // 12, index % 12 + 1, 1)


def months_after(day: dt.date, months: Fraction) -> dt.date:
    """The same day that many months later; the month's last day where it has no such day."""
    first = month_shift(day, months)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))


def days_after(day: dt.date, days: Fraction) -> dt.date:
    return day + dt.timedelta(days=int(days))


def _unknown_if_any(fold: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    return lambda items: None if _unknown(items) else fold(items)


def _any(items: list[Any]) -> bool | None:
    return True if True in items else None if None in items else False


def _all(items: list[Any]) -> bool | None:
    return False if False in items else None if None in items else True


def _max(items: list[Any]) -> Any:
    """Of what is known, so that 'max(case when … then date else null end)' works."""
    return max((item for item in items if item is not None), default=None)


_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "sum": _unknown_if_any(lambda items: sum(items, Fraction(0))),
    "count": _unknown_if_any(lambda items: Fraction(sum(1 for item in items if item))),
    "any": _any,
    "all": _all,
    "max": _max,
}
_CALLS: dict[str, Callable[..., Evaluate]] = {
    "and": _and,
    "or": _or,
    "not": _strict(lambda value: not value),
    "=": _strict(lambda left, right: left == right),
    "<>": _strict(lambda left, right: left != right),
    "<": _strict(lambda left, right: left < right),
    "<=": _strict(lambda left, right: left <= right),
    ">": _strict(lambda left, right: left > right),
    ">=": _strict(lambda left, right: left >= right),
    "+": _strict(lambda left, right: left + right),
    "-": _strict(lambda left, right: left - right),
    "*": _strict(lambda left, right: left * right),
    "/": _strict(_quotient),
    "in": _strict(lambda value, items: value in items),
    "is null": _is_null,
    "coalesce": _coalesce,
    "greatest": _strict(max),
    "least": _strict(min),
    "round_fen": _strict(round_fen),
    "ceil_yuan": _strict(ceil_yuan),
    "completed_years": _strict(completed_years),
    "months_since": _strict(months_since),
    "month_shift": _strict(month_shift),
    "months_after": _strict(months_after),
    "days_after": _strict(days_after),
}


class Causes:
    """Which missing facts made a value unknown: parameters and fields, never one that would not have mattered."""

    def __init__(self, pack: Pack) -> None:
        self.pack, self._compiler = pack, Compiler(pack)
        self._found: dict[tuple[str, int], dict[str, Row]] = {}
        # What parts of rules evaluate to, made once a pack; the pack keeps the nodes, so that their ids stay theirs.
        self._parts: dict[tuple[int, str], Evaluate] = pack.compiled.setdefault("parts", {})

    def of(self, name: str, row: Row) -> dict[str, Row]:
        """Name of each missing parameter or field → the row where it is missing. Empty when the value is known."""
        rule = self.pack.rules[name]
        while row.entity != rule.entity:
            assert row.above is not None
            row = row.above
        if row.values[name] is not None:
            return {}
        key = (name, id(row))
        if key not in self._found:
            self._found[key] = self._node(rule.tree, row)
        return self._found[key]

    def _value(self, node: Node, row: Row) -> Any:
        key = (id(node), row.entity)
        if key not in self._parts:
            self._parts[key] = self._compiler.compile(node, row.entity)
        return self._parts[key](row)

    def _node(self, node: Node, row: Row) -> dict[str, Row]:
        if self._value(node, row) is not None:
            return {}
        match node:
            case Name(name=name):
                owner = entity_of(self.pack, name)
                at = row
                while owner is not None and at.entity != owner:
                    assert at.above is not None
                    at = at.above
                return self.of(name, at) if name in self.pack.rules else {name: at}
            case Call(function="lookup", arguments=arguments):
                return {arguments[0].name: row} if isinstance(arguments[0], Name) else {}
            case Call(function="coalesce", arguments=arguments):
                return self._node(arguments[-1], row)  # the usual fact; the others are only preferred when given
            case Call(arguments=arguments):
                return self._union(arguments, row)
            case Aggregate(argument=argument):
                found: dict[str, Row] = {}
                for item in row.below[aggregated_entity(self.pack, argument, row.entity)]:
                    found = self._node(argument, item) | found
                return found
            case Choose(branches=branches, otherwise=otherwise):
                for when, then in branches:
                    holds = self._value(when, row)
                    if holds is not False:
                        return self._node(when if holds is None else then, row)
                return self._node(otherwise, row)
            case Steps(steps=steps):
                return self._union(tuple(step for _, step in steps), row)
        return {}

    def _union(self, nodes: tuple[Node, ...], row: Row) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for node in nodes:
            found |= {name: at for name, at in self._node(node, row).items() if name not in found}
        return found

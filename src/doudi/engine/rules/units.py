"""Money and plain numbers kept apart: an expression that adds yuan to a count, or a rule that calls yuan a share."""

from __future__ import annotations

from pathlib import Path

from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.reader import Folder, Problem
from doudi.engine.rules.schema import BY_NAME

MONEY, PLAIN = "yuan", "a plain number"
_ALIKE = {"=", "<>", "<", "<=", ">", ">=", "+", "-", "greatest", "least", "coalesce"}
_COMPARE = {"=", "<>", "<", "<=", ">", ">="}


class _Mixed(Exception):
    pass


def check_units(pack: Pack) -> list[Problem]:
    """The pack's own rules that compare or add yuan and plain numbers, or state the other unit than they compute."""
    folder = Folder(Path(pack.folder))
    problems = []
    for rule in pack.rules.values():
        if rule.pack != pack.name or not rule.expr:
            continue
        where = folder.where("rules.yaml", rule.name, "expr")
        try:
            found = _unit(pack, rule.tree)
        except _Mixed as error:
            problems.append(Problem(where, f"{rule.name}: {error}"))
            continue
        if rule.kind == "number" and found and found != _stated(rule.unit):
            problems.append(
                Problem(where, f"{rule.name} is {found}, but its unit is '{rule.unit}': correct unit or expression")
            )
    return problems


def _stated(unit: str) -> str:
    return MONEY if unit.startswith("元") else PLAIN


def _unit(pack: Pack, node: Node) -> str | None:
    """MONEY, PLAIN, or None for what fits both: constants, and anything that is no number."""
    match node:
        case Name(name=name):
            item = pack.parameters.get(name) or pack.rules.get(name) or BY_NAME.get(name)
            return _stated(item.unit) if item and item.kind in ("money", "ratio", "number") else None
        case Call(function="lookup", arguments=(parameter, *_)):
            return _unit(pack, parameter)
        case Call(function=function, arguments=arguments):
            return _call(function, [_unit(pack, argument) for argument in arguments])
        case Aggregate(function=function, argument=argument):
            inner = _unit(pack, argument)
            return inner if function in ("sum", "max") else PLAIN if function == "count" else None
        case Choose(branches=branches, otherwise=otherwise):
            for when, _ in branches:
                _unit(pack, when)
            return _alike("case", [_unit(pack, value) for value in (*(then for _, then in branches), otherwise)])
        case Literal():
            return None
    return None


def _call(function: str, units: list[str | None]) -> str | None:
    if function in _ALIKE:
        found = _alike(function, units)
        return None if function in _COMPARE else found
    if function in ("round_fen", "ceil_yuan"):
        return MONEY
    if function == "*":
        if units == [MONEY, MONEY]:
            raise _Mixed("multiplies yuan by yuan")
        return MONEY if MONEY in units else PLAIN if PLAIN in units else None
    if function == "/":
        return PLAIN if units == [MONEY, MONEY] else MONEY if units[0] == MONEY else units[0]
    return PLAIN if function in ("completed_years", "months_since", "months_after", "days_after") else None


def _alike(function: str, units: list[str | None]) -> str | None:
    found = {unit for unit in units if unit}
    if len(found) > 1:
        raise _Mixed(f"'{function}' mixes yuan with a plain number")
    return next(iter(found), None)

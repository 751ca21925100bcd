"""What a pack's worked cases would not notice: rules never seen, parameters whose change breaks no case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from doudi.engine.rules.check import case_day, case_failures
from doudi.engine.rules.household import read_household
from doudi.engine.rules.interpret import Evaluation, rows_of
from doudi.engine.rules.pack import DatedValue, Pack, Parameter, number_text
from doudi.engine.rules.parameters import Values
from doudi.engine.rules.reach import decided_by, outcomes
from doudi.engine.rules.schema import ENTITIES

# By how much a number is moved; a boundary case stands closer to the line than this.
_STEPS = {"money": Fraction(1), "ratio": Fraction(1, 20), "number": Fraction(1)}


def uncovered(pack: Pack) -> list[str]:
    """What the pack itself says (not its parents) and no passing case of its tests.yaml proves, one line each.

    A condition must be seen to hold and not to hold, any other rule must be seen with a value, an outcome must be seen
    to follow. A parameter with a value must matter: moved up, and moved down, by one step some case must fail.
    An unset parameter must be named as missing by a case, or matter where a case gives it.
    """
    cases = [_Case(pack, case) for case in pack.tests if not case_failures(pack, case)]
    return [*_unseen_rules(pack, cases), *_unseen_outcomes(pack, cases), *_unproved_parameters(pack, cases)]


class _Case:
    """One worked case that passes, with what every rule came to."""

    def __init__(self, pack: Pack, case: Mapping[str, Any]) -> None:
        self.pack, self.case = pack, case
        self.day = case_day(case)
        self.given = {**(case.get("amendments") or {}), **(case.get("set") or {})}
        self.values = Values(pack, self.day, case.get("standards"), case.get("set"), case.get("amendments"))
        self.seen: dict[str, set[Any]] = {}
        household = read_household(case["household"], as_of=self.day)
        Evaluation(pack, household, self.values)
        for entity in ENTITIES:
            for row in rows_of(household, entity):
                for name, value in row.values.items():
                    if name in pack.rules:
                        self.seen.setdefault(name, set()).add(value)
        self.place = (household.values["division"], household.values["area"])

    def fails_with(self, name: str, value: Any) -> bool:
        return bool(case_failures(self.pack, self.case, {name: value}))

    def names_missing(self, name: str) -> bool:
        """Whether the case expects that ``name`` is missing."""
        return _mentions(self.case["expect"], name)


def _mentions(node: Any, name: str) -> bool:
    """Whether ``name`` stands under a key 'missing' of what is expected."""
    if isinstance(node, Mapping):
        here = node.get("missing") or []
        if any(name in (item, item.get("parameter") if isinstance(item, Mapping) else None) for item in here):
            return True
        return any(_mentions(value, name) for value in node.values())
    return isinstance(node, list) and any(_mentions(item, name) for item in node)


def _unseen_rules(pack: Pack, cases: list[_Case]) -> Iterator[str]:
    for rule in pack.rules.values():
        if rule.pack != pack.name or not rule.expr:
            continue
        seen: set[Any] = set().union(*(case.seen.get(rule.name, set()) for case in cases))
        if rule.kind == "bool":
            for value, words in ((True, "holds"), (False, "does not hold")):
                if value not in seen:
                    yield f"rule {rule.name} ({rule.label}): no case where it {words}"
        elif not seen - {None}:
            yield f"rule {rule.name} ({rule.label}): no case where it has a value"


def _unseen_outcomes(pack: Pack, cases: list[_Case]) -> Iterator[str]:
    for outcome in outcomes(pack):
        if outcome.pack == pack.name and outcome.when and not any(True in c.seen.get(outcome.when, ()) for c in cases):
            yield f"outcome {outcome.name}: no case where it follows"
    for finding in pack.findings:
        if finding.pack == pack.name and not any(c.seen.get(finding.value, {None}) - {None} for c in cases):
            yield f"finding {finding.name}: no case where it is known"


def _unproved_parameters(pack: Pack, cases: list[_Case]) -> Iterator[str]:
    deciding = decided_by(pack)
    for parameter in pack.parameters.values():
        if parameter.pack != pack.name or parameter.name not in deciding:
            continue
        own: list[DatedValue | None] = [value for value in parameter.values if value.pack == pack.name]
        for dated in own or [None]:
            if dated is None or dated.value is None:
                yield from _unset(parameter, dated, cases)
            else:
                yield from _set(parameter, dated, cases)


def _unset(parameter: Parameter, dated: DatedValue | None, cases: list[_Case]) -> Iterator[str]:
    name = parameter.name
    for case in cases:
        if parameter.at(case.day) == dated and (
            case.names_missing(name) or (_in_force(case, name) is not None and case.fails_with(name, None))
        ):
            return
    yield f"parameter {name} ({parameter.label}): unset, and no case expects it as missing or breaks without its value"


def _set(parameter: Parameter, dated: DatedValue, cases: list[_Case]) -> Iterator[str]:
    """A moved value must break a case in which the pack's own value is in force."""
    usable = [c for c in cases if parameter.at(c.day) == dated and parameter.name not in c.given]
    for moved in _moved(parameter.kind, dated.value):
        if not any(case.fails_with(parameter.name, moved) for case in usable):
            yield (
                f"parameter {parameter.name} ({parameter.label}): no case notices "
                f"{_written(dated.value)} becoming {_written(moved)}"
            )


def _in_force(case: _Case, name: str) -> Any:
    return case.values.at(*case.place)[name]


def _moved(kind: str, value: Any) -> list[Any]:
    """The neighbours of a value that a case must tell from it."""
    if kind == "bool":
        return [not value]
    if kind == "list":
        return [value[:-1], value[1:]]
    if kind == "text":
        return [f"{value}?"]
    return [value + _STEPS[kind], value - _STEPS[kind]]


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_written(item) for item in value)}]"
    return number_text(value) if isinstance(value, Fraction) else str(value)

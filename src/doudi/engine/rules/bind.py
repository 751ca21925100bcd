"""Bind names, check kinds and entities, and order the rules; every mistake is told with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from doudi.engine.rules.expression import (
    AGGREGATES,
    FUNCTIONS,
    Aggregate,
    Call,
    Choose,
    ExpressionError,
    Literal,
    Name,
    Node,
    Steps,
    names,
)
from doudi.engine.rules.ladder_rules import ladder_rules
from doudi.engine.rules.layers import Draft, Layers
from doudi.engine.rules.pack import Rule
from doudi.engine.rules.reader import Problem
from doudi.engine.rules.schema import BY_NAME, ENTITIES, MOMENTS

_PARAMETER_KINDS = {"money": "number", "ratio": "number"}


def bind(layers: Layers) -> tuple[dict[str, Rule], list[Problem]]:
    """The rules in order of evaluation, with those that the ladder makes: category, route, person_category, monthly."""
    drafts = dict(layers.drafts)
    problems: list[Problem] = []
    made = {draft.name: draft for draft in ladder_rules(layers)}
    for name, entities, _ in _references(layers):
        draft = drafts.get(name) or made.get(name)
        if name and draft is None:
            problems.append(Problem(layers.places.get(name, ""), f"the ladder names {name}, which is no rule"))
        elif draft and draft.entity not in entities:
            problems.append(Problem(layers.places.get(name, ""), f"the ladder needs {name} for each {entities[0]}"))
    for name, draft in layers.drafts.items():
        if name in BY_NAME or name in MOMENTS:
            problems.append(Problem(draft.where, f"{name} is a field of the household document"))
        if name in made:
            problems.append(Problem(draft.where, f"{name} is a rule that the ladder makes"))
    if problems:
        return {}, problems
    drafts.update(made)
    order, problems = _order(drafts, layers)
    if problems:
        return {}, problems
    rules: dict[str, Rule] = {}
    binder = _Binder(layers, rules, drafts)
    for name in order:
        draft = drafts[name]
        try:
            kind = binder.kind(draft.tree, draft.entity)
        except ExpressionError as error:
            problems.append(Problem(draft.where, f"{name}: {error}"))
            kind = "any"
        rules[name] = Rule(
            name,
            draft.entity,
            draft.label,
            draft.unit,
            kind,
            draft.expr,
            draft.tree,
            draft.cite,
            draft.default,
            draft.pack,
            draft.overrides,
        )
    problems += [
        Problem(layers.places.get(name, ""), f"the ladder needs {kind} of {name}, which is {rules[name].kind}")
        for name, _, kind in _references(layers)
        if name and "any" not in (kind, rules[name].kind) and kind != rules[name].kind
    ]
    return rules, problems


def _above(entity: str) -> list[str]:
    """An entity and those it belongs to: whose rules it can read."""
    above = [entity]
    while (owner := ENTITIES[above[-1]]) is not None:
        above.append(owner)
    return above


def _references(layers: Layers) -> Iterator[tuple[str, list[str], str]]:
    """Every rule that the ladder names, with the entities it may belong to and the kind it must have."""
    for step in layers.household:
        yield step.rule, ["household"], "bool"
    for step in (*layers.person, *layers.flags):
        yield step.rule, ["person"], "bool"
    for name in layers.taper.values():
        yield name, ["household"], "any"
    for outcome in (*layers.lines.values(), *layers.entitlements.values(), *layers.warnings.values()):
        readable = _above(outcome.entity)
        if outcome.categories or outcome.area:
            yield outcome.condition, readable, "bool"
        else:
            yield outcome.when, [outcome.entity], "bool"
        yield outcome.value[1], readable, "number"
        yield outcome.decided_by, readable, "text"
    for finding in layers.findings.values():
        yield finding.value, _above(finding.entity), "any"


def _order(drafts: dict[str, Draft], layers: Layers) -> tuple[list[str], list[Problem]]:
    """Depth first by references. Reports unknown names and circles."""
    problems: list[Problem] = []
    order: list[str] = []
    state: dict[str, bool] = {}  # False while its references are visited, True when placed
    path: list[str] = []

    def visit(name: str) -> None:
        if state.get(name) is True:
            return
        if name in state:
            circle = " → ".join([*path[path.index(name) :], name])
            problems.append(Problem(drafts[name].where, f"rules go in a circle: {circle}"))
            return
        state[name] = False
        path.append(name)
        for used in sorted(names(drafts[name].tree)):
            if used in drafts:
                visit(used)
            elif used not in layers.parameters and used not in BY_NAME and used not in MOMENTS:
                problems.append(Problem(drafts[name].where, f"{name}: unknown name {used}"))
        path.pop()
        state[name] = True
        order.append(name)

    for name in drafts:
        visit(name)
    return order, problems


class _Binder:
    def __init__(self, layers: Layers, rules: dict[str, Rule], drafts: dict[str, Draft]) -> None:
        self.layers, self.rules, self.drafts = layers, rules, drafts

    def entity_of(self, name: str) -> str | None:
        """The entity a name belongs to; None for parameters and dates, which every entity knows."""
        if name in self.rules:
            return self.rules[name].entity
        return BY_NAME[name].entity if name in BY_NAME else None

    def kind(self, node: Node, entity: str) -> str:
        """The kind of a value, checked against entity ``entity``. Raises ExpressionError."""
        match node:
            case Literal(value=value):
                return _literal_kind(value)
            case Name(name=name):
                return self._name(name, entity)
            case Call(function="lookup"):
                return self._lookup(node, entity)
            case Call(function=function, arguments=arguments):
                kinds = [self.kind(argument, entity) for argument in arguments]
                return _match(function, FUNCTIONS[function], kinds)
            case Aggregate(function=function, argument=argument):
                below = {self.entity_of(name) for name in names(argument)} - {None}
                inner = [name for name in below if name and ENTITIES[name] == entity]
                if len(inner) != 1:
                    raise ExpressionError(f"{function}() needs something of one entity below {entity}")
                accepted, result = AGGREGATES[function]
                return _match(function, ((accepted,), result), [self.kind(argument, inner[0])])
            case Choose(branches=branches, otherwise=otherwise):
                for condition, _ in branches:
                    _match("case", (("bool",), "bool"), [self.kind(condition, entity)])
                values = [self.kind(value, entity) for value in (*(v for _, v in branches), otherwise)]
                return _match("case", (("same", "…"), "same"), values)
            case Steps(steps=steps):
                for _, step in steps:
                    _match("step", (("bool",), "bool"), [self.kind(step, entity)])
                return "text"

    def _name(self, name: str, entity: str) -> str:
        if name in MOMENTS:
            return "date"
        if name in self.layers.parameters:
            kind = self.layers.parameters[name].kind
            return _PARAMETER_KINDS.get(kind, kind)
        owner = self.entity_of(name)
        above: str | None = entity
        while above is not None and above != owner:
            above = ENTITIES[above]
        if above is None:
            raise ExpressionError(
                f"{name} belongs to each {owner}; a rule of a {entity} needs sum(), count(), any() … of it"
            )
        if name in self.rules:
            return self.rules[name].kind
        kind = BY_NAME[name].kind
        return "number" if kind == "money" else kind

    def _lookup(self, node: Call, entity: str) -> str:
        if len(node.arguments) != 3 or not isinstance(node.arguments[2], Literal):
            raise ExpressionError("lookup() needs a parameter, a division and 'urban' or 'rural'")
        parameter, division, _ = node.arguments
        if not isinstance(parameter, Name) or parameter.name not in self.layers.parameters:
            raise ExpressionError("the first argument of lookup() is a parameter")
        if not isinstance(division, Name) or BY_NAME.get(division.name) is None:
            raise ExpressionError("the second argument of lookup() is a field with a division code")
        self.kind(division, entity)
        return self._name(parameter.name, entity)


def _literal_kind(value: object) -> str:
    if value is None:
        return "any"
    for kind, type_ in (("bool", bool), ("number", Fraction), ("text", str), ("list", tuple)):
        if isinstance(value, type_):
            return kind
    return "date"


def _match(function: str, signature: tuple[tuple[str, ...], str], kinds: list[str]) -> str:
    """The result's kind when the arguments fit the signature. Raises ExpressionError."""
    accepted, result = signature
    repeats = accepted[-1] == "…"
    wanted = [*accepted[:-1], *[accepted[-2]] * (len(kinds) - len(accepted) + 1)] if repeats else list(accepted)
    if len(wanted) != len(kinds):
        raise ExpressionError(f"{function} takes {len(wanted)} values, not {len(kinds)}")
    same = next(
        (kind for kind, want in zip(kinds, wanted, strict=True) if want in ("same", "ordered") and kind != "any"), "any"
    )
    for kind, want in zip(kinds, wanted, strict=True):
        expected = same if want in ("same", "ordered") else want
        if "any" not in (kind, expected) and kind != expected:
            raise ExpressionError(f"{function} needs {expected}, not {kind}")
        if want == "ordered" and kind not in ("number", "date", "any"):
            raise ExpressionError(f"{function} compares numbers or dates, not {kind}")
    return same if result == "same" else result

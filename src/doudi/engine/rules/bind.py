"""Bind names, check kinds and entities, and order the rules; every mistake is told with file and line."""

from __future__ import annotations

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
from doudi.engine.rules.layers import Draft, Layers
from doudi.engine.rules.pack import Outcome, Rule
from doudi.engine.rules.reader import Problem
from doudi.engine.rules.schema import BY_NAME, ENTITIES, MOMENTS

_PARAMETER_KINDS = {"money": "number", "ratio": "number"}


def bind(layers: Layers) -> tuple[dict[str, Rule], list[Problem]]:
    """The rules in order of evaluation, with those that the ladder makes: category, route, person_category, monthly."""
    drafts = dict(layers.drafts)
    problems: list[Problem] = []
    absent = sorted(_used_by_ladder(layers) - drafts.keys())
    problems += [Problem(layers.places.get(name, ""), f"the ladder names {name}, which is no rule") for name in absent]
    for name, entity in _entities_of_ladder(layers):
        if name in drafts and drafts[name].entity != entity:
            problems.append(Problem(layers.places.get(name, ""), f"the ladder needs {name} for each {entity}"))
    for name, draft in layers.drafts.items():
        if name in BY_NAME or name in MOMENTS:
            problems.append(Problem(draft.where, f"{name} is a field of the household document"))
    if problems:
        return {}, problems
    drafts.update({draft.name: draft for draft in _ladder_rules(layers)})
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
    return rules, problems


def _used_by_ladder(layers: Layers) -> set[str]:
    used = {step.rule for step in (*layers.household, *layers.person, *layers.flags)} | set(layers.taper.values())
    for outcome in (*layers.lines.values(), *layers.entitlements.values(), *layers.warnings.values()):
        used |= {outcome.when, outcome.amount, outcome.floor} - {""}
    return used - {"category", "route", "person_category", "monthly"}


def _entities_of_ladder(layers: Layers) -> list[tuple[str, str]]:
    """Every rule the ladder names with the entity it must belong to."""
    pairs = [(step.rule, "household") for step in layers.household]
    pairs += [(step.rule, "person") for step in (*layers.person, *layers.flags)]
    pairs += [(name, "household") for name in layers.taper.values()]
    for outcome in (*layers.lines.values(), *layers.entitlements.values(), *layers.warnings.values()):
        pairs += [(name, outcome.entity) for name in (outcome.when, outcome.amount, outcome.floor) if name]
    return pairs


def _ladder_rules(layers: Layers) -> list[Draft]:
    def draft(name: str, entity: str, label: str, tree: Node, unit: str = "") -> Draft:
        return Draft(name, entity, label, unit, "", tree, "", False, "", "", "ladder.yaml")

    category = Steps(tuple((s.category, Name(s.rule)) for s in layers.household), "NOT_LOW_INCOME", "NEEDS_LOCAL_RULE")
    route = Steps(tuple((s.route or "none", Name(s.rule)) for s in layers.person), "none", None)
    person = Steps(tuple((s.category, Name(s.rule)) for s in layers.person), "none", None)
    total_person = _total([line for line in layers.lines.values() if line.entity == "person"])
    total_household = _total([line for line in layers.lines.values() if line.entity == "household"])
    total = Call("+", (total_household, Aggregate("sum", Name("person_monthly"))))
    known = Choose(((Call("=", (Name("category"), Literal("NEEDS_LOCAL_RULE"))), Literal(None)),), total)
    return [
        draft("category", "household", "家庭类别", category),
        draft("route", "person", "纳入方式", route),
        draft("person_category", "person", "个人类别", person),
        draft("person_monthly", "person", "个人月救助金额", total_person, "元/月"),
        draft("monthly", "household", "月救助金额合计", known, "元/月"),
    ]


def _total(lines: list[Outcome]) -> Node:
    """Sum of the lines that hold. A line that is not required counts as nothing while it is unknown."""
    total: Node = Literal(Fraction(0))
    for line in lines:
        amount: Node = Choose(((Name(line.when), Name(line.amount)),), Literal(Fraction(0)))
        if not line.required:
            amount = Call("coalesce", (amount, Literal(Fraction(0))))
        total = amount if isinstance(total, Literal) else Call("+", (total, amount))
    return total


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

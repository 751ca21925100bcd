"""Several what-if cases in one pack.

``widen``: a rule stands once for every set of values that reaches it. A parameter to which the cases give different
values becomes several (``margin_multiplier__v1`` …), and every rule that rests on it as many as there are different
combinations. A statement over the wider pack scans, joins and groups once for all cases. Where only rules of the
household are widened, rules of persons stay single and follow the first case, the base: which households they would
change for is told by ``doubt.py``.

``dispatch``: a pack for a statement whose rows stand once a case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps, children, names
from doudi.engine.rules.pack import Pack, Parameter, Rule

Changes = Mapping[str, Any]  # parameter → value; {urban, rural}, {division: …} or dated where only a part changes
CASE = "simulated_case"


@dataclass
class _Parameters:
    """The pack's parameters and those that hold the cases' values, with the values."""

    known: dict[str, Parameter]
    standards: dict[str, Any] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    partial: dict[str, Node] = field(default_factory=dict)  # what only some places have → how it is read

    def add(self, name: str, variant: str, value: Any) -> None:
        self.known[variant] = replace(self.known[name], name=variant, values=(), local=True)
        if is_partial(value):
            self.standards[variant] = value
            self.partial[variant] = Call("coalesce", (Name(variant), Name(name)))
        elif value is not None:
            self.overrides[variant] = value

    def renamed(self, node: Node, called: Mapping[str, str], below: Mapping[str, str]) -> Node:
        """``node`` with the names of one case; inside a sum, where persons' values stand, with those of ``below``."""
        match node:
            case Name(name=name):
                variant = called.get(name, name)
                return self.partial.get(variant, Name(variant))
            case Call(function="lookup", arguments=(Name(name=name), *place)):
                variant = called.get(name, name)
                found = Call("lookup", (Name(variant), *place))
                return Call("coalesce", (found, node)) if variant in self.partial else found
            case Aggregate(function=function, argument=argument):
                return Aggregate(function, self.renamed(argument, below, below))
        return mapped(node, lambda part: self.renamed(part, called, below))


@dataclass(frozen=True)
class Wide:
    """``pack`` holds every variant; ``called[case][name]`` is what a rule or parameter is called in a case.

    ``standards`` and ``overrides`` give the variants of parameters their values, beside those of the base.
    """

    pack: Pack
    standards: Mapping[str, Any]
    overrides: Mapping[str, Any]
    called: tuple[Mapping[str, str], ...]

    def columns(self, rules: Iterable[str]) -> list[str]:
        """The columns of ``rules`` over all cases, each once."""
        return list(dict.fromkeys(case.get(rule, rule) for rule in rules for case in self.called))


def widen(pack: Pack, cases: Sequence[Changes], persons: bool) -> Wide:
    """``pack`` wide enough for every case; the first is the base. Names of changes are the pack's.

    ``persons``: rules of persons differ between the cases too; without, they are the base's.
    """
    parameters = _Parameters(dict(pack.parameters))
    called: list[dict[str, str]] = [{} for _ in cases]
    for name in changed_names(cases):
        values: list[Any] = []
        for case, variants in zip(cases, called, strict=True):
            if name in case:
                if case[name] not in values:
                    values.append(case[name])
                    parameters.add(name, _numbered(name, len(values)), case[name])
                variants[name] = _numbered(name, values.index(case[name]) + 1)
    rules: dict[str, Rule] = {}
    base = called[0]
    for rule in pack.rules.values():
        if rule.entity != "household" and not persons:
            rules[rule.name] = replace(rule, tree=parameters.renamed(rule.tree, base, base))
            continue
        used = sorted(names(rule.tree) if persons else own_names(rule.tree))
        combinations: list[tuple[str, ...]] = []
        for variants in called:
            combination = tuple(variants.get(name, name) for name in used)
            if combination not in combinations:
                combinations.append(combination)
                name = _numbered(rule.name, len(combinations) - 1)
                tree = parameters.renamed(rule.tree, variants, variants if persons else base)
                rules[name] = replace(rule, name=name, tree=tree)
            variants[rule.name] = _numbered(rule.name, combinations.index(combination))
    wide = replace(pack, parameters=parameters.known, rules=rules, compiled={})
    return Wide(wide, parameters.standards, parameters.overrides, tuple(called))


@dataclass(frozen=True)
class Dispatch:
    """``pack`` for a statement of ``scenarios`` (name → plain values that differ), with values as in ``Wide``."""

    pack: Pack
    standards: Mapping[str, Any]
    overrides: Mapping[str, Any]
    scenarios: Mapping[str, Mapping[str, Any]]


def dispatch(pack: Pack, cases: Mapping[str, Changes]) -> Dispatch:
    """``pack`` for every case on its own rows.

    The table of parameters holds plain values only: a list, or what speaks of some places, is chosen by the number of
    the case.
    """
    apart = {
        name
        for name in changed_names(cases.values())
        if pack.parameters[name].kind == "list" or any(is_partial(case.get(name)) for case in cases.values())
    }
    parameters = _Parameters(dict(pack.parameters))
    called: list[dict[str, str]] = []
    for number, case in enumerate(cases.values()):
        called.append({name: f"{name}__c{number}" for name in case if name in apart})
        for name, variant in called[-1].items():
            parameters.add(name, variant, case[name])

    def choosing(node: Node) -> Node:
        read = names(node) & apart
        if not read:
            return node
        if isinstance(node, Name) or (isinstance(node, Call) and node.function in ("lookup", "in")):
            branches = tuple(
                (Call("=", (Name(CASE), Literal(Fraction(number)))), parameters.renamed(node, variants, variants))
                for number, variants in enumerate(called)
                if read & variants.keys()
            )
            return Choose(branches, node)
        return mapped(node, choosing)

    if not apart:
        return Dispatch(pack, {}, {}, cases)
    parameters.known[CASE] = Parameter(CASE, CASE, "", "number", (), True, (), "", "")
    rules = {rule.name: replace(rule, tree=choosing(rule.tree)) for rule in pack.rules.values()}
    numbered = {
        name: {CASE: number, **{key: value for key, value in case.items() if key not in apart}}
        for number, (name, case) in enumerate(cases.items())
    }
    wide = replace(pack, parameters=parameters.known, rules=rules, compiled={})
    return Dispatch(wide, parameters.standards, parameters.overrides, numbered)


def changed_names(cases: Iterable[Changes]) -> list[str]:
    return sorted({name for case in cases for name in case})


def is_partial(value: Any) -> bool:
    """Whether a change speaks of some divisions, areas or dates only."""
    return isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(item, Mapping) for item in value))


def own_names(node: Node) -> set[str]:
    """What a rule reads beside the rows that it sums."""
    if isinstance(node, Aggregate):
        return set()
    return {node.name} if isinstance(node, Name) else {name for part in children(node) for name in own_names(part)}


def summed_names(node: Node) -> set[str]:
    """What a rule reads in the rows that it sums."""
    if isinstance(node, Aggregate):
        return names(node)
    return {name for part in children(node) for name in summed_names(part)}


def mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """``node`` with its parts changed."""
    match node:
        case Call(function=function, arguments=arguments):
            return Call(function, tuple(change(part) for part in arguments))
        case Aggregate(function=function, argument=argument):
            return Aggregate(function, change(argument))
        case Choose(branches=branches, otherwise=otherwise):
            return Choose(tuple((change(when), change(then)) for when, then in branches), change(otherwise))
        case Steps(steps=steps, none=none, unknown=unknown):
            return Steps(tuple((name, change(step)) for name, step in steps), none, unknown)
    return node


def _numbered(name: str, index: int) -> str:
    return f"{name}__v{index}" if index else name

"""Several what-if cases in one pack: a rule stands once for every set of parameter values that reaches it.

A parameter that the cases give different values becomes several (``margin_multiplier__v1`` …), and every rule that
rests on it becomes as many as there are different combinations. What rests on no changed parameter stays single: a
statement over the wider pack computes it once for all cases, in the same scans, joins and groupings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from doudi.engine.rules.expression import Aggregate, Call, Choose, Name, Node, Steps, names
from doudi.engine.rules.pack import Pack, Rule

Changes = Mapping[str, Any]  # parameter → value; {urban, rural}, {division: …} or dated where only a part changes


@dataclass(frozen=True)
class Variants:
    """``pack`` holds every variant; ``names[case][rule]`` is what a rule is called in a case.

    ``standards`` and ``overrides`` give the variants of parameters their values, beside those of the base.
    """

    pack: Pack
    standards: Mapping[str, Any]
    overrides: Mapping[str, Any]
    names: tuple[Mapping[str, str], ...]

    def columns(self, rules: Iterable[str]) -> list[str]:
        """The columns of ``rules`` over all cases, each once."""
        return list(dict.fromkeys(case[rule] for rule in rules for case in self.names))


def expand(pack: Pack, cases: Sequence[Changes], rules: Iterable[Rule] = ()) -> Variants:
    """``pack``, with ``rules`` added at its end, wide enough for every case. Names of changes are the pack's."""
    parameters = dict(pack.parameters)
    standards: dict[str, Any] = {}
    overrides: dict[str, Any] = {}
    called: list[dict[str, str]] = [{} for _ in cases]
    nodes: dict[str, Node] = {}  # variant of a parameter that a part of the households has → how it is read
    for name in sorted({name for case in cases for name in case}):
        values: list[Any] = []
        for case, names_ in zip(cases, called, strict=True):
            if name not in case:
                continue
            if case[name] not in values:
                values.append(case[name])
            names_[name] = f"{name}__v{values.index(case[name]) + 1}"
        for index, value in enumerate(values, 1):
            variant = f"{name}__v{index}"
            parameters[variant] = replace(pack.parameters[name], name=variant, values=(), local=True)
            if is_partial(value):
                standards[variant] = value
                nodes[variant] = Call("coalesce", (Name(variant), Name(name)))
            elif value is not None:
                overrides[variant] = value
    wide: dict[str, Rule] = {}
    for rule in (*pack.rules.values(), *rules):
        used = sorted(names(rule.tree))
        combinations: list[tuple[str, ...]] = []
        for names_ in called:
            combination = tuple(names_.get(name, name) for name in used)
            if combination not in combinations:
                combinations.append(combination)
                variant = _numbered(rule.name, len(combinations) - 1)
                wide[variant] = replace(rule, name=variant, tree=_renamed(rule.tree, names_, nodes))
            names_[rule.name] = _numbered(rule.name, combinations.index(combination))
    return Variants(replace(pack, parameters=parameters, rules=wide, compiled={}), standards, overrides, tuple(called))


def is_partial(value: Any) -> bool:
    """Whether a change speaks of some divisions, areas or dates only."""
    return isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(item, Mapping) for item in value))


def _numbered(name: str, index: int) -> str:
    return f"{name}__v{index}" if index else name


def _renamed(node: Node, called: Mapping[str, str], nodes: Mapping[str, Node]) -> Node:
    def renamed(part: Node) -> Node:
        return _renamed(part, called, nodes)

    match node:
        case Name(name=name):
            variant = called.get(name, name)
            return nodes.get(variant, Name(variant))
        case Call(function="lookup", arguments=(Name(name=name), *place)):
            variant = called.get(name, name)
            found = Call("lookup", (Name(variant), *place))
            return Call("coalesce", (found, node)) if variant in nodes else found
        case Call(function=function, arguments=arguments):
            return Call(function, tuple(renamed(part) for part in arguments))
        case Aggregate(function=function, argument=argument):
            return Aggregate(function, renamed(argument))
        case Choose(branches=branches, otherwise=otherwise):
            return Choose(tuple((renamed(when), renamed(then)) for when, then in branches), renamed(otherwise))
        case Steps(steps=steps, none=none, unknown=unknown):
            return Steps(tuple((name, renamed(step)) for name, step in steps), none, unknown)
    return node

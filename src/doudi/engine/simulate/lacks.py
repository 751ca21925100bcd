"""Which missing number or fact leaves a household open, as rules: what ``interpret.Causes`` tells of one household.

For every name in question each rule that rests on it gets a companion that holds where the rule is unknown because of
that name. What would not have mattered is not named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps
from doudi.engine.rules.pack import Rule
from doudi.engine.simulate.logic import FALSE, all_of, any_of, certain
from doudi.engine.simulate.outputs import UNKNOWN

_OPEN = Call("=", (Name("category"), Literal(UNKNOWN)))


def lacks(
    rules: Mapping[str, Rule], names: Sequence[str], monthly: str
) -> tuple[list[Rule], dict[str, tuple[str, str]]]:
    """Companions, and for each of ``names`` that can matter the rules that it leaves the category, or the amount, open.

    The amount is only open where the category is settled. ``rules`` hold ``category`` and ``monthly``.
    """
    made: list[Rule] = []
    found: dict[str, tuple[str, str]] = {}
    for number, name in enumerate(names):
        finder = _Finder(rules, name, f"lack{number}")
        for rule in rules.values():
            finder.add(rule)
        category = finder.companions.get("category", "")
        amount = finder.companions.get(monthly, "")
        if not category and not amount:
            continue
        made += finder.made
        pair = (f"lack{number}_category", f"lack{number}_amount")
        settled = Call("not", (_OPEN,))
        trees = (all_of([_OPEN, _named(category)]), all_of([settled, _named(amount)]))
        made += [
            replace(rules[monthly], name=rule, tree=tree, kind="bool", unit="")
            for rule, tree in zip(pair, trees, strict=True)
        ]
        found[name] = pair
    return made, found


def _named(companion: str) -> Node:
    return Name(companion) if companion else FALSE


class _Finder:
    def __init__(self, rules: Mapping[str, Rule], target: str, prefix: str) -> None:
        self.rules, self.target, self.prefix = rules, target, prefix
        self.companions: dict[str, str] = {}
        self.made: list[Rule] = []

    def add(self, rule: Rule) -> None:
        tree = self._of(rule.tree)
        if isinstance(rule.tree, Steps) and rule.tree.unknown is None and tree != FALSE:
            tree = all_of([Call("is null", (Name(rule.name),)), tree])
        if isinstance(tree, Name):
            self.companions[rule.name] = tree.name
        elif tree != FALSE:
            companion = f"{self.prefix}__{rule.name}"
            self.companions[rule.name] = companion
            self.made.append(replace(rule, name=companion, tree=tree, kind="bool", unit=""))

    def _of(self, node: Node) -> Node:
        """Whether ``node`` is unknown because of the target."""
        match node:
            case Name(name=name):
                if name == self.target:
                    return Call("is null", (node,))
                return _named(self.companions.get(name, ""))
            case Call(function="lookup", arguments=(Name(name=name), *_)):
                return Call("is null", (node,)) if name == self.target else FALSE
            case Call(function="coalesce", arguments=arguments):
                return self._unknown(node, self._of(arguments[-1]))  # the usual fact; others are preferred when given
            case Call(function="in", arguments=(value, *_)):
                return self._unknown(node, self._of(value))
            case Call(arguments=arguments):
                return self._unknown(node, any_of([self._of(part) for part in arguments]))
            case Aggregate(argument=argument):
                part = self._of(argument)
                return FALSE if part == FALSE else self._unknown(node, Aggregate("any", part))
            case Choose(branches=branches, otherwise=otherwise):
                rest = self._of(otherwise)
                for when, then in reversed(branches):
                    asked, taken = self._of(when), self._of(then)
                    if (asked, taken, rest) != (FALSE, FALSE, FALSE):
                        passed = certain(Call("not", (when,)))
                        rest = any_of([asked, all_of([certain(when), taken]), all_of([passed, rest])])
                return rest
            case Steps(steps=steps):
                return any_of([self._of(step) for _, step in steps])
        return FALSE

    @staticmethod
    def _unknown(node: Node, part: Node) -> Node:
        return all_of([Call("is null", (node,)), part])

"""Which rows a later sum cannot do without, told from what is known before a stage begins.

A household's amount is the sum of what few of its members receive. Whether a member can receive anything is mostly
known before the household is decided: who is neither disabled nor ill cannot have the single route. The conditions made
here are necessary ones: a row outside them adds exactly 0 (or nothing), never something and never an unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps, names, walk

# A condition is a set of SQL texts of which one must hold; NONE never holds.
Condition = frozenset[str]
ALL, NONE = Condition({"TRUE"}), Condition()
LONGEST = 1500  # characters: a longer condition costs more than the rows it keeps away
DEEPEST = 60  # parts of an expression that is put in where it is named


def either(*conditions: Condition) -> Condition:
    found = Condition().union(*conditions) - {"FALSE"}
    return ALL if "TRUE" in found or sum(map(len, found)) > LONGEST else found


def both(*conditions: Condition) -> Condition:
    found = dict.fromkeys(condition for condition in conditions if condition != ALL)
    if NONE in found or len(found) < 2:
        return NONE if NONE in found else next(iter(found), ALL)
    text = " AND ".join(f"({written(condition)})" for condition in found)
    return Condition({text}) if len(text) <= LONGEST else ALL


def written(condition: Condition) -> str:
    return " OR ".join(sorted(condition)) or "FALSE"


class Relevance:
    """Conditions for the rows of one entity before one of its stages.

    ``trees``: rules of that stage, not computed yet. ``known``: the SQL text and nullability of an expression over
    columns that stand before the stage, None for any other. ``above``: the column of a rule or field of another entity,
    with its nullability. Columns from above that may be unknown are collected in ``opened``: rows where one of them is
    unknown are needed besides.
    """

    def __init__(
        self,
        trees: Mapping[str, Node],
        known: Callable[[Node], tuple[str, bool] | None],
        above: Callable[[str], tuple[str, bool] | None],
    ) -> None:
        self.trees, self.known, self.above = trees, known, above
        self.opened: set[str] = set()
        self._found: dict[tuple[str, str], Condition] = {}  # of rules that several others name
        self._short: dict[str, Node | None] = {}

    def row(self, node: Aggregate) -> Condition:
        """A row may change the aggregate."""
        match node.function:
            case "sum":
                return self.adds(node.argument)
            case "any" | "count":
                return self.matters(node.argument)
        return ALL

    def adds(self, node: Node) -> Condition:
        """A number may be unknown or other than 0."""
        match node:
            case Literal(value=value):
                return NONE if value == 0 else ALL
            case Name(name=name) if name in self.trees:
                return self._once("adds", name, self.adds)
            case Call(function="+" | "-" | "coalesce" | "round_fen", arguments=arguments):
                return either(*(self.adds(argument) for argument in arguments))
            case Choose(branches=branches, otherwise=otherwise):
                chosen = [either(both(self.holds(w), self.adds(t)), self.unknown(w)) for w, t in branches]
                return either(*chosen, self.adds(otherwise))
        return ALL

    def matters(self, node: Node) -> Condition:
        """A condition may hold or be unknown."""
        return either(self.holds(node), self.unknown(node))

    def holds(self, node: Node) -> Condition:
        """A condition may hold."""
        ready = self._ready(node)
        if ready is not None:
            return either(Condition({ready[0]}))
        match node:
            case Name(name=name) if name in self.trees:
                return self._once("holds", name, self.holds)
            case Call(function="and", arguments=arguments):
                return both(*(self.holds(argument) for argument in arguments))
            case Call(function="or" | "coalesce", arguments=arguments):
                return either(*(self.holds(argument) for argument in arguments))
            case Call(function="=", arguments=(Name() as name, Literal(value=value))):
                return self._chosen(name, (value,))
            case Call(function="in", arguments=(Name() as name, Literal(value=tuple() as listed))):
                return self._chosen(name, listed)
        return ALL

    def unknown(self, node: Node) -> Condition:
        """A condition may be unknown."""
        ready = self._ready(node)
        if ready is not None:
            return Condition({f"{ready[0]} IS NULL"}) if ready[1] else NONE
        match node:
            case Name(name=name) if name in self.trees:
                return self._once("unknown", name, self.unknown)
            case Name(name=name):
                column = self.above(name)
                if column is None:
                    return ALL
                if column[1]:
                    self.opened.add(column[0])
                return NONE
            case Steps(steps=steps, unknown=None):
                return either(*(self.unknown(step) for _, step in steps))
            case Call(function="and", arguments=arguments):
                some = either(*(self.unknown(argument) for argument in arguments))
                return both(*(self.matters(argument) for argument in arguments), some)
            case Call(function="or" | "not" | "coalesce", arguments=arguments):
                return either(*(self.unknown(argument) for argument in arguments))
            case Call(function="=" | "in", arguments=(Name(name=name), Literal())):
                return self.unknown(Name(name))
        return ALL

    def _chosen(self, name: Name, listed: tuple[object, ...]) -> Condition:
        tree = self.trees.get(name.name)
        if not isinstance(tree, Steps) or tree.none in listed or tree.unknown in listed:
            return ALL
        return either(*(self.holds(step) for value, step in tree.steps if value in listed))

    def _once(self, question: str, name: str, ask: Callable[[Node], Condition]) -> Condition:
        if (question, name) not in self._found:
            self._found[question, name] = ask(self.trees[name])
        return self._found[question, name]

    def _ready(self, node: Node) -> tuple[str, bool] | None:
        expanded = self._expanded(node)
        if expanded is None or not names(expanded).isdisjoint(self.trees):
            return None
        return self.known(expanded)

    def _expanded(self, node: Node) -> Node | None:
        """The rules of the stage put in where they are named; None when that becomes long."""
        match node:
            case Name(name=name) if name in self.trees and isinstance(self.trees[name], Call):
                if name not in self._short:
                    self._short[name] = self._expanded(self.trees[name])
                return self._short[name]
            case Call(function=function, arguments=arguments):
                parts = [self._expanded(argument) for argument in arguments]
                known = tuple(part for part in parts if part is not None)
                found = Call(function, known)
                return found if len(known) == len(parts) and sum(1 for _ in walk(found)) <= DEEPEST else None
        return node

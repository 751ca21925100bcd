"""The tree of a decision: which rule rests on which, from the category and from the amount down.

Only what was consulted stands in it: the steps of a ladder up to the one taken, the branch of a choice that counted.
The text of each rule is in ``trace`` under the same ``rule`` and ``person_id``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps
from doudi.engine.rules.household import Row
from doudi.engine.rules.interpret import Compiler, aggregated_entity, rows_of
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.texts import above

Uses = Callable[[Row], list[tuple[str, Row]]]
_DECIDED = {"category", "person_category", "route"}


def tree(pack: Pack, household: Row) -> dict[str, Any]:
    """The household's category and what it rests on: nested ``{rule, person_id, children}``.

    ``household``: a row that ``Evaluation`` has filled. A rule that several rest on has its children where it comes
    first; ``person_id`` is None for the household, otherwise the key of the row as in ``trace``.
    """
    return _Tree(pack).grow("category", household)


def amount_tree(pack: Pack, household: Row) -> dict[str, Any]:
    """The monthly total and what it is computed from. Conditions, categories and routes end a branch: they are told by
    the other trees.
    """
    conditions = {rule.name for rule in pack.rules.values() if rule.kind == "bool"}
    return _Tree(pack, conditions | _DECIDED).grow("monthly", household)


def member_trees(pack: Pack, household: Row) -> list[dict[str, Any]]:
    """Each member's category and what it rests on of their own; what is the household's stands in its tree."""
    return [_Tree(pack, entities={"household"}).grow("person_category", row) for row in rows_of(household, "person")]


class _Tree:
    """Grows one tree. ``ends``, ``entities``: rules, and rules of which entities, that are not taken further."""

    def __init__(self, pack: Pack, ends: Iterable[str] = (), entities: Iterable[str] = ()) -> None:
        self.uses, self.ends, self.entities = _uses(pack), frozenset(ends), frozenset(entities)
        self.seen: set[tuple[str, int]] = set()

    def grow(self, name: str, row: Row) -> dict[str, Any]:
        key = (name, id(row))
        children = []
        if key not in self.seen and name not in self.ends and row.entity not in self.entities:
            self.seen.add(key)
            used = {(rule, id(at)): at for rule, at in self.uses[name](row)}
            children = [self.grow(rule, at) for (rule, _), at in used.items()]
        return {"rule": name, "person_id": None if row.entity == "household" else row.key, "children": children}


def _uses(pack: Pack) -> dict[str, Uses]:
    """For each rule, which rules of which rows its value came from; made once a pack."""
    if "uses" not in pack.compiled:
        finder = _Finder(pack)
        pack.compiled["uses"] = {rule.name: finder.find((rule.tree,), rule.entity) for rule in pack.rules.values()}
    ready: dict[str, Uses] = pack.compiled["uses"]
    return ready


class _Finder:
    def __init__(self, pack: Pack) -> None:
        self.pack, self.compiler = pack, Compiler(pack)

    def find(self, nodes: tuple[Node, ...], entity: str) -> Uses:
        """What some expressions rest on: the rules they name, and what depends on the row."""
        named: list[tuple[str, str]] = []
        moving: list[Uses] = []
        self._collect(nodes, entity, named, moving)
        own = [name for name, owner in named if owner == entity]
        higher = [(name, owner) for name, owner in named if owner != entity]

        def uses(row: Row) -> list[tuple[str, Row]]:
            found = [(name, row) for name in own]
            found += [(name, above(row, owner)) for name, owner in higher]
            for more in moving:
                found += more(row)
            return found

        return uses

    def _collect(self, nodes: tuple[Node, ...], entity: str, named: list[tuple[str, str]], moving: list[Uses]) -> None:
        for node in nodes:
            match node:
                case Name(name=name) if name in self.pack.rules:
                    named.append((name, self.pack.rules[name].entity))
                case Call(function="coalesce", arguments=arguments):
                    moving.append(self._until([(a, a) for a in arguments], entity, lambda value: value is not None))
                case Call(arguments=arguments):
                    self._collect(arguments, entity, named, moving)
                case Aggregate(argument=argument):
                    moving.append(self._below(argument, aggregated_entity(self.pack, argument, entity)))
                case Choose(branches=branches, otherwise=otherwise):
                    pairs = [*branches, (Literal(True), otherwise)]
                    moving.append(self._until(pairs, entity, lambda value: value is not False))
                case Steps(steps=steps):
                    moving.append(self._until([(step, step) for _, step in steps], entity, bool))

    def _below(self, argument: Node, below: str) -> Uses:
        uses = self.find((argument,), below)
        return lambda row: [used for item in row.below[below] for used in uses(item)]

    def _until(self, pairs: Sequence[tuple[Node, Node]], entity: str, ends: Callable[[Any], bool]) -> Uses:
        """What is looked at one after the other, and what the first that ``ends`` leads to."""
        looked = [
            (self.compiler.compile(when, entity), self.find((when,), entity), self.find((then,), entity))
            for when, then in pairs
        ]

        def uses(row: Row) -> list[tuple[str, Row]]:
            found: list[tuple[str, Row]] = []
            for value, before, after in looked:
                found += before(row)
                if ends(value(row)):
                    found += after(row)
                    break
            return found

        return uses

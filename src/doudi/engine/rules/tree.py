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
_Known = dict[tuple[str, int], list[tuple[str, Row]]]  # (rule, id of its row) → the rules and rows it came from


def trees(pack: Pack, household: Row) -> dict[str, Any]:
    """Nested ``{rule, person_id, children}``, by name, of a row that ``Evaluation`` has filled.

    ``tree``: the household's category and what it rests on. ``amount_tree``: the monthly total and what it is computed
    from; conditions, categories and routes end a branch there, the other trees tell them. ``member_trees``: each
    member's category and what it rests on of their own; what is the household's stands in its tree.
    A rule that several rest on has its children where it comes first; ``person_id`` is None for the household,
    otherwise the key of the row as in ``trace``.
    """
    known: _Known = {}
    ends = {rule.name for rule in pack.rules.values() if rule.kind == "bool"} | _DECIDED
    persons = rows_of(household, "person")
    return {
        "tree": _Tree(pack, known).grow("category", household),
        "amount_tree": _Tree(pack, known, ends=ends).grow("monthly", household),
        "member_trees": [_Tree(pack, known, entities={"household"}).grow("person_category", row) for row in persons],
    }


class _Tree:
    """Grows one tree. ``known``: what was looked up for another; ``ends``, ``entities``: rules, and rules of which
    entities, that are not taken further.
    """

    def __init__(self, pack: Pack, known: _Known, ends: Iterable[str] = (), entities: Iterable[str] = ()) -> None:
        self.uses, self.known = _uses(pack), known
        self.ends, self.entities = frozenset(ends), frozenset(entities)
        self.seen: set[tuple[str, int]] = set()

    def grow(self, name: str, row: Row) -> dict[str, Any]:
        key = (name, id(row))
        children = []
        if key not in self.seen and name not in self.ends and row.entity not in self.entities:
            self.seen.add(key)
            if key not in self.known:
                used = {(rule, id(at)): (rule, at) for rule, at in self.uses[name](row)}
                self.known[key] = list(used.values())
            children = [self.grow(rule, at) for rule, at in self.known[key]]
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

"""Which rules a statement needs, and in which stage of which entity each is computed.

A stage ends where a rule needs another entity. Rules are computed as late as their users allow, in as few stages as
possible: a column computed late is not carried along. Sums over rows that an earlier stage groups anyhow join that
grouping, so that the later ones are few and pass over few rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zlib import crc32

from doudi.engine.rules.expression import Aggregate, Call, Name, Node, names, walk
from doudi.engine.rules.interpret import aggregated_entity, entity_of
from doudi.engine.rules.pack import Pack


@dataclass(frozen=True, slots=True)
class Planned:
    """A rule, or the argument of a sum that looks upwards, with its place."""

    name: str
    entity: str
    tree: Node
    stage: int


def plan(pack: Pack, outputs: Sequence[str], varying: Collection[str]) -> list[Planned]:
    """What ``outputs`` rest on, in order of evaluation. ``varying``: parameters that stand in a table."""
    trees = _trees(pack, outputs, varying)
    needs = {name: _needs(trees, name) for name in trees}
    early: dict[str, int] = {}
    for name, used in needs.items():
        early[name] = max((early[other] + crosses for other, crosses in used), default=0)
    existing: dict[str, set[int]] = {}
    for name, stage in early.items():
        existing.setdefault(trees[name][0], set()).add(stage)
    last = max(early.values(), default=0)
    late = _late(trees, needs, existing, dict.fromkeys(trees, last))
    groupings = {name: _groupings(pack, tree, entity) for name, (entity, tree) in trees.items()}
    fixed = [(rows, late[name]) for name, found in groupings.items() for rows in found if late[name] == early[name]]
    latest = {
        name: min([last, *(stage for rows, stage in fixed if rows in found and stage >= early[name])])
        for name, found in groupings.items()
    }
    late = _late(trees, needs, existing, latest)
    return [Planned(name, entity, tree, late[name]) for name, (entity, tree) in trees.items()]


def _late(
    trees: dict[str, tuple[str, Node]],
    needs: dict[str, list[tuple[str, int]]],
    existing: dict[str, set[int]],
    latest: dict[str, int],
) -> dict[str, int]:
    """The last stage of each rule's entity that its users, and ``latest``, allow."""
    late = dict(latest)
    for name in reversed(list(trees)):
        late[name] = max(stage for stage in existing[trees[name][0]] if stage <= late[name])
        for other, crosses in needs[name]:
            late[other] = min(late[other], late[name] - crosses)
    return late


def _groupings(pack: Pack, tree: Node, entity: str) -> set[tuple[str, str]]:
    """Which rows a rule sums up: (entity, entity below)."""
    return {
        (entity, aggregated_entity(pack, node.argument, entity)) for node in walk(tree) if isinstance(node, Aggregate)
    }


def hidden_name(rule: str, aggregate: Aggregate) -> str:
    """The column of a sum's argument that has to be computed before it can be summed."""
    return f"{rule}__{crc32(repr(aggregate.argument).encode())}"


def _trees(pack: Pack, outputs: Sequence[str], varying: Collection[str]) -> dict[str, tuple[str, Node]]:
    wanted: set[str] = set()
    todo = list(outputs)
    while todo:
        name = todo.pop()
        if name not in wanted:
            wanted.add(name)
            todo += [used for used in names(pack.rules[name].tree) if used in pack.rules]
    trees: dict[str, tuple[str, Node]] = {}
    for rule in pack.rules.values():
        if rule.name in wanted:
            for node in walk(rule.tree):
                if isinstance(node, Aggregate):
                    below = aggregated_entity(pack, node.argument, rule.entity)
                    if _looks_up(pack, node.argument, below, varying):
                        trees[hidden_name(rule.name, node)] = (below, node.argument)
            trees[rule.name] = (rule.entity, rule.tree)
    return trees


def _looks_up(pack: Pack, node: Node, entity: str, varying: Collection[str]) -> bool:
    """Whether an argument of a sum needs more than the columns of the summed rows."""
    return any(name in varying or entity_of(pack, name) not in (None, entity) for name in names(node)) or any(
        isinstance(item, Call) and item.function == "lookup" for item in walk(node)
    )


def _needs(trees: dict[str, tuple[str, Node]], name: str) -> list[tuple[str, int]]:
    """The rules that one rule uses, each with 1 when it belongs to another entity."""
    entity, tree = trees[name]
    used: dict[str, int] = {}
    for node in walk(tree):
        if isinstance(node, Aggregate) and hidden_name(name, node) in trees:
            used[hidden_name(name, node)] = 1
        elif isinstance(node, Name) and node.name in trees:
            used[node.name] = int(trees[node.name][0] != entity)
    return list(used.items())

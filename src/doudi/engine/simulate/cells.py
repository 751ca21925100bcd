"""The counts of a simulation: cells by place and category in temporary tables, and the result drawn from them.

Case 0 is the base over all households (before = after), with its amounts. Every other case holds only the households,
or persons, that differ from it, and by how much: what is left of the base is what stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from doudi.engine.rules.schema import CATEGORIES
from doudi.engine.simulate.outputs import GROUPS, NONE, UNKNOWN
from doudi.engine.simulate.result import (
    Balance,
    CategoryCount,
    Change,
    Effect,
    Group,
    ItemCost,
    Missing,
    Move,
    Part,
    PersonCount,
    ScenarioResult,
)

CELLS, PERSON_CELLS = "doudi_cell", "doudi_person_cell"
MEASURES = (
    "households",
    "persons",
    "unknown",
    "winners",
    "gain",
    "losers",
    "loss",
)
_ORDER = ("TEKUN", "DIBAO", "MARGIN", "RIGID", "OTHER", "FANPIN", NONE, UNKNOWN)
DIMENSIONS = ("division", "area")


def create_cells(connection: duckdb.DuckDBPyConnection, items: Sequence[str]) -> None:
    numbers = [*MEASURES, *items]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {CELLS} (number INTEGER, division VARCHAR, area VARCHAR, before VARCHAR, "
        f"after VARCHAR, {', '.join(f'{name} BIGINT' for name in numbers)})"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {PERSON_CELLS} (number INTEGER, division VARCHAR, area VARCHAR, "
        f"{', '.join(f'{key} BOOLEAN' for key in GROUPS)}, before VARCHAR, after VARCHAR, persons BIGINT)"
    )


@dataclass
class _Tally:
    """Everything about one case and one part of the register."""

    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    person_moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)


class Results:
    """Reads the cells once and gives the result of each case."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, items: Sequence[str], statuses: Mapping[str, str]
    ) -> None:
        self.connection, self.items, self.statuses = connection, items, statuses
        self.parts = {dimension: self._tallies(dimension) for dimension in ("", *DIMENSIONS)}
        self.groups = {key: self._persons(f"WHERE {key}") for key in ("TRUE", *GROUPS)}

    def scenario(
        self, number: int, name: str, changes: tuple[Change, ...], missing: tuple[Missing, ...]
    ) -> ScenarioResult:
        routes = self._statuses("TRUE", number)
        return ScenarioResult(
            name=name,
            changes=changes,
            total=self._effect("", number, ""),
            by={
                dimension: tuple(Part(key, self._effect(dimension, number, key)) for key in self._keys(dimension))
                for dimension in DIMENSIONS
            },
            routes=tuple(
                PersonCount(key.partition("/")[2], before, after)
                for key, (before, after) in sorted(routes.items())
                if key.startswith("DIBAO/")
            ),
            groups=tuple(Group(key, self._categories(self._statuses(key, number))) for key in GROUPS),
            missing=missing,
        )

    def households(self) -> tuple[int, int]:
        """Households and living persons in all."""
        tally = self.parts[""].get((0, ""), _Tally())
        return tally.sums["households"], tally.sums["persons"]

    def _keys(self, dimension: str) -> list[str]:
        return sorted(key for number, key in self.parts[dimension] if number == 0)

    def _tallies(self, dimension: str) -> dict[tuple[int, str], _Tally]:
        found: dict[tuple[int, str], _Tally] = {}
        key = dimension or "''"
        names = [*MEASURES, *self.items]
        sums = ", ".join(f"CAST(SUM({name}) AS BIGINT)" for name in names)
        for number, part, before, after, *values in self.connection.execute(
            f"SELECT number, {key}, before, after, {sums} FROM {CELLS} GROUP BY ALL"
        ).fetchall():
            tally = found.setdefault((number, part), _Tally())
            tally.moves[before, after] += values[0]
            tally.sums.update(dict(zip(names, values, strict=True)))
        for number, part, before, after, persons in self.connection.execute(
            f"SELECT number, {key}, before, after, CAST(SUM(persons) AS BIGINT) FROM {PERSON_CELLS} GROUP BY ALL"
        ).fetchall():
            move = self._category(before), self._category(after)
            found.setdefault((number, part), _Tally()).person_moves[move] += persons
        return found

    def _persons(self, where: str) -> dict[int, Counter[tuple[str, str]]]:
        found: dict[int, Counter[tuple[str, str]]] = {}
        for number, before, after, persons in self.connection.execute(
            f"SELECT number, before, after, CAST(SUM(persons) AS BIGINT) FROM {PERSON_CELLS} {where} GROUP BY ALL"
        ).fetchall():
            found.setdefault(number, Counter())[self.statuses[before], self.statuses[after]] += persons
        return found

    def _category(self, code: str) -> str:
        return self.statuses[code].partition("/")[0]

    def _statuses(self, group: str, number: int) -> dict[str, tuple[int, int]]:
        tallies = self.groups[group]
        return _before_after(tallies.get(0, Counter()), tallies.get(number, Counter()))

    def _categories(self, statuses: Mapping[str, tuple[int, int]]) -> tuple[PersonCount, ...]:
        before: Counter[str] = Counter()
        after: Counter[str] = Counter()
        for status, (earlier, later) in statuses.items():
            before[status.partition("/")[0]] += earlier
            after[status.partition("/")[0]] += later
        return tuple(PersonCount(key, before[key], after[key]) for key in _ORDER if before[key] or after[key])

    def _effect(self, dimension: str, number: int, key: str) -> Effect:
        base = self.parts[dimension].get((0, key), _Tally())
        case = self.parts[dimension].get((number, key), _Tally())
        households = _before_after(base.moves, case.moves)
        persons = _before_after(base.person_moves, case.person_moves)
        moves, person_moves = _all_moves(base.moves, case.moves), _all_moves(base.person_moves, case.person_moves)

        items = tuple(ItemCost(item, base.sums[item], base.sums[item] + case.sums[item]) for item in self.items)
        return Effect(
            households=base.sums["households"],
            persons=base.sums["persons"],
            categories=tuple(
                CategoryCount(code, *households.get(code, (0, 0)), *persons.get(code, (0, 0)))
                for code in _ORDER
                if code in households or code in persons or code in CATEGORIES
            ),
            moves=tuple(
                Move(start, end, moves[start, end], person_moves[start, end])
                for start in _ORDER
                for end in _ORDER
                if moves[start, end] or person_moves[start, end]
            ),
            items=items,
            cost_before=sum(item.before for item in items),
            cost_after=sum(item.after for item in items),
            winners=Balance(case.sums["winners"], case.sums["gain"]),
            losers=Balance(case.sums["losers"], case.sums["loss"]),
            unknown_before=base.sums["unknown"],
            unknown_after=base.sums["unknown"] + case.sums["unknown"],
        )


def _all_moves(base: Counter[tuple[str, str]], case: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Those that stay and those that move."""
    moves: Counter[tuple[str, str]] = Counter()
    for (start, _), count in base.items():
        moves[start, start] += count
    for (start, end), count in case.items():
        moves[start, start] -= count
        moves[start, end] += count
    return moves


def _before_after(base: Counter[tuple[str, str]], case: Counter[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for (start, end), count in _all_moves(base, case).items():
        before[start] += count
        after[end] += count
    return {key: (before[key], after[key]) for key in sorted({*before, *after})}

"""Decide a register under a base and under every scenario, and count what differs.

All households are decided once, with a column for every case where a rule of the household differs. Only households
whose persons' values may differ (``doubt.py``) are decided again, a row a scenario. The rest is counting: the base
over everything, each scenario over what it changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from doudi.engine.errors import InputError
from doudi.engine.rules.bulk import statement_many
from doudi.engine.rules.expression import names
from doudi.engine.rules.pack import Pack, Rule
from doudi.engine.rules.parameters import Standards, Values
from doudi.engine.rules.schema import ENTITIES
from doudi.engine.simulate.cells import CELLS, MEASURES, PERSON_CELLS, Results, create_cells, item_columns
from doudi.engine.simulate.changes import check_changes, describe
from doudi.engine.simulate.doubt import doubts
from doudi.engine.simulate.outputs import AREA, DIVISION, GROUPS, LIVING, MONTHLY, PERSONS, STATUS, group_rule, outputs
from doudi.engine.simulate.result import Simulation
from doudi.engine.simulate.variants import Changes, changed_names, dispatch, own_names, summed_names, widen

BASE = ""  # the name of the base among the cases
BLOCK_BYTES = 256 * 2**20  # what the wide columns of one block of households may take
WIDE, PAIR, AGAIN, AGAIN_PERSON = "doudi_wide", "doudi_pair", "doudi_again", "doudi_again_person"


def simulate(
    connection: duckdb.DuckDBPyConnection,
    pack: Pack,
    as_of: dt.date,
    scenarios: Mapping[str, Changes],
    *,
    base: Changes | None = None,
    tables: Mapping[str, str] | None = None,
    standards: Standards | None = None,
    amendments: Standards | None = None,
    division_digits: int = 6,
    data: Mapping[str, Any] | None = None,
    absent: Sequence[str] = (),
    changed_table: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Simulation:
    """What each of ``scenarios`` does to the households in ``tables``.

    ``scenarios``: name → changes; a change is parameter → value, or {urban, rural}, {division: …} or dated values
    where only a part changes, and stands above document, standards and amendments. ``base``: changes that hold before
    and in every scenario. ``tables``: entity → table or query in brackets, in the layout of ``create_tables``.
    ``division_digits``: 2 province, 4 city, 6 county, 9 township, 12 village. ``data`` and ``absent`` go into the
    result. With ``changed_table`` a temporary table of that name holds every household whose category or amount
    changes: scenario, household_key, division, area, category_before, category_after, monthly_before, monthly_after
    (分). ``progress`` is told the blocks done and their number. Writes nothing but temporary tables.
    Raises InputError for an unknown parameter or a wrong value.
    """
    if not scenarios:
        raise InputError("there is no scenario", where="scenarios", hint="change at least one parameter")
    if BASE in scenarios:
        raise InputError("a scenario has no name", where="scenarios", hint="give every scenario a name")
    cases = {BASE: dict(base or {}), **{name: {**(base or {}), **changes} for name, changes in scenarios.items()}}
    for name, changes in cases.items():
        check_changes(pack, as_of, changes, name or "base")
    run = _Run(connection, pack, as_of, cases, standards, amendments)
    run.evaluate(dict(tables or {}), division_digits, changed_table, progress)
    before = Values(pack, as_of, standards, amendments=amendments)
    found = Results(connection, list(run.items))
    households, persons = found.households()
    return Simulation(
        pack=pack.name,
        pack_title=pack.title,
        pack_version=pack.version,
        as_of=as_of,
        base=describe(pack, before, base or {}),
        scenarios=tuple(
            found.scenario(number, name, describe(pack, before, changes), ())
            for number, (name, changes) in enumerate(scenarios.items(), 1)
        ),
        data={**(data or {}), "households": households, "persons": persons},
        absent=tuple(absent),
        ignored=tuple(sorted(before.ignored)),
    )


class _Run:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        pack: Pack,
        as_of: dt.date,
        cases: Mapping[str, Changes],
        standards: Standards | None,
        amendments: Standards | None,
    ) -> None:
        self.connection, self.as_of, self.cases = connection, as_of, cases
        self.standards, self.amendments = dict(standards or {}), amendments
        made = outputs(pack)
        self.items = made.items
        self.counted = ["category", MONTHLY, *made.items.values()]
        self.pack = replace(pack, rules={**pack.rules, **{rule.name: rule for rule in made.rules}}, compiled={})
        self.wide = widen(self.pack, list(cases.values()))
        base = {name: self.wide.pack.rules[name] for name in self.pack.rules}
        read = self._read_by_persons(_needed(base, [*self.counted, STATUS]))
        self.compared = [name for name in read if base[name].kind in ("bool", "text")]
        self.doubtful: dict[str, str] = {}  # changed parameter → the household's rule that doubts
        companions: dict[str, Rule] = {}
        for name in changed_names(cases.values()):
            reached = self._numbers_reached(name)
            added = doubts(base, reached, [*self.counted, STATUS], f"doubt_of_{name}")
            companions |= {rule.name: rule for rule in added}
            if added:
                self.doubtful[name] = added[-1].name
        self.wide_pack = replace(self.wide.pack, rules={**self.wide.pack.rules, **companions}, compiled={})

    def _read_by_persons(self, needed: list[Rule]) -> list[str]:
        """Rules of the household that differ between cases and that rules of persons read."""
        read: set[str] = set()
        for rule in needed:
            read |= names(rule.tree) if rule.entity != "household" else summed_names(rule.tree)
        return sorted(name for name in read if name in self.pack.rules and len(self.wide.columns([name])) > 1)

    def _numbers_reached(self, parameter: str) -> set[str]:
        """A changed parameter and the household's numbers that rest on it, as the base calls them."""
        reached = {parameter}
        for rule in self.pack.rules.values():
            if rule.entity == "household" and own_names(rule.tree) & reached:
                reached.add(rule.name)
        numbers = {name for name in reached if name in self.pack.rules and self.pack.rules[name].kind in _NUMBERS}
        return numbers | {self.wide.called[0].get(parameter, parameter)}

    # ---- the statements ----

    def evaluate(
        self,
        tables: Mapping[str, str],
        digits: int,
        changed_table: str | None,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        create_cells(self.connection, list(self.items))
        if changed_table:
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {changed_table} (scenario VARCHAR, household_key VARCHAR, "
                "division VARCHAR, area VARCHAR, category_before VARCHAR, category_after VARCHAR, "
                "monthly_before BIGINT, monthly_after BIGINT)"
            )
        found = {entity: tables.get(entity, entity) for entity in ENTITIES}
        row = self.connection.execute(f"SELECT COUNT(*) FROM {found['household']}").fetchone()
        assert row is not None
        columns = len(self.wide.columns([*self.counted, *self.compared]))
        blocks = max(1, -(-row[0] * (columns + 4) * 10 // BLOCK_BYTES))
        for block in range(blocks):
            part = {
                entity: f"(SELECT * FROM {table} WHERE hash(household_key) % {blocks} = {block})"
                if blocks > 1
                else table
                for entity, table in found.items()
            }
            self._decide_once(part, digits)
            self._decide_again(part)
            self._count(changed_table)
            if progress:
                progress(block + 1, blocks)

    def _decide_once(self, tables: Mapping[str, str], digits: int) -> None:
        """Every household, wide: what all cases say of it as far as its persons' values are the base's."""
        columns = [DIVISION, AREA, PERSONS, *self.wide.columns([*self.counted, *self.compared])]
        statement = self._wide_statement("household", [*columns, *self.doubtful.values()], tables)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {WIDE} AS SELECT * REPLACE "
            f"(left(COALESCE({DIVISION}, ''), {int(digits)}) AS {DIVISION}) FROM ({statement})"
        )
        groups = [group_rule(key) for key in GROUPS]
        statement = self._wide_statement("person", [LIVING, STATUS, *groups, *_PERSON_PLACE], tables)
        place = f"left(COALESCE({_PERSON_PLACE[0]}, ''), {int(digits)}), {_PERSON_PLACE[1]}"
        self.connection.execute(
            f"INSERT INTO {PERSON_CELLS} SELECT 0, {place}, {', '.join(groups)}, {STATUS}, {STATUS}, COUNT(*) "
            f"FROM ({statement}) WHERE {LIVING} GROUP BY ALL"
        )

    def _wide_statement(self, entity: str, columns: Sequence[str], tables: Mapping[str, str]) -> str:
        return statement_many(
            self.connection,
            self.wide_pack,
            self.as_of,
            standards={**self.standards, **self.wide.standards},
            overrides=self.wide.overrides,
            amendments=self.amendments,
            outputs=columns,
            entity=entity,
            tables=tables,
        )

    def _again(self, number: int, name: str) -> str:
        """The condition on a wide row that its persons' values may differ in a case."""
        first, case = self.wide.called[0], self.wide.called[number]
        differing = [key for key in self.cases[name] if first.get(key) != case.get(key)]
        changed = [self.doubtful[key] for key in differing if key in self.doubtful]
        moved = [(first[key], case[key]) for key in self.compared if first[key] != case[key]]
        return " OR ".join([*changed, *(f"{left} IS DISTINCT FROM {right}" for left, right in moved)]) or "FALSE"

    def _decide_again(self, tables: Mapping[str, str]) -> None:
        """The households whose persons' values may differ, a row a scenario, and their persons."""
        selects = [
            f"SELECT {_text(name)} AS scenario, household_key FROM {WIDE} WHERE {condition}"
            for number, name in enumerate(self.cases)
            if (condition := self._again(number, name)) != "FALSE" and number
        ]
        if not selects:
            selects = [f"SELECT '' AS scenario, household_key FROM {WIDE} WHERE FALSE"]
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {PAIR} AS {' UNION ALL '.join(selects)}")
        self.connection.execute(f"INSERT INTO {PAIR} SELECT DISTINCT {_text(BASE)}, household_key FROM {PAIR}")
        groups = [group_rule(key) for key in GROUPS]
        for entity, table, columns in (
            ("household", AGAIN, self.counted),
            ("person", AGAIN_PERSON, [LIVING, STATUS, *groups, *_PERSON_PLACE]),
        ):
            chosen = dispatch(self.pack, self.cases)
            statement = statement_many(
                self.connection,
                chosen.pack,
                self.as_of,
                standards={**self.standards, **chosen.standards},
                overrides=chosen.overrides,
                amendments=self.amendments,
                scenarios=chosen.scenarios,
                outputs=columns,
                entity=entity,
                tables={**_of_pairs(tables), "pair": PAIR},
            )
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {statement}")

    # ---- the counts ----

    def _count(self, changed_table: str | None) -> None:
        self._count_households(0, f"SELECT *, {self._pair_of(0, 0)} FROM {WIDE}")
        for number, name in enumerate(self.cases):
            if number == 0:
                continue
            source = self._changed(number, name)
            self._count_households(number, source)
            if changed_table:
                self.connection.execute(
                    f"INSERT INTO {changed_table} SELECT {_text(name)}, household_key, {DIVISION}, {AREA}, "
                    f"c0, c1, m0, m1 FROM ({source})"
                )
        groups = ", ".join(f"a.{group_rule(key)}" for key in GROUPS)
        numbered = ", ".join(f"({number}, {_text(name)})" for number, name in enumerate(self.cases))
        self.connection.execute(
            f"INSERT INTO {PERSON_CELLS} SELECT n.number, w.{DIVISION}, w.{AREA}, {groups}, b.{STATUS}, a.{STATUS}, "
            f"COUNT(*) FROM {AGAIN_PERSON} AS a JOIN {AGAIN_PERSON} AS b ON a.household_key = b.household_key "
            f"AND a.person_key = b.person_key AND b.scenario = {_text(BASE)} "
            f"JOIN {WIDE} AS w ON w.household_key = a.household_key "
            f"JOIN (VALUES {numbered}) AS n(number, scenario) ON n.scenario = a.scenario "
            f"WHERE a.{LIVING} AND a.{STATUS} <> b.{STATUS} GROUP BY ALL"
        )

    def _pair_of(self, first: int, second: int) -> str:
        """What is counted of two cases, from wide rows."""
        before, after = self.wide.called[first], self.wide.called[second]
        columns = zip(("c", "m", *(f"i{index}_" for index in range(len(self.items)))), self.counted, strict=True)
        return ", ".join(f"{before[name]} AS {short}0, {after[name]} AS {short}1" for short, name in columns)

    def _changed(self, number: int, name: str) -> str:
        """Households whose category or amount differs from the base in a case."""
        columns = zip(("c", "m", *(f"i{index}_" for index in range(len(self.items)))), self.counted, strict=True)
        first = self.wide.called[0]
        decided = [f"w.{first[name]} AS {short}0, a.{name} AS {short}1" for short, name in columns]
        place = ["household_key", DIVISION, AREA, PERSONS]
        once = f"SELECT {', '.join(place)}, {self._pair_of(0, number)} FROM {WIDE}"
        again = (
            f"SELECT {', '.join([*(f'w.{column}' for column in place), *decided])} FROM {AGAIN} AS a "
            f"JOIN {WIDE} AS w ON a.household_key = w.household_key WHERE a.scenario = {_text(name)}"
        )
        return (
            f"SELECT * FROM ({once} WHERE NOT COALESCE({self._again(number, name)}, FALSE) UNION ALL {again}) "
            "WHERE c0 <> c1 OR m0 IS DISTINCT FROM m1"
        )

    def _count_households(self, number: int, source: str) -> None:
        measures = {
            "households": "COUNT(*)",
            "persons": f"SUM({PERSONS})",
            "unknown_before": "COUNT(*) FILTER (m0 IS NULL)",
            "unknown_after": "COUNT(*) FILTER (m1 IS NULL)",
            "cost_before": "SUM(m0)",
            "cost_after": "SUM(m1)",
            "winners": "COUNT(*) FILTER (m1 > m0)",
            "gain": "SUM(m1 - m0) FILTER (m1 > m0)",
            "losers": "COUNT(*) FILTER (m1 < m0)",
            "loss": "SUM(m0 - m1) FILTER (m1 < m0)",
        }
        sums = [f"COALESCE({measures[name]}, 0)" for name in MEASURES]
        for index, item in enumerate(self.items):
            for side, _ in enumerate(item_columns(item)):
                sums.append(f"COALESCE(SUM(i{index}_{side}) FILTER (m{side} IS NOT NULL), 0)")
        self.connection.execute(
            f"INSERT INTO {CELLS} SELECT {number}, {DIVISION}, {AREA}, c0, c1, {', '.join(sums)} "
            f"FROM ({source}) GROUP BY {DIVISION}, {AREA}, c0, c1"
        )


_NUMBERS = ("number", "date")
_PERSON_PLACE = (f"{DIVISION}_of_person", f"{AREA}_of_person")


def _needed(rules: Mapping[str, Rule], outputs: Sequence[str]) -> list[Rule]:
    found: dict[str, Rule] = {}
    todo = list(outputs)
    while todo:
        name = todo.pop()
        if name in rules and name not in found:
            found[name] = rules[name]
            todo += names(rules[name].tree)
    return list(found.values())


def _of_pairs(tables: Mapping[str, str]) -> dict[str, str]:
    """Only rows of households that are decided again: the scan of the others stops there."""
    return {
        entity: f"(SELECT * FROM {table} WHERE household_key IN (SELECT household_key FROM {PAIR}))"
        for entity, table in tables.items()
    }


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

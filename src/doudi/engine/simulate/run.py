"""Decide a register under a base and under every scenario, and count what differs.

All households are decided once, with a column for every case where a rule of the household differs. Only households
whose persons' values may differ (``doubt.py``) are decided again, a row a scenario. The rest is counting: the base
over everything, each scenario over what it changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from doudi.engine.errors import InputError
from doudi.engine.rules.bulk import statement_many
from doudi.engine.rules.expression import names
from doudi.engine.rules.pack import Pack, Rule
from doudi.engine.rules.parameters import Standards, Values
from doudi.engine.rules.schema import ENTITIES
from doudi.engine.simulate.cells import CELLS, MEASURES, PERSON_CELLS, Results, create_cells
from doudi.engine.simulate.changes import check_changes, describe, plain_lists
from doudi.engine.simulate.doubt import doubts
from doudi.engine.simulate.outputs import AREA, DIVISION, GROUPS, LIVING, MONTHLY, PERSONS, STATUS, group_rule, outputs
from doudi.engine.simulate.result import Simulation
from doudi.engine.simulate.variants import Changes, changed_names, dispatch, own_names, summed_names, widen

BASE = ""  # the name of the base among the cases
BLOCK_BYTES = 256 * 2**20  # what the wide columns of one block of households may take
DOUBT = "simulated_doubt"
WIDE, STATE, PAIR = "doudi_wide", "doudi_state", "doudi_pair"
AGAIN, AGAIN_PERSON, REDONE = "doudi_again", "doudi_again_person", "doudi_redone"


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
    base = plain_lists(pack, base or {})
    cases = {BASE: base, **{name: base | plain_lists(pack, changes) for name, changes in scenarios.items()}}
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
        base=describe(pack, before, base),
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
        self.shorts = ["c", "m", *(f"i{at}_" for at in range(len(made.items)))]  # how counting calls them
        pack = _with(pack, made.rules)
        self.pack, self.wide = pack, widen(pack, list(cases.values()))
        needed = _needed(pack.rules, [*self.counted, STATUS])
        read = self._read_by_persons(needed)
        self.compared = [name for name in read if pack.rules[name].kind not in _NUMBERS]
        changed = changed_names(cases.values())
        numbers = {name: self._numbers_reached(name) for name in changed}
        counted = [*self.counted, STATUS]
        # Changed parameters that may matter to a person as numbers. One doubt serves them all.
        self.doubtful = {name for name in changed if doubts(pack.rules, numbers[name] | {name}, counted, DOUBT)}
        reached = {number for name in self.doubtful for number in numbers[name]}
        base = {name: self.wide.pack.rules[name] for name in pack.rules}
        called = {self.wide.called[0].get(name, name) for name in self.doubtful}
        once = doubts(base, reached | called, counted, DOUBT) if self.doubtful else []
        again = doubts(pack.rules, reached | self.doubtful, counted, DOUBT) if self.doubtful else []
        self.once_pack = _with(self.wide.pack, once)
        self.again_pack = dispatch(_with(pack, again), {str(at): case for at, case in enumerate(cases.values())})
        self.late = _sums_reached(needed, {*self.compared, *changed, *reached}) <= {*made.items.values(), MONTHLY}

    def _read_by_persons(self, needed: list[Rule]) -> list[str]:
        """Rules of the household that differ between cases and that rules of persons read."""
        read: set[str] = set()
        for rule in needed:
            read |= names(rule.tree) if rule.entity != "household" else summed_names(rule.tree)
        return sorted(name for name in read if name in self.pack.rules and len(self.wide.columns([name])) > 1)

    def _numbers_reached(self, parameter: str) -> set[str]:
        """The household's numbers that rest on a changed parameter."""
        reached = {parameter}
        for rule in self.pack.rules.values():
            if rule.entity == "household" and own_names(rule.tree) & reached:
                reached.add(rule.name)
        return {name for name in reached if name in self.pack.rules and self.pack.rules[name].kind in _NUMBERS}

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
            self._count(changed_table, again=self._decide_again(part))
            if progress:
                progress(block + 1, blocks)

    def _decide_once(self, tables: Mapping[str, str], digits: int) -> None:
        """Every household, wide: what all cases say of it as far as its persons' values are the base's."""
        columns = [DIVISION, AREA, PERSONS, *self.wide.columns([*self.counted, *self.compared])]
        statement = self._wide_statement("household", [*columns, *self._doubt], tables)
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
            self.once_pack,
            self.as_of,
            standards={**self.standards, **self.wide.standards},
            overrides=self.wide.overrides,
            amendments=self.amendments,
            outputs=columns,
            entity=entity,
            tables=tables,
        )

    def _decide_again(self, tables: Mapping[str, str]) -> bool:
        """The households whose persons' values may differ from the base; False when there are none.

        Cases that show a household's persons the same decisions share what is decided for the first of them (column
        ``alike``), unless a number that differs between the cases matters there: that is known once the first is
        decided, and then the others follow.
        """
        reads = [f"r{at}" for at in range(len(self.compared))]
        selects = []
        for number in range(1, len(self.cases)):
            doubted, moved = self._doubted(number), self._moved(number)
            if (doubted, moved) != ("FALSE", "FALSE"):
                called = self.wide.called[number]
                read = [f"{called[name]} AS {column}" for name, column in zip(self.compared, reads, strict=True)]
                columns = ["household_key", f"{doubted} AS doubted", self._values(number, 1), *read]
                selects.append(
                    f"SELECT {number} AS number, {', '.join(columns)} FROM {WIDE} WHERE {doubted} OR {moved}"
                )
        if not selects:
            return False
        alone = "CASE WHEN doubted OR m1 IS NULL THEN number ELSE 0 END" if self.late else "number"
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {STATE} AS SELECT * EXCLUDE ({', '.join(['doubted', *reads])}), "
            f"MIN(number) OVER (PARTITION BY {', '.join(['household_key', alone, *reads])}) AS alike "
            f"FROM ({' UNION ALL '.join(selects)})"
        )
        pairs = f"SELECT CAST(number AS VARCHAR) AS scenario, household_key FROM {STATE} WHERE number = alike"
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {PAIR} AS {pairs}")
        found = [*self.counted, *self._doubt]
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {AGAIN} AS {self._again('household', found, tables)}")
        if self.late and self.doubtful:
            self._separate(found, tables)
        self.connection.execute(f"INSERT INTO {PAIR} SELECT DISTINCT '0', household_key FROM {STATE}")
        columns = [LIVING, STATUS, *(group_rule(key) for key in GROUPS)]
        statement = self._again("person", columns, tables)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {AGAIN_PERSON} AS {statement}")
        return True

    def _separate(self, found: list[str], tables: Mapping[str, str]) -> None:
        """Decide on its own what was to share a row in which a number matters after all."""
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {PAIR}_more AS SELECT s.number, s.household_key FROM {STATE} AS s "
            f"JOIN {AGAIN} AS a ON a.household_key = s.household_key AND a.scenario = CAST(s.alike AS VARCHAR) "
            f"WHERE s.number <> s.alike AND a.{DOUBT}"
        )
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {PAIR}_first AS FROM {PAIR}")
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {PAIR} AS SELECT CAST(number AS VARCHAR) AS scenario, household_key "
            f"FROM {PAIR}_more"
        )
        self.connection.execute(f"INSERT INTO {AGAIN} {self._again('household', found, tables)}")
        self.connection.execute(f"INSERT INTO {PAIR} FROM {PAIR}_first")
        self.connection.execute(
            f"UPDATE {STATE} AS s SET alike = s.number FROM {PAIR}_more AS m "
            "WHERE m.number = s.number AND m.household_key = s.household_key"
        )

    def _again(self, entity: str, columns: Sequence[str], tables: Mapping[str, str]) -> str:
        chosen = self.again_pack
        return statement_many(
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

    @property
    def _doubt(self) -> list[str]:
        return [DOUBT] if self.doubtful else []

    def _doubted(self, number: int) -> str:
        """The condition on a wide row that a number changed in a case matters to a person."""
        first, case = self.wide.called[0], self.wide.called[number]
        return DOUBT if any(first.get(name) != case.get(name) for name in self.doubtful) else "FALSE"

    def _moved(self, number: int) -> str:
        """The condition on a wide row that a decision read by persons' rules differs in a case."""
        first, case = self.wide.called[0], self.wide.called[number]
        pairs = [(first[name], case[name]) for name in self.compared if first[name] != case[name]]
        return " OR ".join(f"{left} IS DISTINCT FROM {right}" for left, right in pairs) or "FALSE"

    # ---- the counts ----

    def _count(self, changed_table: str | None, again: bool) -> None:
        place = ["household_key", DIVISION, AREA, PERSONS]
        base = f"{', '.join(place)}, {self._values(0, 0)}"
        self._count_households(f"SELECT 0 AS number, {base}, {self._values(0, 1)} FROM {WIDE}", None)
        for number in range(1, len(self.cases)):
            self._count_households(
                f"SELECT * FROM (SELECT {number} AS number, {base}, {self._values(number, 1)} FROM {WIDE} "
                f"WHERE NOT ({self._doubted(number)} OR {self._moved(number)})) WHERE {_DIFFERS}",
                changed_table,
            )
        if not again:
            return
        # What persons add for the case ``alike`` is what they add here; the rest is the household's own.
        redone = ["CASE WHEN s.number = s.alike THEN a.category ELSE s.c1 END AS c1"]
        for short, name in zip(self.shorts[1:], self.counted[1:], strict=True):
            redone.append(
                f"CASE WHEN s.number = s.alike THEN a.{name} ELSE s.{short}1 + a.{name} - t.{short}1 END AS {short}1"
            )
        same = f"{', '.join(f'w.{name}' for name in place)}, {self._values(0, 0, 'w')}"
        self._count_households(
            f"SELECT * FROM (SELECT s.number, {same}, {', '.join(redone)} FROM {STATE} AS s "
            f"JOIN {STATE} AS t ON t.household_key = s.household_key AND t.number = s.alike "
            f"JOIN {AGAIN} AS a ON a.household_key = s.household_key AND a.scenario = CAST(s.alike AS VARCHAR) "
            f"JOIN {WIDE} AS w ON w.household_key = s.household_key) WHERE {_DIFFERS}",
            changed_table,
        )
        groups = ", ".join(f"a.{group_rule(key)} AS {key}" for key in GROUPS)
        self.connection.execute(
            f"INSERT INTO {PERSON_CELLS} SELECT s.number, w.{DIVISION}, w.{AREA}, {', '.join(GROUPS)}, m.before, "
            f"m.after, SUM(m.persons) FROM (SELECT a.scenario, a.household_key, {groups}, b.{STATUS} AS before, "
            f"a.{STATUS} AS after, COUNT(*) AS persons FROM {AGAIN_PERSON} AS a JOIN {AGAIN_PERSON} AS b "
            "ON a.household_key = b.household_key AND a.person_key = b.person_key AND b.scenario = '0' "
            f"WHERE a.{LIVING} AND a.{STATUS} <> b.{STATUS} GROUP BY ALL) AS m "
            f"JOIN {STATE} AS s ON s.household_key = m.household_key AND CAST(s.alike AS VARCHAR) = m.scenario "
            f"JOIN {WIDE} AS w ON w.household_key = m.household_key GROUP BY ALL"
        )

    def _values(self, number: int, side: int, table: str = WIDE) -> str:
        """What is counted of a case, from wide rows, as c, m, i0_ … with the side 0 before, 1 after."""
        called = self.wide.called[number]
        pairs = zip(self.shorts, self.counted, strict=True)
        return ", ".join(f"{table}.{called[name]} AS {short}{side}" for short, name in pairs)

    def _count_households(self, source: str, changed_table: str | None) -> None:
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
        for short in self.shorts[2:]:
            sums += [f"COALESCE(SUM({short}{side}) FILTER (m{side} IS NOT NULL), 0)" for side in (0, 1)]
        self.connection.execute(
            f"INSERT INTO {CELLS} SELECT number, {DIVISION}, {AREA}, c0, c1, {', '.join(sums)} "
            f"FROM ({source}) GROUP BY number, {DIVISION}, {AREA}, c0, c1"
        )
        if changed_table:
            numbered = ", ".join(f"({number}, {_text(name)})" for number, name in enumerate(self.cases))
            self.connection.execute(
                f"INSERT INTO {changed_table} SELECT n.name, household_key, {DIVISION}, {AREA}, c0, c1, m0, m1 "
                f"FROM ({source}) JOIN (VALUES {numbered}) AS n(number, name) USING (number)"
            )


_DIFFERS = "c0 <> c1 OR m0 IS DISTINCT FROM m1"
_NUMBERS = ("number", "date")
_PERSON_PLACE = (f"{DIVISION}_of_person", f"{AREA}_of_person")


def _with(pack: Pack, rules: Iterable[Rule]) -> Pack:
    return replace(pack, rules={**pack.rules, **{rule.name: rule for rule in rules}}, compiled={})


def _needed(rules: Mapping[str, Rule], outputs: Sequence[str]) -> list[Rule]:
    """What ``outputs`` rest on, in order of evaluation."""
    found: set[str] = set()
    todo = list(outputs)
    while todo:
        name = todo.pop()
        if name in rules and name not in found:
            found.add(name)
            todo += names(rules[name].tree)
    return [rule for rule in rules.values() if rule.name in found]


def _sums_reached(needed: Sequence[Rule], changed: Collection[str]) -> set[str]:
    """The household's rules that sum what may differ with the persons of a case."""
    reached, sums = set(changed), set[str]()
    for rule in needed:
        if rule.entity != "household":
            if names(rule.tree) & (reached | sums):
                reached.add(rule.name)
        elif summed_names(rule.tree) & (reached | sums) or own_names(rule.tree) & sums:
            sums.add(rule.name)
    return sums


def _of_pairs(tables: Mapping[str, str]) -> dict[str, str]:
    """Only rows of households that are decided again: the scan of the others stops there."""
    return {
        entity: f"(SELECT * FROM {table} WHERE household_key IN (SELECT household_key FROM {PAIR}))"
        for entity, table in tables.items()
    }


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

"""Decide a register under a base and under every scenario, and count what differs.

All households are decided once, with a column for every case where a rule of the household differs. Only households
whose persons' values may differ (``doubt.py``) are decided again, a row a scenario. The rest is counting: the base
over everything, each scenario over what it changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb

from doudi.engine.errors import InputError
from doudi.engine.rules.bulk import statement_many
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.parameters import Standards, Values
from doudi.engine.rules.schema import ENTITIES
from doudi.engine.simulate.cells import PERSON_CELLS, Results, create_cells
from doudi.engine.simulate.changes import check_changes, describe, plain_lists
from doudi.engine.simulate.counting import count, create_changed_table
from doudi.engine.simulate.missing import MissingNumbers
from doudi.engine.simulate.outputs import AREA, DIVISION, GROUPS, LIVING, PERSONS, STATUS, group_rule
from doudi.engine.simulate.plans import AGAIN, AGAIN_PERSON, DOUBT, STATE, WIDE, Plan
from doudi.engine.simulate.result import Simulation
from doudi.engine.simulate.variants import Changes, Dispatch, dispatch

BASE = ""  # the name of the base among the cases
BLOCK_BYTES = 256 * 2**20  # what the wide columns of one block of households may take
PAIR = "doudi_pair"
_PERSON_PLACE = (f"{DIVISION}_of_person", f"{AREA}_of_person")


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
    run = _Run(connection, Plan(pack, cases), as_of, dict(standards or {}), amendments)
    run.evaluate(dict(tables or {}), division_digits, changed_table, progress)
    before = Values(pack, as_of, standards, amendments=amendments)
    found = Results(connection, list(run.plan.items))
    households, persons = found.households()
    return Simulation(
        pack=pack.name,
        pack_title=pack.title,
        pack_version=pack.version,
        as_of=as_of,
        base=describe(pack, before, base),
        scenarios=tuple(
            found.scenario(number, name, describe(pack, before, changes), run.missing.found(number))
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
        plan: Plan,
        as_of: dt.date,
        standards: Standards,
        amendments: Standards | None,
    ) -> None:
        self.connection, self.plan, self.as_of = connection, plan, as_of
        self.standards, self.amendments = standards, amendments
        self.missing = MissingNumbers(connection, plan, as_of, standards, amendments)

    def evaluate(
        self,
        tables: Mapping[str, str],
        digits: int,
        changed_table: str | None,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        """Block by block, so that the wide columns stay small however many households there are."""
        create_cells(self.connection, list(self.plan.items))
        if changed_table:
            create_changed_table(self.connection, changed_table)
        found = {entity: tables.get(entity, entity) for entity in ENTITIES}
        row = self.connection.execute(f"SELECT COUNT(*) FROM {found['household']}").fetchone()
        assert row is not None
        columns = len(self.plan.wide.columns([*self.plan.counted, *self.plan.compared]))
        blocks = max(1, -(-row[0] * (columns + 4) * 10 // BLOCK_BYTES))
        for block in range(blocks):
            part = found
            if blocks > 1:
                rows = f"hash(household_key) % {blocks} = {block}"
                part = {entity: f"(SELECT * FROM {table} WHERE {rows})" for entity, table in found.items()}
            self._decide_once(part, digits)
            again = self._decide_again(part)
            count(self.connection, self.plan, changed_table, again)
            self.missing.add(part, self._for_missing, again)
            if progress:
                progress(block + 1, blocks)

    def _decide_once(self, tables: Mapping[str, str], digits: int) -> None:
        """Every household, wide: what all cases say of it as far as its persons' values are the base's."""
        columns = [DIVISION, AREA, PERSONS, *self.plan.wide.columns([*self.plan.counted, *self.plan.compared])]
        statement = self._wide_statement("household", [*columns, *self.plan.doubt], tables)
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
            self.plan.once_pack,
            self.as_of,
            standards={**self.standards, **self.plan.wide.standards},
            overrides=self.plan.wide.overrides,
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
        reads = [f"r{at}" for at in range(len(self.plan.compared))]
        selects = []
        for number in range(1, len(self.plan.cases)):
            doubted, moved = self.plan.doubted(number), self.plan.moved(number)
            if (doubted, moved) != ("FALSE", "FALSE"):
                called = self.plan.wide.called[number]
                read = [f"{called[name]} AS {column}" for name, column in zip(self.plan.compared, reads, strict=True)]
                columns = ["household_key", f"{doubted} AS doubted", self.plan.values(number, 1), *read]
                selects.append(
                    f"SELECT {number} AS number, {', '.join(columns)} FROM {WIDE} WHERE {doubted} OR {moved}"
                )
        if not selects:
            return False
        alone = "CASE WHEN doubted OR m1 IS NULL THEN number ELSE 0 END" if self.plan.late else "number"
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {STATE} AS SELECT * EXCLUDE ({', '.join(['doubted', *reads])}), "
            f"MIN(number) OVER (PARTITION BY {', '.join(['household_key', alone, *reads])}) AS alike "
            f"FROM ({' UNION ALL '.join(selects)})"
        )
        pairs = f"SELECT CAST(number AS VARCHAR) AS scenario, household_key FROM {STATE} WHERE number = alike"
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {PAIR} AS {pairs}")
        found = [*self.plan.counted, *(self.plan.doubt if self.plan.late else [])]
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {AGAIN} AS {self._again('household', found, tables)}")
        if self.plan.late and self.plan.doubtful:
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
        return self._of_cases(self.plan.again, entity, columns, tables, PAIR)

    def _for_missing(self, pack: Pack, columns: list[str], tables: Mapping[str, str], pair: str) -> str:
        cases = {str(number): case for number, case in enumerate(self.plan.cases.values())}
        return self._of_cases(dispatch(pack, cases), "household", columns, tables, pair)

    def _of_cases(
        self, chosen: Dispatch, entity: str, columns: Sequence[str], tables: Mapping[str, str], pair: str
    ) -> str:
        """The statement of ``columns`` for the (scenario, household_key) of the table ``pair``."""
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
            tables={**_of_pairs(tables, pair), "pair": pair},
        )


def _of_pairs(tables: Mapping[str, str], pair: str) -> dict[str, str]:
    """Only rows of households that are decided again: the scan of the others stops there."""
    return {
        entity: f"(SELECT * FROM {table} WHERE household_key IN (SELECT household_key FROM {pair}))"
        for entity, table in tables.items()
    }

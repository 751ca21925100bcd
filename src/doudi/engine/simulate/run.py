"""Decide a register under a base and under every scenario, and count what differs.

All households are decided once, with a column for every case where a rule of the household differs. Only households
whose persons' values may differ (``doubt.py``) are decided again, with every rule for every case. The rest is
counting: the base over everything, each scenario over what it changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from doudi.engine.errors import InputError
from doudi.engine.rules.bulk import places, statement_many
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.parameters import Standards, Values
from doudi.engine.rules.schema import ENTITIES
from doudi.engine.simulate.cells import PERSON_CELLS, Results, create_cells
from doudi.engine.simulate.changes import check_changes, describe, plain_lists
from doudi.engine.simulate.counting import count, create_changed_table, text
from doudi.engine.simulate.missing import MissingNumbers
from doudi.engine.simulate.outputs import AREA, DIVISION, GROUPS, LIVING, PERSONS, STATUS, group_rule
from doudi.engine.simulate.plans import AGAIN, AGAIN_PERSON, OTHER, WIDE, Plan
from doudi.engine.simulate.result import Simulation
from doudi.engine.simulate.variants import Changes, Wide, dispatch

BASE = ""  # the name of the base among the cases
BLOCK_BYTES = 512 * 2**20  # what the wide columns of one block of households may take
_SLOW_OPTIMIZERS = {"partial_aggregate_pushdown"}
PLACES = "doudi_place"
DIVISION_OF, AREA_OF = f"{DIVISION}_of_person", f"{AREA}_of_person"


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
    with _planned_quickly(connection):
        run.evaluate(dict(tables or {}), division_digits, changed_table, progress)
    before = Values(pack, as_of, standards, amendments=amendments)
    found = Results(connection, list(run.plan.items), run.plan.statuses)
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


@contextmanager
def _planned_quickly(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Without the optimizers that take seconds over many rules and gain nothing here."""
    known = {row[0] for row in connection.execute("SELECT name FROM duckdb_optimizers()").fetchall()}
    setting = connection.execute("SELECT current_setting('disabled_optimizers')").fetchone()
    before = str(setting[0] or "") if setting else ""
    without = {name for name in before.split(",") if name} | (_SLOW_OPTIMIZERS & known)
    connection.execute(f"SET disabled_optimizers = {text(','.join(sorted(without)))}")
    try:
        yield
    finally:
        connection.execute(f"SET disabled_optimizers = {text(before)}")


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
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {PLACES} AS FROM {places(found)}")
        row = self.connection.execute(f"SELECT COUNT(*) FROM {found['household']}").fetchone()
        assert row is not None
        columns = len(self.plan.once.columns(self.plan.counted))
        blocks = max(1, -(-row[0] * (columns + 8) * 8 // BLOCK_BYTES))
        for block in range(blocks):
            part = found
            if blocks > 1:
                rows = f"hash(household_key) % {blocks} = {block}"
                part = {entity: f"(SELECT * FROM {table} WHERE {rows})" for entity, table in found.items()}
            self._decide_once(part, digits)
            self._decide_again(part, digits)
            count(self.connection, self.plan, changed_table)
            self.missing.add(part, self._for_missing)
            if progress:
                progress(block + 1, blocks)

    def _decide_once(self, tables: Mapping[str, str], digits: int) -> None:
        """Every household, wide: what all cases say of it as far as its persons' values are the base's."""
        plan = self.plan
        columns = [DIVISION, AREA, PERSONS, *plan.once.columns([*plan.counted, *plan.compared])]
        statement = self._statement(plan.once, "household", [*columns, *plan.doubt], tables)
        place = ["household_key", f"{_place(digits)} AS {DIVISION}", AREA, PERSONS]
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {WIDE} AS SELECT {', '.join([*place, *plan.columns(plan.once)])}, "
            f"COALESCE({plan.differs()}, TRUE) AS {OTHER} FROM ({statement})"
        )
        groups = [group_rule(key) for key in GROUPS]
        statement = self._statement(plan.once, "person", [LIVING, STATUS, *groups, DIVISION_OF, AREA_OF], tables)
        self.connection.execute(
            f"INSERT INTO {PERSON_CELLS} SELECT 0, {_place(digits, DIVISION_OF)}, {AREA_OF}, {', '.join(groups)}, "
            f"{STATUS}, {STATUS}, COUNT(*) FROM ({statement}) WHERE {LIVING} GROUP BY ALL"
        )

    def _decide_again(self, tables: Mapping[str, str], digits: int) -> None:
        """The households whose persons' values may differ, with every rule for every case."""
        plan = self.plan
        rows = f"household_key IN (SELECT household_key FROM {WIDE} WHERE {OTHER})"
        tables = {entity: f"(SELECT * FROM {table} WHERE {rows})" for entity, table in tables.items()}
        columns = [DIVISION, AREA, PERSONS, *plan.again.columns(plan.counted)]
        statement = self._statement(plan.again, "household", columns, tables)
        place = ["household_key", f"{_place(digits)} AS {DIVISION}", AREA, PERSONS]
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {AGAIN} AS SELECT {', '.join([*place, *plan.columns(plan.again)])} "
            f"FROM ({statement})"
        )
        groups = [group_rule(key) for key in GROUPS]
        before, *after = plan.again.columns([STATUS])
        columns = [LIVING, before, *after, *groups, DIVISION_OF, AREA_OF]
        statement = self._statement(plan.again, "person", columns, tables)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {AGAIN_PERSON} AS SELECT * EXCLUDE ({DIVISION_OF}, {AREA_OF}), "
            f"{_place(digits, DIVISION_OF)} AS {DIVISION}, {AREA_OF} AS {AREA} FROM ({statement}) "
            f"WHERE {LIVING} AND ({' OR '.join(f'{before} <> {name}' for name in after) or 'FALSE'})"
        )

    def _statement(self, wide: Wide, entity: str, columns: Sequence[str], tables: Mapping[str, str]) -> str:
        return statement_many(
            self.connection,
            wide.pack,
            self.as_of,
            standards={**self.standards, **wide.standards},
            overrides=wide.overrides,
            amendments=self.amendments,
            outputs=columns,
            entity=entity,
            tables={**tables, "places": PLACES},
        )

    def _for_missing(self, pack: Pack, columns: list[str], tables: Mapping[str, str], pair: str) -> str:
        """The statement of ``columns`` for the (scenario, household_key) of the table ``pair``."""
        chosen = dispatch(pack, {str(number): case for number, case in enumerate(self.plan.cases.values())})
        rows = f"household_key IN (SELECT household_key FROM {pair})"
        return statement_many(
            self.connection,
            chosen.pack,
            self.as_of,
            standards={**self.standards, **chosen.standards},
            overrides=chosen.overrides,
            amendments=self.amendments,
            scenarios=chosen.scenarios,
            outputs=columns,
            tables={entity: f"(SELECT * FROM {table} WHERE {rows})" for entity, table in tables.items()}
            | {"pair": pair, "places": PLACES},
        )


def _place(digits: int, column: str = DIVISION) -> str:
    return f"left(COALESCE({column}, ''), {int(digits)})"

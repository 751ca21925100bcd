"""How many households each missing number or fact leaves open, before and after, without a loop over households."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping

import duckdb

from doudi.engine.rules.expression import names
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.parameters import Standards, Values
from doudi.engine.rules.schema import AREAS, BY_NAME
from doudi.engine.simulate.cells import CELLS
from doudi.engine.simulate.counting import decided
from doudi.engine.simulate.lacks import lacks
from doudi.engine.simulate.layouts import LINKS
from doudi.engine.simulate.outputs import MONTHLY
from doudi.engine.simulate.plans import WIDE, Plan, with_rules
from doudi.engine.simulate.result import Missing
from doudi.engine.simulate.variants import is_partial

OPEN, REOPENED, LACK = "doudi_open", "doudi_reopened", "doudi_lack"
# Makes a statement of a pack over tables, with the pair table of (scenario, household_key).
MakeStatement = Callable[[Pack, list[str], Mapping[str, str], str], str]


class MissingNumbers:
    """Collects block by block; ``found`` gives a case's list."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        plan: Plan,
        as_of: dt.date,
        standards: Standards,
        amendments: Standards | None,
    ) -> None:
        self.connection, self.plan = connection, plan
        self.values = [
            Values(
                plan.pack,
                as_of,
                standards,
                {name: value for name, value in case.items() if not is_partial(value)},
                amendments,
            )
            for case in plan.cases.values()
        ]
        self.read = {name for rule in plan.needed for name in names(rule.tree)}
        self.category: Counter[tuple[int, str]] = Counter()  # (case, name); for a case what differs from the base
        self.amount: Counter[tuple[int, str]] = Counter()

    def add(self, tables: Mapping[str, str], statement: MakeStatement) -> None:
        """Look at a block's open households: those of the base, and of each case where it may be otherwise."""
        if self.connection.execute(f"SELECT 1 FROM {CELLS} WHERE unknown <> 0 LIMIT 1").fetchone() is None:
            return
        unset = self._unset(tables)
        self._open(unset)
        row = self.connection.execute(f"SELECT COUNT(*) FROM {OPEN}").fetchone()
        if row == (0,):
            return
        listed = sorted(unset) + self._unknown_fields(tables)
        rules, flags = lacks(self.plan.pack.rules, listed, MONTHLY)
        if not flags:
            return
        columns = [rule for pair in flags.values() for rule in pair]
        pack = with_rules(self.plan.pack, rules)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {LACK} AS {statement(pack, columns, tables, OPEN)}")
        sums = ", ".join(f"COUNT(*) FILTER ({column})" for column in columns)
        self._collect(flags, f"SELECT CAST(scenario AS INTEGER), {sums} FROM {LACK} GROUP BY ALL", 1)
        self._collect(
            flags,
            f"SELECT r.number, {sums} FROM {LACK} AS l JOIN {REOPENED} AS r "
            "ON r.household_key = l.household_key WHERE l.scenario = '0' GROUP BY ALL",
            -1,
        )

    def found(self, number: int) -> tuple[Missing, ...]:
        listed = dict.fromkeys(name for _, name in (*self.category, *self.amount))
        made = (self._missing(name, number) for name in sorted(listed))
        kept = [
            one for one in made if one.category_before or one.category_after or one.amount_before or one.amount_after
        ]
        return tuple(sorted(kept, key=lambda one: (-one.category_after - one.amount_after, one.name)))

    def _missing(self, name: str, number: int) -> Missing:
        parameter = self.plan.pack.parameters.get(name)
        category, amount = self.category[0, name], self.amount[0, name]
        return Missing(
            name=name if parameter else fact_path(name),
            label=parameter.label if parameter else BY_NAME[name].label,
            is_parameter=parameter is not None,
            cite=parameter.cite if parameter else "",
            category_before=category,
            category_after=category + self.category[number, name],
            amount_before=amount,
            amount_after=amount + self.amount[number, name],
        )

    def _collect(self, flags: Mapping[str, tuple[str, str]], query: str, sign: int) -> None:
        for number, *counts in self.connection.execute(query).fetchall():
            for at, name in enumerate(flags):
                self.category[number, name] += sign * counts[2 * at]
                self.amount[number, name] += sign * counts[2 * at + 1]

    def _unset(self, tables: Mapping[str, str]) -> set[str]:
        """Parameters without a value at some place in some case."""
        places = self.connection.execute(
            f"SELECT DISTINCT division FROM {tables['household']} UNION "
            f"SELECT DISTINCT workplace_division FROM {tables['person']}"
        ).fetchall()
        found: set[str] = set()
        for values in self.values:
            for (division,) in places:
                for area in AREAS:
                    found |= {name for name, value in values.at(division, area).items() if value is None}
        kinds = self.plan.pack.parameters
        return {name for name in found & self.read if kinds[name].kind != "list"}

    def _unknown_fields(self, tables: Mapping[str, str]) -> list[str]:
        """Facts that open households do not have."""
        found: list[str] = []
        for entity, table in tables.items():
            columns = sorted(
                name
                for name in self.read
                if name in BY_NAME and BY_NAME[name].entity == entity and BY_NAME[name].nullable
            )
            if columns:
                tests = ", ".join(f"BOOL_OR({name} IS NULL)" for name in columns)
                row = self.connection.execute(
                    f"SELECT {tests} FROM {table} SEMI JOIN {OPEN} USING (household_key)"
                ).fetchone()
                found += [name for name, unknown in zip(columns, row or (), strict=True) if unknown]
        return found

    def _open(self, unset: set[str]) -> None:
        """OPEN: (scenario, household) to look at; REOPENED: where a case no longer lacks what the base lacks."""
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {OPEN} AS SELECT '0' AS scenario, household_key FROM "
            f"(SELECT household_key, {self.plan.values(self.plan.once, 0, 0)} FROM {WIDE}) WHERE m0 IS NULL"
        )
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {REOPENED} AS SELECT 0 AS number, household_key FROM {WIDE} WHERE FALSE"
        )
        base = next(iter(self.plan.cases.values()))
        for number, case in list(enumerate(self.plan.cases.values()))[1:]:
            fills = any(base.get(name, _NOTHING) != case.get(name, _NOTHING) for name in unset)
            other = "TRUE" if fills else "again OR c0 <> c1 OR (m0 IS NULL) <> (m1 IS NULL)"
            rows = f"(SELECT * FROM ({decided(self.plan, number)}) WHERE ({other}) AND (m0 IS NULL OR m1 IS NULL))"
            self.connection.execute(
                f"INSERT INTO {OPEN} SELECT CAST(number AS VARCHAR), household_key FROM {rows} WHERE m1 IS NULL"
            )
            self.connection.execute(f"INSERT INTO {REOPENED} SELECT number, household_key FROM {rows} WHERE m0 IS NULL")


def fact_path(name: str) -> str:
    """Where a fact stands in the household document: property_conforms, members.birth_date, supporters.age."""
    column = BY_NAME[name]
    return f"{LINKS[column.entity].field}.{column.field}" if column.entity in LINKS else column.field


_NOTHING = object()

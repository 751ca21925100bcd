"""Count the decided households and persons of a block into the cells."""

from __future__ import annotations

import duckdb

from doudi.engine.simulate.cells import CELLS, MEASURES, PERSON_CELLS
from doudi.engine.simulate.outputs import AREA, DIVISION, GROUPS, LIVING, PERSONS, STATUS, group_rule
from doudi.engine.simulate.plans import AGAIN, AGAIN_PERSON, OTHER, WIDE, Plan

PLACE = ("household_key", DIVISION, AREA, PERSONS)
_DIFFERS = "c0 <> c1 OR m0 IS DISTINCT FROM m1"
_SUMS = {
    "households": "COUNT(*)",
    "persons": f"SUM({PERSONS})",
    "unknown": "COUNT(*) FILTER (m1 IS NULL) - COUNT(*) FILTER (m0 IS NULL)",
    "winners": "COUNT(*) FILTER (m1 > m0)",
    "gain": "SUM(m1 - m0) FILTER (m1 > m0)",
    "losers": "COUNT(*) FILTER (m1 < m0)",
    "loss": "SUM(m0 - m1) FILTER (m1 < m0)",
}


def create_changed_table(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} (scenario VARCHAR, household_key VARCHAR, division VARCHAR, "
        "area VARCHAR, category_before VARCHAR, category_after VARCHAR, monthly_before BIGINT, monthly_after BIGINT)"
    )


def count(connection: duckdb.DuckDBPyConnection, plan: Plan, changed_table: str | None) -> None:
    """The base over everything, each case over what differs."""
    nothing = ", ".join(f"0 AS {short}0" for short in (*plan.shorts[1:], "m"))
    source = f"SELECT 0 AS number, {', '.join(PLACE)}, {plan.values(plan.once, 0, 1)}, c1 AS c0, {nothing} FROM {WIDE}"
    _add(connection, plan, source, None)
    for number in range(1, len(plan.cases)):
        _add(connection, plan, f"SELECT * FROM ({decided(plan, number)}) WHERE {_DIFFERS}", changed_table)
        _add_persons(connection, plan, number)


def decided(plan: Plan, number: int) -> str:
    """Rows of a case beside the base: from the households decided once, and from those decided again."""
    columns = ", ".join(PLACE)
    parts = [
        f"SELECT {number} AS number, {again} AS again, {columns}, {plan.values(wide, 0, 0)}, "
        f"{plan.values(wide, number, 1)} FROM {rows}"
        for wide, rows, again in ((plan.once, f"{WIDE} WHERE NOT {OTHER}", "FALSE"), (plan.again, AGAIN, "TRUE"))
    ]
    return " UNION ALL ".join(parts)


def _add(connection: duckdb.DuckDBPyConnection, plan: Plan, source: str, changed_table: str | None) -> None:
    sums = [f"COALESCE({_SUMS[name]}, 0)" for name in MEASURES]
    for short in plan.shorts[1:]:
        after, before = (f"CASE WHEN m{side} IS NOT NULL THEN {short}{side} ELSE 0 END" for side in (1, 0))
        sums.append(f"COALESCE(SUM({after} - {before}), 0)")
    connection.execute(
        f"INSERT INTO {CELLS} SELECT number, {DIVISION}, {AREA}, c0, c1, {', '.join(sums)} "
        f"FROM ({source}) GROUP BY number, {DIVISION}, {AREA}, c0, c1"
    )
    if changed_table:
        numbered = ", ".join(f"({number}, {text(name)})" for number, name in enumerate(plan.cases))
        connection.execute(
            f"INSERT INTO {changed_table} SELECT n.name, household_key, {DIVISION}, {AREA}, c0, c1, m0, m1 "
            f"FROM ({source}) JOIN (VALUES {numbered}) AS n(number, name) USING (number)"
        )


def _add_persons(connection: duckdb.DuckDBPyConnection, plan: Plan, number: int) -> None:
    """Persons whose status differs from the base's."""
    before, after = plan.again.called[0][STATUS], plan.again.called[number][STATUS]
    if before != after:
        groups = ", ".join(group_rule(key) for key in GROUPS)
        connection.execute(
            f"INSERT INTO {PERSON_CELLS} SELECT {number}, {DIVISION}, {AREA}, {groups}, {before}, {after}, COUNT(*) "
            f"FROM {AGAIN_PERSON} WHERE {LIVING} AND {before} <> {after} GROUP BY ALL"
        )


def text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"

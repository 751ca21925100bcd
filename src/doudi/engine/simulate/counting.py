"""Count the decided households and persons of a block into the cells."""

from __future__ import annotations

import duckdb

from doudi.engine.simulate.cells import CELLS, MEASURES, PERSON_CELLS
from doudi.engine.simulate.outputs import AREA, DIVISION, GROUPS, LIVING, PERSONS, STATUS, group_rule
from doudi.engine.simulate.plans import AGAIN, AGAIN_PERSON, REDONE, STATE, WIDE, Plan

PLACE = ("household_key", DIVISION, AREA, PERSONS)
_DIFFERS = "c0 <> c1 OR m0 IS DISTINCT FROM m1"
_SUMS = {
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


def create_changed_table(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} (scenario VARCHAR, household_key VARCHAR, division VARCHAR, "
        "area VARCHAR, category_before VARCHAR, category_after VARCHAR, monthly_before BIGINT, monthly_after BIGINT)"
    )


def count(connection: duckdb.DuckDBPyConnection, plan: Plan, changed_table: str | None, again: bool) -> None:
    """The base over everything, each case over what differs. ``again``: some households were decided again."""
    columns = ", ".join(PLACE)
    base = f"SELECT 0 AS number, {columns}, {plan.values(0, 0)}, {plan.values(0, 1)} FROM {WIDE}"
    _add(connection, plan, base, None)
    for number in range(1, len(plan.cases)):
        _add(connection, plan, f"SELECT * FROM ({once(plan, number)}) WHERE {_DIFFERS}", changed_table)
    if again:
        _redo(connection, plan)
        _add(connection, plan, f"SELECT * FROM {REDONE} WHERE {_DIFFERS}", changed_table)
        _add_persons(connection)


def once(plan: Plan, number: int) -> str:
    """Rows of a case for the households whose persons are as in the base."""
    columns = f"{number} AS number, {', '.join(PLACE)}, {plan.values(0, 0)}, {plan.values(number, 1)}"
    return f"SELECT {columns} FROM {WIDE} WHERE NOT ({plan.doubted(number)} OR {plan.moved(number)})"


def _redo(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Rows of all cases for the other households.

    What persons add in the case ``alike`` is what they add here; the rest is the household's own.
    """
    values = ["CASE WHEN s.number = s.alike THEN a.category ELSE s.c1 END AS c1"]
    for short, name in zip(plan.shorts[1:], plan.counted[1:], strict=True):
        values.append(
            f"CASE WHEN s.number = s.alike THEN a.{name} ELSE s.{short}1 + a.{name} - t.{short}1 END AS {short}1"
        )
    place = ", ".join(f"w.{name}" for name in PLACE)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {REDONE} AS SELECT s.number, {place}, {plan.values(0, 0, 'w')}, "
        f"{', '.join(values)} FROM {STATE} AS s "
        f"JOIN {STATE} AS t ON t.household_key = s.household_key AND t.number = s.alike "
        f"JOIN {AGAIN} AS a ON a.household_key = s.household_key AND a.scenario = CAST(s.alike AS VARCHAR) "
        f"JOIN {WIDE} AS w ON w.household_key = s.household_key"
    )


def _add(connection: duckdb.DuckDBPyConnection, plan: Plan, source: str, changed_table: str | None) -> None:
    sums = [f"COALESCE({_SUMS[name]}, 0)" for name in MEASURES]
    for short in plan.shorts[2:]:
        sums += [f"COALESCE(SUM({short}{side}) FILTER (m{side} IS NOT NULL), 0)" for side in (0, 1)]
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


def _add_persons(connection: duckdb.DuckDBPyConnection) -> None:
    """Persons whose status differs from the base's; their own row in it has the number 0."""
    groups = ", ".join(f"a.{group_rule(key)} AS {key}" for key in GROUPS)
    connection.execute(
        f"INSERT INTO {PERSON_CELLS} SELECT s.number, w.{DIVISION}, w.{AREA}, {', '.join(GROUPS)}, m.before, "
        f"m.after, SUM(m.persons) FROM (SELECT a.scenario, a.household_key, {groups}, b.{STATUS} AS before, "
        f"a.{STATUS} AS after, COUNT(*) AS persons FROM {AGAIN_PERSON} AS a JOIN {AGAIN_PERSON} AS b "
        "ON a.household_key = b.household_key AND a.person_key = b.person_key AND b.scenario = '0' "
        f"WHERE a.{LIVING} AND a.{STATUS} <> b.{STATUS} GROUP BY ALL) AS m "
        f"JOIN {STATE} AS s ON s.household_key = m.household_key AND CAST(s.alike AS VARCHAR) = m.scenario "
        f"JOIN {WIDE} AS w ON w.household_key = m.household_key GROUP BY ALL"
    )


def text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"

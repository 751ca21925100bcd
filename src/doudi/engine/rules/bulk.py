"""Decide every household of a set of tables in one statement (DuckDB)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import duckdb

from doudi.engine.errors import InputError
from doudi.engine.rules.fragment import SCALES
from doudi.engine.rules.household import Row, read_household
from doudi.engine.rules.interpret import rows_of
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.parameters import Standards, Values
from doudi.engine.rules.schema import AREAS, COLUMNS, ENTITIES
from doudi.engine.rules.sql import KEYS, Statement

# How the tables hold each kind of value; money is 分.
SQL_TYPES = {
    "money": "BIGINT",
    "number": "BIGINT",
    "ratio": "BIGINT",
    "bool": "BOOLEAN",
    "text": "VARCHAR",
    "date": "DATE",
}


def statement_many(
    connection: duckdb.DuckDBPyConnection,
    pack: Pack,
    as_of: dt.date,
    *,
    standards: Standards | None = None,
    overrides: Mapping[str, Any] | None = None,
    scenarios: Mapping[str, Mapping[str, Any]] | None = None,
    outputs: Sequence[str] = ("category", "monthly"),
    entity: str = "household",
    tables: Mapping[str, str] | None = None,
    amendments: Standards | None = None,
    dialect: str = "duckdb",
) -> str:
    """The SQL whose rows are ``entity``'s keys and ``outputs`` for every household, for duckdb or spark.

    ``tables``: entity → table name or query in brackets, and ``places`` where the divisions are known already (see
    the function of that name). Money comes out in 分. With ``scenarios`` (name → overrides)
    every row stands once a scenario, with the column ``scenario``. Parameters that differ between divisions, areas or
    scenarios go to the connection's temporary table ``doudi_parameter``.
    Raises InputError for an unknown output, parameter or standard.
    """
    found = {name: name for name in ENTITIES} | dict(tables or {})
    cases = {
        name: Values(pack, as_of, standards, {**(overrides or {}), **extra}, amendments)
        for name, extra in (scenarios or {"": {}}).items()
    }
    first = next(iter(cases.values()))
    varying = sorted(
        {name for case in cases.values() for name in case.varying()}
        | {name for extra in (scenarios or {}).values() for name in extra}
    )
    lists = [name for name in varying if pack.parameters[name].kind == "list"]
    if lists:
        raise InputError(f"{lists[0]} is a list and cannot differ between scenarios or divisions", where="scenarios")
    rows = _parameter_rows(connection, pack, cases, varying, found) if varying else []
    by_division = len({row[1] for row in rows}) > 1
    if varying:
        found["parameter"] = _parameter_table(connection, pack, varying, rows)
    if scenarios:
        values = ", ".join(f"({_text(name)})" for name in scenarios)
        found["scenario"] = f"(SELECT * FROM (VALUES {values}) AS v(scenario))"
    unset = [name for index, name in enumerate(varying, 3) if any(row[index] is None for row in rows)]
    statement = Statement(
        pack,
        as_of,
        first.at(None, "urban"),
        varying,
        found,
        dialect,
        scenarios=bool(scenarios),
        unset=unset,
        by_division=by_division,
    )
    return statement.select(entity, outputs)


def _parameter_rows(
    connection: duckdb.DuckDBPyConnection,
    pack: Pack,
    cases: Mapping[str, Values],
    varying: Sequence[str],
    tables: Mapping[str, str],
) -> list[list[Any]]:
    """One row a scenario, division and area with every varying parameter; one division when none differs."""
    query = f"SELECT division FROM {tables.get('places') or places(tables)}"
    divisions = sorted(row[0] for row in connection.execute(query).fetchall())
    kinds = [(name, pack.parameters[name].kind) for name in varying]
    by_division: dict[str, list[list[Any]]] = {division: [] for division in divisions}
    for division, entries in by_division.items():
        for case, values in cases.items():
            for area in AREAS:
                found = values.at(division, area)
                entries.append([case, area, *(_scaled(kind, found[name]) for name, kind in kinds)])
    distinct = list(by_division.values())
    if all(rows == distinct[0] for rows in distinct):
        by_division = {"": distinct[0]} if distinct else {}
    return [[row[0], division, *row[1:]] for division, rows in by_division.items() for row in rows]


def places(tables: Mapping[str, str]) -> str:
    """Every division where households live or members work, '' for none, as a query in brackets."""
    return (
        f"(SELECT DISTINCT COALESCE(division, '') AS division FROM {tables['household']} "
        f"UNION SELECT DISTINCT COALESCE(workplace_division, '') FROM {tables['person']})"
    )


def _parameter_table(
    connection: duckdb.DuckDBPyConnection, pack: Pack, varying: Sequence[str], rows: list[list[Any]]
) -> str:
    columns = ", ".join(f"{name} {SQL_TYPES[pack.parameters[name].kind]}" for name in varying)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE doudi_parameter (scenario VARCHAR, division VARCHAR, area VARCHAR, {columns})"
    )
    if rows:
        lists = ", ".join(["unnest(?)"] * (len(varying) + 3))  # one statement: row by row costs 2 ms a county
        connection.execute(f"INSERT INTO doudi_parameter SELECT {lists}", list(zip(*rows, strict=True)))
    return "doudi_parameter"


def _scaled(kind: str, value: Any) -> Any:
    return int(value * SCALES[kind]) if isinstance(value, Fraction) else value


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty tables in the layout that ``statement_many`` reads."""
    for entity in ENTITIES:
        columns = [f"{key} VARCHAR" for key in KEYS[entity]]
        columns += [f"{column.name} {SQL_TYPES[column.kind]}" for column in COLUMNS if column.entity == entity]
        connection.execute(f"CREATE OR REPLACE TABLE {entity} ({', '.join(columns)})")


def fill_tables(connection: duckdb.DuckDBPyConnection, documents: Iterable[Any], as_of: dt.date | None = None) -> None:
    """Append household documents to the tables, for tests and small sets. Raises InputError like ``read_household``."""
    rows: dict[str, list[list[Any]]] = {entity: [] for entity in ENTITIES}
    for document in documents:
        household = read_household(document, as_of=as_of)
        for entity in ENTITIES:
            rows[entity] += [_row(row) for row in rows_of(household, entity)]
    for entity, entries in rows.items():
        if entries:
            marks = ", ".join("?" * len(entries[0]))
            connection.executemany(f"INSERT INTO {entity} VALUES ({marks})", entries)


def _row(row: Row) -> list[Any]:
    keys: list[str] = []
    at: Row | None = row
    while at is not None:
        if at.entity in ("household", "person"):
            keys.insert(0, at.key)
        at = at.above
    columns = [column for column in COLUMNS if column.entity == row.entity]
    return [*keys, *(_stored(column.kind, row.values[column.name]) for column in columns)]


def _stored(kind: str, value: Any) -> Any:
    return int(value * (100 if kind == "money" else 1)) if isinstance(value, Fraction) else value

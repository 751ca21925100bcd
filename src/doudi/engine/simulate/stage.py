"""Lay out one entity of a register as a table of the rules: checked and converted in SQL, the first fault told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import duckdb

from doudi.engine.errors import InputError
from doudi.engine.rules.bulk import SQL_TYPES
from doudi.engine.rules.schema import BY_NAME, COLUMNS, Column
from doudi.engine.simulate.layouts import Field

_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
            "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Rows to lay out: a FROM text with the alias ``t`` and the keys, household first."""

    text: str
    keys: Sequence[str]
    names: Sequence[str]  # of the keys, as messages call them


@dataclass(frozen=True)
class _Reading:
    """SQL of a fact, of whether it is bad, and what to say of it then."""

    field: Field
    column: Column
    value: str
    bad: str
    hint: str


def stage(
    connection: duckdb.DuckDBPyConnection,
    entity: str,
    source: Source | None,
    fields: Sequence[Field],
    file: str,
    as_of: dt.date | None,
) -> None:
    """Make the view ``entity`` over what ``source`` gives, with defaults for the rest. Without source it is empty.

    Households come first, then persons: an empty entity has their kind of keys.

    Raises InputError with file, household, field, what is wrong and what to do.
    """
    keys = ("household_key",) if entity == "household" else ("household_key", "person_key")
    columns = [column for column in COLUMNS if column.entity == entity]
    if source is None:
        empty = [*keys, *(_default(column) for column in columns)]
        connection.execute(f"CREATE OR REPLACE VIEW {entity} AS SELECT {', '.join(empty)} FROM person WHERE FALSE")
        return
    held = {field.column for field in fields}
    for column in columns:
        if column.required and column.name not in held:
            raise InputError(f"{column.field} is missing", where=file, hint=f"give {column.field}: {column.label}")
    readings = [_reading(field, as_of) for field in fields]
    _check(connection, source, readings, file)
    values = [f"{key} AS {name}" for key, name in zip(source.keys, keys, strict=True)]
    values += [f"{reading.value} AS {reading.field.column}" for reading in readings]
    connection.execute(f"CREATE OR REPLACE TABLE {entity}_given AS SELECT {', '.join(values)} FROM {source.text}")
    shown = [column.name if column.name in held else _default(column) for column in columns]
    connection.execute(f"CREATE OR REPLACE VIEW {entity} AS SELECT {', '.join([*keys, *shown])} FROM {entity}_given")


def _default(column: Column) -> str:
    value = column.default
    text = "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value).upper()
    return f"CAST({text} AS {SQL_TYPES[column.kind]}) AS {column.name}"


def _reading(field: Field, as_of: dt.date | None) -> _Reading:
    column, sql = BY_NAME[field.column], field.sql
    if field.type == "VARCHAR":
        sql = f"NULLIF({sql}, '')"
    value, bad, hint = {"money": _money, "number": _number, "bool": _bool, "date": _date, "text": _text}[column.kind](
        field, column, sql
    )
    bad = f"{sql} IS NOT NULL AND COALESCE({bad}, TRUE)"
    if field.column == "birth_date" and as_of:
        bad, hint = f"({bad}) OR {value} > DATE '{as_of}'", f"write YYYY-MM-DD, not after {as_of}"
    if column.required:
        bad = f"{sql} IS NULL OR ({bad})"
    if column.default is not None:
        default = int(column.default) if isinstance(column.default, Fraction) else column.default
        value = f"COALESCE({value}, {default!r})" if isinstance(default, str) else f"COALESCE({value}, {default})"
    return _Reading(field, column, value, bad, hint)


def _is_number(field: Field) -> bool:
    return field.type.partition("(")[0] in _NUMERIC


def _money(field: Field, column: Column, sql: str) -> tuple[str, str, str]:
    if field.fen:
        return (
            f"CAST({sql} AS BIGINT)" if _is_number(field) else "CAST(NULL AS BIGINT)",
            _outside(f"CAST({sql} AS DECIMAL(38, 4)) / 100", column, f"{sql} <> round({sql})")
            if _is_number(field)
            else "TRUE",
            "give whole 分" + (", 0 or more" if column.least == 0 else ""),
        )
    number = f"replace({sql}, ',', '')" if field.type == "VARCHAR" else sql
    if not _is_number(field) and field.type != "VARCHAR":
        return "CAST(NULL AS BIGINT)", "TRUE", "give yuan as a number"
    yuan = f"TRY_CAST({number} AS DECIMAL(28, 8))"
    return (
        f"CAST(round({yuan} * 100) AS BIGINT)",
        _outside(yuan, column, f"abs({yuan} * 100 - round({yuan} * 100)) > 0.0001"),
        "give yuan with at most two decimal places" + (", 0 or more" if column.least == 0 else ""),
    )


def _outside(yuan: str, column: Column, other: str) -> str:
    negative = f" OR {yuan} < 0" if column.least == 0 else ""
    return f"({yuan} IS NULL OR abs({yuan}) > 10000000000 OR {other}{negative})"


def _number(field: Field, column: Column, sql: str) -> tuple[str, str, str]:
    hint = f"give a whole number from {column.least} to {column.most}"
    if not _is_number(field) and field.type != "VARCHAR":
        return "CAST(NULL AS BIGINT)", "TRUE", hint
    number = f"TRY_CAST({sql} AS DECIMAL(18, 4))"
    default = f" AND {number} <> {int(column.default)}" if isinstance(column.default, Fraction) else ""
    outside = f"{number} NOT BETWEEN {column.least or 0} AND {column.most or 10**6}{default}"
    return f"CAST({number} AS BIGINT)", f"({number} <> floor({number}) OR ({outside}))", hint


def _bool(field: Field, column: Column, sql: str) -> tuple[str, str, str]:
    if field.type != "BOOLEAN":
        return "CAST(NULL AS BOOLEAN)", "TRUE", "give true or false"
    return sql, "FALSE", ""


def _date(field: Field, column: Column, sql: str) -> tuple[str, str, str]:
    if field.type not in ("DATE", "VARCHAR") and not field.type.startswith("TIMESTAMP"):
        return "CAST(NULL AS DATE)", "TRUE", "write YYYY-MM-DD"
    value = f"TRY_CAST({sql} AS DATE)"
    return value, f"{value} IS NULL", "write YYYY-MM-DD"


def _text(field: Field, column: Column, sql: str) -> tuple[str, str, str]:
    if field.type == "BOOLEAN" or field.type.startswith(("STRUCT", "MAP", "UNION")) or field.type.endswith("]"):
        return "CAST(NULL AS VARCHAR)", "TRUE", "give text"
    value = f"CAST({sql} AS VARCHAR)"
    if column.choices:
        known = [*column.choices, *([column.default] if isinstance(column.default, str) else [])]
        listed = ", ".join(f"'{choice}'" for choice in dict.fromkeys(known))
        return value, f"{value} NOT IN ({listed})", f"use one of {', '.join(column.choices)}"
    if column.name.endswith("division"):
        return value, f"NOT regexp_full_match({value}, '[0-9]{{6,12}}')", 'write 6 to 12 digits as text, "410502"'
    return value, "FALSE", ""


def _check(connection: duckdb.DuckDBPyConnection, source: Source, readings: Sequence[_Reading], file: str) -> None:
    """One scan over everything; a second one only to say where a fault stands."""
    tests = [f"{key} IS NULL OR trim(CAST({key} AS VARCHAR)) = ''" for key in source.keys]
    tests += [reading.bad for reading in readings]
    counts = ", ".join(f"COUNT(*) FILTER ({test})" for test in tests)
    found = connection.execute(f"SELECT {counts} FROM {source.text}").fetchone()
    assert found is not None
    for at, (test, number) in enumerate(zip(tests, found, strict=True)):
        if number:
            key = at < len(source.keys)
            sql = source.keys[at] if key else readings[at - len(source.keys)].field.sql
            first = connection.execute(
                f"SELECT {', '.join([*source.keys, sql])} FROM {source.text} WHERE {test} LIMIT 1"
            ).fetchone()
            assert first is not None
            place = _place(source, file, first)
            if key:
                raise InputError(f"{source.names[at]} is missing", where=place, hint=f"give {source.names[at]}")
            reading = readings[at - len(source.keys)]
            raise InputError(
                _said(first[-1], reading, int(number)), where=f"{place}: {reading.column.field}", hint=reading.hint
            )


def _said(value: Any, reading: _Reading, number: int) -> str:
    more = f" ({number} rows)" if number > 1 else ""
    if value is None or value == "":
        return f"{reading.column.field} is missing{more}"
    shown = str(value) if len(str(value)) <= 40 else f"{str(value)[:40]}…"
    return f"{shown!r} is not a possible {reading.column.label}{more}"


def _place(source: Source, file: str, row: Sequence[Any]) -> str:
    words = [f"{name} {value}" for name, value in zip(source.names, row, strict=False) if value not in (None, "")]
    return f"{file}: {', '.join(words)}" if words else file


def check_links(connection: duckdb.DuckDBPyConnection, file: str, every_household: bool) -> None:
    """Raises InputError for a household or member given twice, and for rows whose household or member is not there."""
    for query, what, hint in _FAULTS if every_household else _FAULTS[:-1]:
        found = connection.execute(query).fetchone()
        if found:
            where = ", ".join(f"{name} {value}" for name, value in zip(("household", "member"), found, strict=False))
            raise InputError(what, where=f"{file}: {where}", hint=hint)


_HALF_DISABILITY = """
SELECT household_key, person_key FROM person WHERE (disability_type = 'none') <> (disability_grade = 0) LIMIT 1
"""
_FAULTS = [
    (
        "SELECT household_key FROM household GROUP BY ALL HAVING COUNT(*) > 1 LIMIT 1",
        "the household is given twice",
        "give every household an own household_id",
    ),
    (
        "SELECT household_key, person_key FROM person GROUP BY ALL HAVING COUNT(*) > 1 LIMIT 1",
        "person_id is used twice",
        "give every member an own person_id",
    ),
    (
        "SELECT household_key, person_key FROM person ANTI JOIN household USING (household_key) LIMIT 1",
        "the member's household is not there",
        "give the household, or leave the member out",
    ),
    (
        "SELECT household_key, person_key FROM supporter ANTI JOIN person USING (household_key, person_key) LIMIT 1",
        "a supporter's person is no member of the household",
        "give the member's person_id in supports",
    ),
    (
        "SELECT household_key, person_key FROM settlement ANTI JOIN person USING (household_key, person_key) LIMIT 1",
        "a settlement's person is no member of the household",
        "give the member's person_id",
    ),
    (
        _HALF_DISABILITY,
        "disability needs type and grade",
        "give both, or neither",
    ),
    (
        "SELECT household_key FROM household ANTI JOIN person USING (household_key) LIMIT 1",
        "there are no members",
        "give every co-living family member",
    ),
]

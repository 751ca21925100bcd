"""The session over DuckDB, the default engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from doudi.engine.backends.duckdb import connect, quoted


class DuckSession:
    """Implements ``Session``; everything lives in one in-memory database that spills to disk."""

    name = "duckdb"
    dialect = "duckdb"

    def __init__(self, memory_limit: str | None = None) -> None:
        self._connection = connect(memory_limit=memory_limit)

    def scan(self, name: str, path: Path) -> None:
        self._connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(path)})")

    def union(self, name: str, parts: Sequence[tuple[Path, str, date]]) -> None:
        selects = (
            f"SELECT *, {quoted(period)} AS feed_period, DATE {quoted(as_of.isoformat())} AS feed_as_of "
            f"FROM read_parquet({quoted(path)})"
            for path, period, as_of in parts
        )
        self._connection.execute(f"CREATE VIEW {name} AS {' UNION ALL BY NAME '.join(selects)}")

    def table(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        lists = [list(values) for values in zip(*rows, strict=True)] or [[] for _ in columns]
        # One list a column: a statement a row would cost more than most indicators.
        selected = ", ".join(f"UNNEST(?::{kind}[]) AS {column}" for column, kind in columns.items())
        self._connection.execute(f"CREATE TABLE {name} AS SELECT {selected}", lists)

    def define(self, name: str, sql: str, keep: bool) -> None:
        self._connection.execute(f"CREATE {'TABLE' if keep else 'VIEW'} {name} AS {sql}")

    def rows(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        cursor = self._connection.execute(sql)
        return [column[0] for column in cursor.description], cursor.fetchall()

    def close(self) -> None:
        self._connection.close()

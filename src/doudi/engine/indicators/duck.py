"""The session over DuckDB, the default engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from doudi.engine.backends.duckdb import connect, fill, quoted
from doudi.engine.indicators.session import FOUND


class DuckSession:
    """Implements ``Session``; everything lives in one in-memory database that spills to disk."""

    name = "duckdb"
    dialect = "duckdb"

    def __init__(self, memory_limit: str | None = None) -> None:
        self.duck = connect(memory_limit=memory_limit)

    def scan(self, name: str, path: Path) -> None:
        self.duck.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(path)})")

    def union(self, name: str, parts: Sequence[tuple[Path, str, date]]) -> None:
        selects = (
            f"SELECT *, {quoted(period)} AS feed_period, DATE {quoted(as_of.isoformat())} AS feed_as_of "
            f"FROM read_parquet({quoted(path)})"
            for path, period, as_of in parts
        )
        self.duck.execute(f"CREATE VIEW {name} AS {' UNION ALL BY NAME '.join(selects)}")

    def table(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        fill(self.duck, f"TABLE {name}", columns, rows)

    def define(self, name: str, sql: str, keep: bool) -> None:
        self.duck.execute(f"CREATE {'TABLE' if keep else 'VIEW'} {name} AS {sql}")

    def find(self, sql: str) -> None:
        self.duck.execute(f"CREATE OR REPLACE TEMP TABLE {FOUND} AS {sql}")

    def rows(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        cursor = self.duck.execute(sql)
        return [column[0] for column in cursor.description], cursor.fetchall()

    def close(self) -> None:
        self.duck.close()

"""DuckDB connections for bulk work, bounded in memory, and Parquet files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

DEFAULT_MEMORY_LIMIT = "2GB"


def connect(
    *,
    memory_limit: str | None = None,
    temp_directory: Path | None = None,
    threads: int | None = None,
    preserve_order: bool = False,
) -> duckdb.DuckDBPyConnection:
    """An in-memory database that spills, encrypted, to ``temp_directory`` beyond ``memory_limit``.

    The default limit is ``DOUDI_DUCKDB_MEMORY`` or 2GB. ``preserve_order`` keeps the order of
    files that are read; leave it off unless rows are counted. Nothing is ever downloaded.
    """
    spill = (temp_directory or Path(tempfile.gettempdir())) / f"doudi-duckdb-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit or os.environ.get("DOUDI_DUCKDB_MEMORY", DEFAULT_MEMORY_LIMIT),
        "temp_directory": str(spill),
        "temp_file_encryption": True,
        # DuckDB 2.0 leaves secure random numbers for encryption to an extension that would have to be downloaded, and
        # without it a query that must spill fails. Its own suffice against a look at what a dead process left.
        "force_mbedtls_unsafe": True,
        "preserve_insertion_order": preserve_order,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads:
        settings["threads"] = threads
    return duckdb.connect(":memory:", config=settings)


def quoted(path: Path | str) -> str:
    """A path as an SQL literal."""
    return "'" + str(path).replace("'", "''") + "'"


def fill(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]
) -> None:
    """Create ``table`` ("TABLE name", "OR REPLACE TEMP TABLE name") of ``rows``; ``columns``: name → DuckDB's type."""
    lists = [list(values) for values in zip(*rows, strict=True)] or [[] for _ in columns]
    # One list a column: a statement a row would cost more than most queries.
    selected = ", ".join(f"UNNEST(?::{kind}[]) AS {column}" for column, kind in columns.items())
    connection.execute(f"CREATE {table} AS SELECT {selected}", lists)


def write_parquet(
    connection: duckdb.DuckDBPyConnection, query: str, path: Path, parameters: Mapping[str, Any] | None = None
) -> int:
    """Write the rows of ``query`` to one Parquet file through a file beside it; returns their number.

    Sums of integers must be cast to BIGINT or DECIMAL: a HUGEINT would become a DOUBLE in the file.
    """
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        copy = f"COPY ({query}) TO {quoted(aside)} (FORMAT parquet, COMPRESSION zstd)"
        counted = connection.execute(copy, dict(parameters or {})).fetchone()
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return int(counted[0]) if counted else 0

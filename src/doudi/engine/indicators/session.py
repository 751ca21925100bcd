"""What a run asks of an engine. DuckDB and Spark answer alike; nothing else of a run knows which one it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import duckdb

FOUND = "doudi_found"
"""The table of ``Session.duck`` with what a query found."""


class Session(Protocol):
    """Views and tables by name, and queries over them, in the engine's own dialect."""

    name: str
    dialect: str
    duck: duckdb.DuckDBPyConnection
    """Where what was found is gathered into signals."""

    def scan(self, name: str, path: Path) -> None:
        """``name`` becomes a view of one Parquet file."""

    def union(self, name: str, parts: Sequence[tuple[Path, str, date]]) -> None:
        """``name`` becomes a view of Parquet files with feed_period and feed_as_of; what one lacks is NULL."""

    def table(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """``name`` becomes a table of ``rows``; types are DuckDB's BIGINT, INTEGER, VARCHAR, DATE, BOOLEAN, DECIMAL."""

    def define(self, name: str, sql: str, keep: bool) -> None:
        """``name`` becomes a view of ``sql``, computed once where ``keep``."""

    def find(self, sql: str) -> None:
        """The rows of ``sql`` become the table FOUND of ``duck``."""

    def rows(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows."""

    def close(self) -> None: ...


def open_session(engine: str, memory_limit: str | None = None) -> Session:
    """A session of ``duckdb`` or ``spark``; Spark loads only when asked for."""
    if engine == "spark":
        from doudi.engine.backends.spark import SparkEngine

        return SparkEngine(memory_limit)
    from doudi.engine.indicators.duck import DuckSession

    return DuckSession(memory_limit)

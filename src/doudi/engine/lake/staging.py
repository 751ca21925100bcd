"""The relation ``raw`` that every format is brought to: a VARCHAR column a field and ``defect``, in file order."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import duckdb

from doudi.engine.backends.duckdb import quoted
from doudi.engine.lake.layout import Layout

SEPARATOR = "\x1f"
MARK = "\x1e"
"""Begins a staged cell that carries a reason code in place of a value (a numeric ID cell, for instance)."""
SPACES = " \t\u00a0\u3000\u2002\u2003\u2009\u200b\ufeff"


@dataclass(frozen=True, slots=True)
class Staged:
    """The relation ``raw`` and what is known of it.

    ``plain``: a view over a text file that DuckDB reads by itself, ``records`` rows without a blank one; ``scratch``
    holds its recoded text. Otherwise a table. ``spaces``: cells may begin or end with spaces. ``marks``: cells may
    carry a reason in place of a value.
    """

    layout: Layout
    sha256: str
    records: int
    spaces: bool = False
    marks: bool = False
    plain: bool = False
    scratch: Scratch | None = None


def read_text(
    path: str, columns: Sequence[str], *, delimiter: str, skip: int = 0, max_record_bytes: int | None = None
) -> str:
    """SQL that reads a text file without quotes, one record a line, every record with exactly these columns."""
    types = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in columns)
    longest = f", max_line_size = {max_record_bytes}" if max_record_bytes else ""
    return f"""read_csv({quoted(path)}, delim = {quoted(delimiter)}, quote = '', escape = '', header = false,
      skip = {skip}, auto_detect = false, null_padding = false, columns = {{{types}}}{longest})"""


def filled(fields: Iterable[str | None]) -> str:
    """SQL that is true of a record, false of a row of empty cells."""
    return "coalesce(" + ", ".join(f'"{name}"' for name in (*fields, "defect") if name) + ") IS NOT NULL"


class Scratch:
    """A file in memory, never on disk, for texts that hold identity numbers in clear."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.memfd_create("doudi-delivery"), "wb")

    @property
    def path(self) -> str:
        self._file.flush()
        return f"/proc/self/fd/{self._file.fileno()}"

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Scratch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def stage_rows(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], rows: Iterable[tuple[Sequence[str], str]]
) -> None:
    """Fill ``raw`` from (cells, defect) pairs. Cells must hold no SEPARATOR and no line break."""
    names = [*columns, "defect"]
    with Scratch() as scratch:
        batch: list[str] = []
        for cells, defect in rows:
            batch.append(SEPARATOR.join((*cells, defect)))
            if len(batch) == 10_000:
                scratch.write(("\n".join(batch) + "\n").encode())
                batch.clear()
        if batch:
            scratch.write(("\n".join(batch) + "\n").encode())
        source = read_text(scratch.path, names, delimiter=SEPARATOR, max_record_bytes=1 << 24)
        connection.execute("DROP VIEW IF EXISTS raw")
        connection.execute(f"CREATE TABLE raw AS SELECT * FROM {source}")


def count_records(connection: duckdb.DuckDBPyConnection, layout: Layout) -> int:
    """How many rows of the table ``raw`` are records."""
    found = connection.execute(f"SELECT count(*) FROM raw WHERE {filled(layout.fields)}").fetchone()
    return int(found[0]) if found else 0


def file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

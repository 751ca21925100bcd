"""Quarantined rows, and the file in which a department gets them back in its own layout, with the reasons."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

from doudi.engine.backends.duckdb import connect, write_parquet
from doudi.engine.lake.headings import REASON_HEADING
from doudi.engine.lake.layout import Layout
from doudi.engine.lake.reasons import Reason


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A record that was not accepted. ``place`` counts records from 0; ``raw`` is the record as delivered
    (bytes of the CSV, else a JSON list of texts) and holds personal data in clear: store it encrypted."""

    place: int
    raw: bytes = field(repr=False)
    reasons: tuple[Reason, ...]

    @property
    def message(self) -> str:
        return "；".join(dict.fromkeys(entry.message for entry in self.reasons))


def write_quarantine_file(path: Path, layout: Layout, rows: Iterable[QuarantinedRow]) -> None:
    """Write the rows with the headings, format and encoding of the delivery and one more column, the reasons.

    The corrected file can be delivered again: the reason column is then left out of account.
    """
    {"csv": _write_csv, "xlsx": _write_xlsx, "parquet": _write_parquet}[layout.format](path, layout, rows)


def _write_csv(path: Path, layout: Layout, rows: Iterable[QuarantinedRow]) -> None:
    def line(cells: list[str]) -> bytes:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=layout.delimiter, lineterminator="\r\n").writerow(cells)
        return buffer.getvalue().encode(layout.encoding)

    delimiter = layout.delimiter.encode(layout.encoding)
    with path.open("wb") as stream:
        stream.write((b"\xef\xbb\xbf" if layout.bom else b"") + line([*layout.headings, REASON_HEADING]))
        for row in rows:
            # The record's own bytes stay as they are, broken or not.
            stream.write(row.raw.rstrip(b"\r\n") + delimiter + line([row.message]))


def _write_xlsx(path: Path, layout: Layout, rows: Iterable[QuarantinedRow]) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet(layout.sheet or None)
    texts = book.add_format({"num_format": "@"})
    table = [[*layout.headings, REASON_HEADING], *([*json.loads(row.raw), row.message] for row in rows)]
    for at, cells in enumerate(table):
        for column, cell in enumerate(cells):
            sheet.write_string(at, column, cell, texts)
    book.close()


def _write_parquet(path: Path, layout: Layout, rows: Iterable[QuarantinedRow]) -> None:
    table = [[*json.loads(row.raw), row.message] for row in rows]
    headings = [*layout.headings, REASON_HEADING]
    columns = ", ".join(
        f"cells[{at + 1}] AS " + '"' + heading.replace('"', '""') + '"' for at, heading in enumerate(headings)
    )
    with connect(preserve_order=True) as connection:
        write_parquet(
            connection, f"SELECT {columns} FROM (SELECT unnest($rows::VARCHAR[][]) AS cells)", path, {"rows": table}
        )

"""XLSX deliveries. The archive is measured before it is opened (``archive``).

Formulas are never evaluated: the value that the department's own program stored counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from doudi.engine.errors import InputError
from doudi.engine.lake.archive import measure
from doudi.engine.lake.contracts import EXACT_TEXTS
from doudi.engine.lake.headings import HEADER_WITHIN, Headings
from doudi.engine.lake.layout import Layout, Limits
from doudi.engine.lake.staging import MARK, SEPARATOR, Staged, count_records, file_sha256, stage_rows
from doudi.engine.lake.text import plain_cell

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EXACT = 1e15  # beyond it a spreadsheet's number has lost figures

Cell = Any


def stage(connection: duckdb.DuckDBPyConnection, path: Path, headings: Headings, limits: Limits) -> Staged:
    """Fill the table ``raw`` from the one sheet that has the contract's headings. Raises InputError."""
    sheet, at = open_sheet(path, headings, limits)
    rows = sheet.iter_rows()
    for _ in range(at):
        next(rows)
    found = tuple(text_of(cell) for cell in next(rows))
    fields = headings.match(found, f"{path.name} 工作表“{sheet.name}”")
    layout = Layout("xlsx", found, fields, preamble=at, sheet=sheet.name)
    read = [(place, headings.contract.field(name).type) for place, name in enumerate(fields) if name]

    def staged() -> Iterator[tuple[Sequence[str], str]]:
        blank = [""] * len(read)
        for row in _filled(rows):
            texts = [cell for cell in row if isinstance(cell, str)]
            if sum(map(len, texts)) > limits.max_record_bytes:
                yield blank, "ROW_TOO_LONG"
            elif any(map(_CONTROL.search, texts)):
                yield blank, "CONTROL_CHARACTER"
            else:
                yield [staged_cell(row[place], kind) for place, kind in read], ""

    stage_rows(connection, [name for name in fields if name], staged())
    return Staged(layout, file_sha256(path), count_records(connection, layout), marks=True)


def raw_records(path: Path, layout: Layout) -> Iterator[list[str]]:
    """The records as texts, in the order in which ``stage`` counted them."""
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(layout.sheet).iter_rows()
    for _ in range(layout.preamble + 1):
        next(rows)
    for row in _filled(rows):
        yield [text_of(cell) for cell in row]


def _filled(rows: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
    return (row for row in rows if any(cell != "" and not (isinstance(cell, str) and not cell.strip()) for cell in row))


def first_rows(path: Path, limits: Limits) -> list[tuple[CalamineSheet, list[list[str]]]]:
    """Every sheet with its first rows as texts. Raises InputError for what is no workbook or too large for one."""
    measure(path, limits)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except (CalamineError, OSError) as error:
        raise InputError("工作簿无法打开", where=path.name, hint="请用电子表格软件打开后另存为 XLSX 再报") from error
    return [
        (sheet, [[text_of(c) for c in row] for row, _ in zip(sheet.iter_rows(), range(HEADER_WITHIN), strict=False)])
        for sheet in sheets
    ]


def open_sheet(path: Path, headings: Headings, limits: Limits) -> tuple[CalamineSheet, int]:
    """The sheet with the headings, and the row they stand in."""
    found = [(sheet, at) for sheet, rows in first_rows(path, limits) if (at := headings.find(rows)) is not None]
    if not found:
        raise headings.not_found(path.name)
    if len(found) > 1:
        names = "、".join(sheet.name for sheet, _ in found)
        raise InputError(f"多个工作表都有数据：{names}", where=path.name, hint="请只保留一个工作表，或分文件报送")
    sheet, at = found[0]
    if sheet.width > limits.max_columns:
        raise InputError(f"超过 {limits.max_columns} 列", where=path.name, hint="请只保留约定的列")
    if sheet.height > limits.max_rows:
        raise InputError(f"超过 {limits.max_rows} 行", where=path.name, hint="请分批报送")
    return sheet, at


def text_of(cell: Cell) -> str:
    """A cell as the officer saw it, as far as the format tells."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        return format(Decimal(format(cell, ".15g")), "f")  # a spreadsheet shows no more than 15 figures
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time.min else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if not isinstance(cell, timedelta) else str(cell.total_seconds())


def staged_cell(cell: Cell, kind: str) -> str:
    """A cell as text for the checks; a number where the contract wants figures kept is marked, not guessed."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if kind in EXACT_TEXTS:
            return MARK + "ID_NUMERIC_CELL"
        if kind in ("text", "sensitive_text") and abs(cell) >= _EXACT:
            return MARK + "TEXT_NUMERIC_CELL"
    return plain_cell(text_of(cell)).replace(SEPARATOR, " ")

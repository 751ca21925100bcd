"""XLSX deliveries. The archive is measured before it is opened: its parts unpacked, its cells counted, no DTD.

Formulas are never evaluated: the value that the department's own program stored counts.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from doudi.engine.errors import InputError
from doudi.engine.lake.contracts import EXACT_TEXTS
from doudi.engine.lake.headings import HEADER_WITHIN, Headings
from doudi.engine.lake.layout import Layout, Limits
from doudi.engine.lake.staging import MARK, SEPARATOR, Staged, count_records, file_sha256, stage_rows
from doudi.engine.lake.text import plain_cell

_PIECE = 1 << 20
_MAX_PARTS = 2_000
_REFERENCE = re.compile(rb'[ \t\r\n]r="([A-Z]{1,3})?([0-9]{1,7})"')
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
            cells = [staged_cell(row[place], kind) for place, kind in read]
            bad = any(
                _CONTROL.search(text)
                for cell, text in zip(row, map(text_of, row), strict=True)
                if isinstance(cell, str)
            )
            yield (blank, "CONTROL_CHARACTER") if bad else (cells, "")

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


def measure(path: Path, limits: Limits) -> None:
    """Unpack every part without keeping it and refuse what would not fit in memory. Raises InputError.

    The sizes that an archive declares are not believed, nor is a sheet's own ``dimension``: a reader allocates the
    rectangle up to the outermost cell.
    """
    large = InputError(
        "工作簿解压后过大", where=path.name, hint=f"请分批报送（每个文件不超过 {limits.max_workbook_cells} 个单元格）"
    )
    broken = InputError("不是有效的 XLSX 工作簿", where=path.name, hint="请用电子表格软件打开后另存为 XLSX 再报")
    total = 0
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
            parts = archive.infolist()
            if len(parts) > _MAX_PARTS or "xl/workbook.xml" not in archive.namelist():
                raise broken
            for part in parts:
                width = height = 0
                tail = b""
                for piece in _unpacked(stream, part):
                    total += len(piece)
                    if total > limits.max_workbook_bytes:
                        raise large
                    window = tail + piece
                    if b"<!DOCTYPE" in window:
                        raise broken
                    if part.filename.startswith("xl/worksheets/"):
                        for column, row in set(_REFERENCE.findall(window)):
                            width, height = max(width, _column(column)), max(height, int(row))
                        if width * height > limits.max_workbook_cells or width > limits.max_columns:
                            raise large
                    tail = piece[-64:]
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise broken from error


def _unpacked(stream: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part's real content, piece by piece, whatever size its header claims."""
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or part.flag_bits & 1:
        raise zipfile.BadZipFile
    stream.seek(part.header_offset)
    header = stream.read(30)
    if header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile
    stream.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = part.compress_size
    unpack = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and (packed := stream.read(min(_PIECE, left))):
        left -= len(packed)
        if unpack is None:
            yield packed
            continue
        while packed and not unpack.eof:
            yield unpack.decompress(packed, _PIECE)
            packed = unpack.unconsumed_tail


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


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

"""CSV deliveries: encoding, delimiter, headings, and the records as they stand in the file.

A plain file (no quotes, no blank lines, the same number of delimiters everywhere) is read by DuckDB as it is; anything
else is split record by record here first, so that one broken line costs one row and not the file.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import duckdb

from doudi.engine.errors import InputError
from doudi.engine.lake.headings import HEADER_WITHIN, Headings
from doudi.engine.lake.layout import Layout, Limits
from doudi.engine.lake.staging import SPACES, Scratch, Staged, count_records, read_text, stage_rows

_DELIMITERS = ",\t;|，"
_CHUNK = 1 << 18
_LOOK_AHEAD = 50  # lines that a quoted cell may span
# Single bytes are found at the speed of memory, one after the other faster than by any pattern.
_SPACE_LEADS = frozenset(space.encode()[:1] for space in SPACES)
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r") + b"\x7f"


@dataclass(frozen=True, slots=True)
class _Scan:
    """What one pass over the bytes found. ``lines`` counts data lines."""

    sha256: str
    plain: bool
    spaces: bool
    lines: int


def first_tables(path: Path, limits: Limits) -> tuple[bool, list[bytes], list[tuple[str, str, list[list[str]]]]]:
    """BOM, first lines, and these lines split under every encoding and delimiter that might be meant.

    Raises InputError for UTF-16.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise InputError("文件是 UTF-16 编码", where=path.name, hint="请另存为 UTF-8 或 GB18030 编码的 CSV")
        bom = start.startswith(codecs.BOM_UTF8)
        stream.seek(3 if bom else 0)
        lines = [line for _ in range(HEADER_WITHIN) if (line := _line(stream, limits.max_record_bytes))]
    encodings = ("utf-8",) if bom else ("utf-8", "gb18030")
    return (
        bom,
        lines,
        [
            (encoding, delimiter, _split_lines(lines, encoding, delimiter))
            for encoding in encodings
            for delimiter in _DELIMITERS
        ],
    )


def open_text(path: Path, headings: Headings, limits: Limits) -> Layout:
    """Find encoding, delimiter and headings. Raises InputError that says which columns are missing or unknown."""
    bom, lines, tables = first_tables(path, limits)
    candidates = [found for found in tables if headings.find(found[2]) is not None]
    if not candidates and any(b"\x00" in line for line in lines):
        raise InputError("含有空字节（NUL），不是文本文件", where=path.name, hint="请导出为 CSV 或 XLSX")
    if not candidates:
        raise headings.not_found(path.name, "；编码为 UTF-8 或 GB18030")
    encoding, delimiter, rows = max(candidates, key=lambda found: max(headings.recognised(row) for row in found[2]))
    at = headings.find(rows) or 0
    if len(rows[at]) > limits.max_columns:
        raise InputError(f"超过 {limits.max_columns} 列", where=path.name, hint="请只保留约定的列")
    if any(len(line) > limits.max_record_bytes for line in lines[: at + 1]):
        raise InputError(f"表头或其上方有超过 {limits.max_record_bytes} 字节的行", where=path.name, hint="请重新导出")
    if encoding == "utf-8" and not bom and lines[at].isascii() and not _is_utf8(path):
        encoding = "gb18030"
    return Layout(
        format="csv",
        headings=tuple(rows[at]),
        fields=headings.match(rows[at], path.name),
        preamble=at,
        encoding=encoding,
        bom=bom,
        delimiter=delimiter,
    )


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _split_lines(lines: list[bytes], encoding: str, delimiter: str) -> list[list[str]]:
    rows = []
    for line in lines:
        try:
            text = line.decode(encoding).rstrip("\r\n")
            rows.append(next(csv.reader([text], delimiter=delimiter), [""]))
        except (UnicodeDecodeError, csv.Error):
            rows.append([""])
    return rows


def stage(connection: duckdb.DuckDBPyConnection, path: Path, headings: Headings, limits: Limits) -> Staged:
    """Make ``raw`` of the file: a view where DuckDB can read it as it stands, else a table of its records."""
    layout = open_text(path, headings, limits)
    recoded = layout.encoding != "utf-8"
    scratch = Scratch()
    try:
        with path.open("rb") as stream:
            found = _scan(stream, layout, limits, where=path.name, sink=scratch.write if recoded else None)
        if not found.plain:
            scratch.close()
            return split(connection, path, layout, limits, found.sha256)
        names = [name or f"column {at}" for at, name in enumerate(layout.fields)]
        source = read_text(
            scratch.path if recoded else str(path),
            names,
            delimiter=layout.delimiter,
            skip=0 if recoded else layout.preamble + 1,
            max_record_bytes=limits.max_record_bytes,
        )
        columns = ", ".join(f'"{name}"' for name in layout.fields if name)
        connection.execute(f"CREATE VIEW raw AS SELECT {columns}, CAST(NULL AS VARCHAR) AS defect FROM {source}")
    except BaseException:
        scratch.close()
        raise
    return Staged(layout, found.sha256, found.lines, spaces=found.spaces, plain=True, scratch=scratch)


def split(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout, limits: Limits, sha256: str) -> Staged:
    """Make ``raw`` a table of the records, split here one by one."""
    places = [at for at, name in enumerate(layout.fields) if name]

    def rows() -> Iterator[tuple[list[str], str]]:
        blank = [""] * len(places)
        with path.open("rb") as stream:
            for _, cells, defect in records(stream, layout, limits):
                yield ([plain_cell(cells[at]) for at in places], "") if not defect else (blank, defect)

    stage_rows(connection, [name for name in layout.fields if name], rows())
    return Staged(layout, sha256, count_records(connection, layout))


def plain_cell(text: str) -> str:
    """A cell without outer spaces, line breaks, and the ``="…"`` by which spreadsheets keep figures as text."""
    text = " ".join(text.strip(SPACES).splitlines())
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def records(stream: BinaryIO, layout: Layout, limits: Limits) -> Iterator[tuple[bytes, list[str], str]]:
    """The data records: (bytes as in the file, cells, defect). A record with a defect has no cells.

    ``stream`` stands at the first byte of the file. Blank lines are no records.
    """
    for _ in range(layout.preamble + 1):
        stream.readline()
    width, codec = len(layout.headings), layout.encoding

    def parse(raw: bytes) -> tuple[list[str], str]:
        if len(raw) > limits.max_record_bytes:
            return [], "ROW_TOO_LONG"
        try:
            text = raw.decode(codec).rstrip("\r\n")
        except UnicodeDecodeError:
            return [], "ENCODING"
        if raw.translate(None, _CONTROLS) != raw:
            return [], "CONTROL_CHARACTER"
        try:
            quoted = csv.reader([text], delimiter=layout.delimiter, strict=True)
            cells = next(quoted) if '"' in text else text.split(layout.delimiter)
        except (csv.Error, StopIteration):
            return [], "QUOTES"
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        return (cells, "") if len(cells) == width else ([], "FIELD_COUNT")

    waiting: deque[bytes] = deque()

    def next_line() -> bytes:
        return waiting.popleft() if waiting else _line(stream, limits.max_record_bytes)

    while line := next_line():
        if not line.strip(b"\r\n \t"):
            continue
        cells, defect = parse(line)
        if defect != "QUOTES":
            yield line, cells, defect
            continue
        taken = [line]
        quotes = line.count(b'"')
        while quotes % 2 and len(taken) < _LOOK_AHEAD and (more := next_line()):
            taken.append(more)
            quotes += more.count(b'"')
        whole = b"".join(taken)
        cells, defect = parse(whole)
        if defect:  # the quote belonged to this line alone: give the others back
            waiting.extendleft(reversed(taken[1:]))
            yield line, [], "QUOTES"
        else:
            yield whole, cells, ""


def _line(stream: BinaryIO, longest: int) -> bytes:
    """One line; of a line that is too long only the beginning, the rest being read over."""
    line = stream.readline(longest + 1)
    rest = line
    while len(rest) > longest and not rest.endswith(b"\n"):
        rest = stream.readline(longest + 1)
    return line


def _scan(
    stream: BinaryIO, layout: Layout, limits: Limits, *, where: str, sink: Callable[[bytes], None] | None
) -> _Scan:
    """One pass: hash, and whether DuckDB may read the file as it stands. ``sink`` takes the data lines as UTF-8.

    Raises InputError for NUL bytes and too many rows. A file in mixed encodings is not plain.
    """
    digest = hashlib.sha256()
    head = b"".join(stream.readline() for _ in range(layout.preamble + 1))
    digest.update(head)
    returns = head.endswith(b"\r\n")
    regular = _regular(layout.delimiter.encode(), len(layout.headings) - 1, returns)
    plain, spaces, lines = True, False, 0
    while chunk := stream.read(_CHUNK):
        chunk += stream.readline(limits.max_record_bytes)
        digest.update(chunk)
        if b"\x00" in chunk:
            at = lines + chunk[: chunk.index(b"\x00")].count(b"\n") + layout.preamble + 2
            raise InputError("含有空字节（NUL）", where=f"{where} 第 {at} 行", hint="文件可能已损坏，请重新导出")
        count = chunk.count(b"\n") + (not chunk.endswith(b"\n"))
        lines += count
        if lines > limits.max_rows:
            raise InputError(f"超过 {limits.max_rows} 行", where=where, hint="请分批报送")
        if not plain:
            continue
        try:
            text = chunk if layout.encoding == "utf-8" else chunk.decode(layout.encoding).encode()
        except UnicodeDecodeError:
            plain = False
            continue
        spaces = spaces or any(byte in text for byte in _SPACE_LEADS)
        plain = regular(text, count)  # bytes that are no UTF-8 fail in DuckDB
        if plain and sink:
            sink(text)
    return _Scan(digest.hexdigest(), plain, spaces, lines)


def _regular(delimiter: bytes, commas: int, returns: bool) -> Callable[[bytes, int], bool]:
    """A test of ``count`` whole lines: no quotes, no control characters, no blank line, as many cells everywhere."""
    end = b"\r\n" if returns else b"\n"
    empty = delimiter * commas + end

    def regular(text: bytes, count: int) -> bool:
        return (
            b'"' not in text
            and text.count(delimiter) == commas * count
            and (text.count(b"\r\n") == text.count(b"\r") == text.count(b"\n") if returns else b"\r" not in text)
            and b"\n" + empty not in text
            and not text.startswith(empty)
            and not text.endswith(b"\n" + delimiter * commas)
            and not any(byte in text for byte in _CONTROLS)
        )

    return regular

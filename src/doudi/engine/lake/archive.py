"""An XLSX archive measured before it is opened: what its reader would allocate, found without allocating it.

A reader keeps every sheet as the rectangle up to its outermost cell and gives each cell its own copy of its text, so a
file of a few kilobytes may ask for any amount. Nothing that the archive declares of itself is believed: neither sizes,
nor a sheet's ``dimension``, nor the names of its parts.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from doudi.engine.errors import InputError
from doudi.engine.lake.layout import Limits

_PIECE = 1 << 20
_OVERLAP = 128  # bytes of a piece seen again with the next: longer than any reference or tag that is looked for
_MAX_PARTS = 2_000
_PART = b"PK\x01\x02"
_REFERENCE = re.compile(rb"""[ \t\r\n]r\s*=\s*["']\s*([A-Za-z]{1,3})?([0-9]{1,7})\s*["']""")
_SHARED = re.compile(rb"<(?:\w+:)?si[ />].*?(?:</(?:\w+:)?si>|$)", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>\s*([0-9]{1,9})\s*<")
_STRINGS = "xl/sharedstrings.xml"  # readers know no other name for it


def measure(path: Path, limits: Limits) -> None:
    """Unpack every part without keeping it. Raises InputError for what would not fit in memory, or is no workbook."""
    large = InputError(
        "工作簿解压后过大",
        where=path.name,
        hint=f"请分批报送（每个文件不超过 {limits.max_workbook_cells} 个单元格），或改用 CSV",
    )
    broken = InputError("不是有效的 XLSX 工作簿", where=path.name, hint="请用电子表格软件打开后另存为 XLSX 再报")
    total = cells = longest = 0
    try:
        with path.open("rb") as stream:
            if sum(piece.count(_PART) for piece in iter(lambda: stream.read(_PIECE), b"")) > _MAX_PARTS:
                raise broken  # before the list of parts is built
            with zipfile.ZipFile(path) as archive:
                parts = archive.infolist()
            if "xl/workbook.xml" not in {part.filename for part in parts}:
                raise broken
            for part in parts:
                width = height = 0
                for window, size in _windows(stream, part):
                    total += size
                    if total > limits.max_workbook_bytes:
                        raise large
                    if b"<!DOCTYPE" in window or window.startswith((b"\xff\xfe", b"\xfe\xff")):
                        raise broken
                    for column, row in set(_REFERENCE.findall(window)):
                        width, height = max(width, _column(column)), max(height, int(row))
                    if width > limits.max_columns or cells + width * height > limits.max_workbook_cells:
                        raise large
                cells += width * height
                if part.filename.lower() == _STRINGS:
                    longest = max(_lengths(stream, part), default=0)
            if longest * cells > limits.max_workbook_bytes and _copied(stream, parts) > limits.max_workbook_bytes:
                raise large
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise broken from error


def _copied(stream: BinaryIO, parts: list[zipfile.ZipInfo]) -> int:
    """Bytes of all cells' texts: a shared string counts once for every cell that shows it."""
    lengths, total = array("L"), 0
    for part in parts:
        if part.filename.lower() == _STRINGS:
            lengths = _lengths(stream, part)
    for part in parts:
        for window, _ in _windows(stream, part):
            total += sum(lengths[at] for at in map(int, _VALUE.findall(window)) if at < len(lengths))
    return total


def _lengths(stream: BinaryIO, part: zipfile.ZipInfo) -> array[int]:
    """Bytes of each shared string, with its tags."""
    text = b"".join(_unpacked(stream, part))
    return array("L", (found.end() - found.start() for found in _SHARED.finditer(text)))


def _windows(stream: BinaryIO, part: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """A part's content piece by piece, each with the end of the one before it; and how much of it is new."""
    tail = b""
    for piece in _unpacked(stream, part):
        yield tail + piece, len(piece)
        tail = piece[-_OVERLAP:]


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
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number

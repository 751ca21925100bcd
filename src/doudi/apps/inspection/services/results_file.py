"""The file of screening results that a township sends in: 户号、排查日期、排查结果、说明 (CSV or XLSX)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from doudi.apps.base.errors import Invalid
from doudi.apps.inspection.models import ScreeningResult
from doudi.engine.errors import InputError
from doudi.engine.lake.archive import measure
from doudi.engine.lake.layout import Limits
from doudi.engine.lake.workbook import text_of

MOST_LINES = 100_000
MOST_BYTES = 20 * 1024 * 1024
COLUMNS = ("户号", "排查日期", "排查结果", "说明")
_RESULTS = {one.label: one.value for one in ScreeningResult}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``number`` is the file's own, the heading being line 1. ``result`` is the code, '' where unknown."""

    number: int
    household_no: str
    done_on: dt.date
    result: str
    note: str


def read_results(path: Path) -> list[Line]:
    """The file's lines. :class:`Invalid` where it cannot be read, lacks a column, or a line cannot be understood."""
    if path.stat().st_size > MOST_BYTES:
        raise _wrong("文件超过 20 MB", "请分乡镇（街道）导入")
    rows = _workbook(path) if path.read_bytes()[:2] == b"PK" else _text(path)
    if not rows:
        raise _wrong("文件是空的", "请使用页面上下载的模板")
    if len(rows) > MOST_LINES:
        raise _wrong(f"文件超过 {MOST_LINES} 行", "请分乡镇（街道）导入")
    headings = [cell.strip() for cell in rows[0]]
    missing = [name for name in COLUMNS[:3] if name not in headings]
    if missing:
        raise _wrong(f"缺少列：{'、'.join(missing)}", "首行应为列名，请使用页面上下载的模板")
    places = {name: headings.index(name) for name in COLUMNS if name in headings}
    lines, faults = [], []
    for number, row in enumerate(rows[1:], 2):
        cells = {name: row[place].strip() if place < len(row) else "" for name, place in places.items()}
        if not any(cells.values()) or not (cells["排查日期"] or cells["排查结果"]):
            continue  # not screened yet
        done_on = _day(cells["排查日期"])
        result = _RESULTS.get(cells["排查结果"], cells["排查结果"])
        if done_on is None:
            faults.append(f"第 {number} 行：排查日期“{cells['排查日期'][:20]}”不是日期")
        elif result not in ScreeningResult.values:
            faults.append(f"第 {number} 行：排查结果“{cells['排查结果'][:20]}”不在可选范围")
        else:
            lines.append(Line(number, cells["户号"], done_on, result, cells.get("说明", "")))
    twice = [number for number, times in Counter(line.household_no for line in lines).items() if times > 1]
    faults += [f"户号 {number} 在文件中出现多次" for number in twice]
    if faults:
        more = f"；另有 {len(faults) - 10} 处" if len(faults) > 10 else ""
        raise _wrong("；".join(faults[:10]) + more, "请改正后重新导入，本次没有导入")
    if not lines:
        raise _wrong("文件里没有填写排查结果的行", "请填写排查日期和排查结果")
    return lines


def _text(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _wrong("文件编码无法识别", "请另存为 UTF-8 编码的 CSV 或 XLSX")
    if "\x00" in text:
        raise _wrong("文件不是文本", "请另存为 CSV 或 XLSX")
    try:
        return list(islice(csv.reader(io.StringIO(text, newline="")), MOST_LINES + 2))
    except csv.Error:
        raise _wrong("文件不是规范的 CSV", "请另存为 CSV 或 XLSX") from None


def _workbook(path: Path) -> list[list[str]]:
    try:
        measure(path, Limits(max_workbook_bytes=200 << 20, max_workbook_cells=2_000_000))
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()
        return [[text_of(cell) for cell in row] for row in islice(rows, MOST_LINES + 2)]
    except InputError as error:
        raise _wrong(error.what, error.hint) from None
    except (CalamineError, IndexError, ValueError):
        raise _wrong("XLSX 文件无法打开", "请在表格软件中另存后重试") from None


def _day(text: str) -> dt.date | None:
    if text.isdigit() and len(text) == 8:
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    match = _DAY.fullmatch(text)
    try:
        return dt.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _wrong(what: str, hint: str) -> Invalid:
    return Invalid(what, where="file", hint=hint)

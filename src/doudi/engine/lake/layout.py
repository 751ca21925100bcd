"""What a delivery looks like: format, encoding, headings, and which column is which field of the contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from doudi.engine.errors import InputError
from doudi.engine.lake.contracts import Contract, plain_heading

HEADER_WITHIN = 10
"""The heading row is looked for among this many first rows: departments put a title above it."""
REASON_HEADING = "退回原因"
# Running numbers and our own reasons carry nothing; every other unknown heading is asked about.
_ALWAYS_IGNORED = frozenset({"序号", "no", "no.", REASON_HEADING})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one delivery may be at most; beyond it is refused, in bounded memory."""

    max_bytes: int = 2 << 30
    max_rows: int = 20_000_000
    max_columns: int = 200
    max_record_bytes: int = 65_536
    max_workbook_bytes: int = 1 << 30  # after decompression
    max_workbook_cells: int = 20_000_000
    max_quarantined: int = 200_000


@dataclass(frozen=True, slots=True)
class Layout:
    """The department's own form. ``preamble`` counts the rows above the headings; holds no personal data."""

    format: str  # csv, xlsx or parquet
    headings: tuple[str, ...]
    fields: tuple[str | None, ...]  # the field under each heading, None where the column is not read
    preamble: int = 0
    encoding: str = ""
    bom: bool = False
    delimiter: str = ""
    sheet: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Layout:
        """The inverse of ``as_dict``, also after a trip through JSON."""
        return cls(**{**document, "headings": tuple(document["headings"]), "fields": tuple(document["fields"])})


def recognised(headings: Sequence[str], contract: Contract) -> int:
    """How many headings belong to fields of the contract."""
    known = {plain_heading(text) for entry in contract.fields for text in entry.headings}
    return sum(plain_heading(text) in known for text in headings)


def match_headings(headings: Sequence[str], contract: Contract, where: str) -> tuple[str | None, ...]:
    """The field under each heading. Raises InputError naming unknown, doubled or missing columns."""
    names = {plain_heading(text): entry.name for entry in contract.fields for text in entry.headings}
    ignored = _ALWAYS_IGNORED | {plain_heading(text) for text in contract.ignored}
    plain = [plain_heading(text) for text in headings]
    last = max((at for at, text in enumerate(plain) if text), default=-1)
    matched = [names.get(text) for text in plain]
    expected = "、".join(entry.title for entry in contract.fields)
    unknown = [
        heading.strip() or f"第{at + 1}列无标题"
        for at, (heading, text, name) in enumerate(zip(headings, plain, matched, strict=True))
        if name is None and text not in ignored and at <= last
    ]
    missing = [entry.title for entry in contract.fields if entry.required and entry.name not in matched]
    doubled = [contract.field(name).title for name, times in Counter(matched).items() if name and times > 1]
    if missing:
        raise InputError(f"缺少必需的列：{'、'.join(missing)}", where=where, hint=f"表头应为：{expected}")
    if unknown:
        raise InputError(f"有不认识的列：{'、'.join(unknown)}", where=where, hint=f"请删除或改名；表头应为：{expected}")
    if doubled:
        raise InputError(f"同一内容出现两列：{'、'.join(doubled)}", where=where, hint="请只保留一列")
    return tuple(matched)


def find_header(rows: Sequence[Sequence[str]], contract: Contract) -> int | None:
    """The index of the row with the most recognised headings, None where no row has any."""
    best = max(range(len(rows)), key=lambda at: (recognised(rows[at], contract), -at), default=None)
    return best if best is not None and recognised(rows[best], contract) else None

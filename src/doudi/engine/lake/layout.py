"""What a delivery looks like: format, encoding, headings; and how large it may be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """What one delivery may be at most; beyond it is refused, in bounded memory."""

    max_bytes: int = 2 << 30
    max_rows: int = 20_000_000
    max_columns: int = 200
    max_record_bytes: int = 65_536
    max_workbook_bytes: int = 512 << 20  # after decompression
    max_workbook_cells: int = 10_000_000
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

"""What a department takes back: the receipt of a batch, and its bad rows as a file in the department's own layout."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.audit import services as audit
from doudi.apps.audit.models import Action
from doudi.apps.base.errors import Conflict
from doudi.apps.exchange import queries
from doudi.apps.exchange.models import Batch
from doudi.engine.lake import Layout, QuarantinedRow, Reason, write_quarantine_file

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # a workbook cannot hold them


def receipt_file(*, actor: User, batch_id: int) -> tuple[str, bytes]:
    """(file name, JSON) of a batch's receipt."""
    batch = queries.batch_get(actor=actor, batch_id=batch_id)
    text = json.dumps(queries.receipt(batch), ensure_ascii=False, indent=1)
    return f"{batch.feed}-{batch.period}-回执.json", text.encode()


@transaction.atomic
def quarantine_file(*, actor: User, batch_id: int, original: bool = False) -> tuple[str, BinaryIO]:
    """(file name, open file) of the bad rows with one more column, the reasons; corrected, it can be delivered again.

    Rows of a CSV come as a workbook whose cells are all texts, so that no formula in them is ever carried out;
    ``original`` gives them byte for byte as delivered, for programs. Logged as an export before a byte leaves.
    """
    require(actor, "quarantine.download")
    batch = queries.batch_get(actor=actor, batch_id=batch_id)
    layout = queries.layout_of(batch)
    if layout is None or not batch.quarantined:
        raise Conflict("该批次没有可下载的隔离数据。")
    audit.record(
        Action.EXPORT,
        actor=actor,
        object_type="quarantine",
        object_id=batch.pk,
        county_code=batch.county_id,
        detail={"feed": batch.feed, "period": batch.period, "rows": batch.quarantined},
    )
    scratch = Path(settings.HOME) / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        rows = _rows(batch)
        if layout.format == "csv" and not original:
            rows = _split(layout, rows)
            layout = replace(layout, format="xlsx")
        path = Path(folder) / f"quarantine.{layout.format}"
        write_quarantine_file(path, layout, rows)
        handle = path.open("rb")  # stays readable after its name is gone
    return f"{batch.feed}-{batch.period}-隔离数据.{layout.format}", handle


def _split(layout: Layout, rows: Iterator[QuarantinedRow]) -> Iterator[QuarantinedRow]:
    """Rows of a CSV as lists of cells; one that cannot be split stands whole in the first cell."""
    for row in rows:
        cells = queries.cells_of(layout, row.raw.decode("latin-1"))
        if cells is None:
            cells = [row.raw.decode(layout.encoding, "replace").rstrip("\r\n"), *[""] * (len(layout.headings) - 1)]
        yield replace(row, raw=json.dumps([_CONTROL.sub("\N{REPLACEMENT CHARACTER}", cell) for cell in cells]).encode())


def _rows(batch: Batch) -> Iterator[QuarantinedRow]:
    rows: Any = batch.quarantine.order_by("line").iterator(chunk_size=2000)
    for row in rows:
        reasons = tuple(Reason(**reason) for reason in row.reasons)
        yield QuarantinedRow(row.line - 1, row.raw.encode("latin-1"), reasons)

"""What a department takes back: the receipt of a batch, and its bad rows as a file in the department's own layout."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
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
from doudi.engine.lake import QuarantinedRow, Reason, write_quarantine_file


def receipt_file(*, actor: User, batch_id: int) -> tuple[str, bytes]:
    """(file name, JSON) of a batch's receipt."""
    batch = queries.batch_get(actor=actor, batch_id=batch_id)
    text = json.dumps(queries.receipt(batch), ensure_ascii=False, indent=1)
    return f"{batch.feed}-{batch.period}-回执.json", text.encode()


@transaction.atomic
def quarantine_file(*, actor: User, batch_id: int) -> tuple[str, BinaryIO]:
    """(file name, open file) of the bad rows, as delivered and with one more column, the reasons.

    Logged as an export before a byte leaves. The department's own cells are not altered, so that the corrected file can
    be delivered again; only the added column is the platform's.
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
        path = Path(folder) / f"quarantine.{layout.format}"
        write_quarantine_file(path, layout, _rows(batch))
        handle = path.open("rb")  # stays readable after its name is gone
    return f"{batch.feed}-{batch.period}-隔离数据.{layout.format}", handle


def _rows(batch: Batch) -> Iterator[QuarantinedRow]:
    rows: Any = batch.quarantine.order_by("line").iterator(chunk_size=2000)
    for row in rows:
        reasons = tuple(Reason(**reason) for reason in row.reasons)
        yield QuarantinedRow(row.line - 1, row.raw.encode("latin-1"), reasons)

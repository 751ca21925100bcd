"""Rows in quarantine whose identity number cannot be used: what they still say of the person."""

from __future__ import annotations

from collections.abc import Iterator

from doudi.apps.accounts.models import User
from doudi.apps.exchange.models import Batch, QuarantineRow
from doudi.apps.exchange.queries.batches import ShownRow, _shown, cells_of, layout_of
from doudi.apps.exchange.queries.feeds import in_sight
from doudi.engine.identity import REASONS


def batch_for_system(batch_id: int) -> Batch:
    """One batch; the caller has checked the actor's scope or acts for the platform."""
    return Batch.objects.select_related("county").get(pk=batch_id)


def batches_without_number(actor: User | None, *, most: int = 20) -> list[Batch]:
    """The latest batches with rows that a bad identity number kept out; those in the actor's reach, None all."""
    rows = Batch.objects.filter(reasons__has_any_keys=list(REASONS), state__in=("ACCEPTED", "JOINED"))
    if actor is not None:
        rows = rows.filter(in_sight(actor))
    return list(rows.select_related("county").order_by("-delivered_at", "-id")[:most])


def rows_without_number_for_system(batch: Batch) -> Iterator[tuple[int, dict[str, str]]]:
    """(row id, {field of the contract: text as delivered}) of the rows that a bad identity number kept out."""
    layout = layout_of(batch)
    if layout is None:
        return
    for row in QuarantineRow.objects.filter(batch=batch).order_by("line").iterator(chunk_size=2000):
        cells = cells_of(layout, row.raw) if {reason["code"] for reason in row.reasons} & set(REASONS) else None
        if cells is not None:
            yield row.pk, {name: text.strip() for name, text in zip(layout.fields, cells, strict=True) if name}


def row_shown(row_id: int) -> tuple[Batch, ShownRow]:
    """One row in quarantine, masked, with its batch. The caller has taken it from a scoped query."""
    row = QuarantineRow.objects.select_related("batch__county").get(pk=row_id)
    return row.batch, _shown(row.batch, layout_of(row.batch), row)

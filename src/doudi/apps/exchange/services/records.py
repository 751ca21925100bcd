"""What stays of a delivery beside its rows: the sealed bad rows, the refusal, the line in the access log."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.audit import services as audit
from doudi.apps.audit.models import Action
from doudi.apps.base import masking
from doudi.apps.exchange import queries
from doudi.apps.exchange.models import Batch, BatchState, QuarantineRow
from doudi.apps.exchange.services.incoming import Incoming
from doudi.engine.errors import InputError
from doudi.engine.lake import Contract, QuarantinedRow, inspect_headings

_LONG_NUMBER = re.compile(r"\d{10,17}[\dXx]")
_DIGITS = re.compile(r"\d{6,}")
_LONGEST_HEADING = 80


def sealed(batch: Batch, rows: Iterable[QuarantinedRow]) -> Iterable[QuarantineRow]:
    """Rows of quarantine, encrypted, as they are stored."""
    for row in rows:
        kept = QuarantineRow(
            batch=batch, line=row.place + 1, reasons=[dataclasses.asdict(reason) for reason in row.reasons]
        )
        kept.raw = row.raw.decode("latin-1")  # byte for byte, whatever encoding the department uses
        yield kept


@transaction.atomic
def refuse(batch: Batch, error: InputError, arrived: Incoming, contract: Contract) -> Batch:
    """Keep that the file came and why it went back. Its text may quote the file: numbers are masked."""
    line = error.line().replace(arrived.path.name, batch.file_name)
    refusal = _LONG_NUMBER.sub(lambda found: masking.mask_id_number(found[0]), line)[:300]
    batch, created = Batch.objects.update_or_create(
        feed=batch.feed,
        period=batch.period,
        county_id=batch.county_id,
        file_sha256=batch.file_sha256,
        defaults={
            "state": BatchState.REFUSED,
            "batch_id": batch.batch_id or f"{batch.feed}-{batch.period}-{batch.file_sha256[:16]}",
            "version": "",
            "owner": batch.owner,
            "file_name": batch.file_name,
            "file_size": batch.file_size,
            "refusal": refusal,
            "unknown_headings": _unknown_headings(arrived, contract, batch.county_id),
            "delivered_by": batch.delivered_by,
            "delivered_at": batch.delivered_at,
            "channel": batch.channel,
            "api_key": batch.api_key,
            "arrival": batch.arrival,
        },
    )
    if not created:
        batch.deliveries += 1
        batch.save(update_fields=["deliveries"])
    log_batch(batch, batch.delivered_by)
    return batch


def _unknown_headings(arrived: Incoming, contract: Contract, county: str) -> dict[str, Any] | None:
    """What to ask the owner about the file's headings, None where they are not the matter.

    A file without headings has a person's row in their place: only one with known headings and no long number is kept.
    """
    mapping = queries.heading_mapping(contract.name, county)
    try:
        report = inspect_headings(arrived.path, contract, mapping=mapping)
    except InputError:
        return None
    known = any(report.fields) and not any(_DIGITS.search(heading) for heading in report.headings)
    if not known or not report.unknown or any(len(heading) > _LONGEST_HEADING for heading in report.unknown):
        return None
    return {"unknown": list(report.unknown), "missing": list(report.missing), "proposed": report.proposed}


def log_batch(batch: Batch, actor: User | None, *, again: bool = False, reason: str = "") -> None:
    """One line of the access log about a batch, in the caller's transaction."""
    audit.record(
        Action.REFUSED if batch.state == BatchState.REFUSED else Action.RUN,
        actor=actor,
        object_type="batch",
        object_id=batch.pk,
        county_code=batch.county_id,
        reason=reason or batch.refusal,
        detail={
            "feed": batch.feed,
            "period": batch.period,
            "sha256": batch.file_sha256,
            "state": batch.state,
            "channel": batch.channel,
            **({"api_key": batch.api_key.public_id} if batch.api_key else {}),
            "again": again,
            "received": batch.received,
            "quarantined": batch.quarantined,
        },
    )

"""A department's file becomes a batch: rows in the lake, rows in quarantine, one row that says which version counts.

The lake's folder is written first and counts for nothing until the batch row names it, so a process that dies leaves
the old state, and the same delivery again completes it.
"""

from __future__ import annotations

import dataclasses
import json
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.audit import services as audit
from doudi.apps.audit.models import Action
from doudi.apps.base import clock, masking
from doudi.apps.base.crypto import keys
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.base.locks import advisory_lock
from doudi.apps.exchange.models import Batch, BatchState, QuarantineRow
from doudi.apps.exchange.services.incoming import Incoming, incoming
from doudi.apps.registry import queries as registry
from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import Contract, IngestResult, Limits, QuarantinedRow, ingest, load_contracts, read_delivery

_LONG_NUMBER = re.compile(r"\d{10,17}[\dXx]")


def deliver(
    *,
    actor: User | None,
    feed: str,
    period: str,
    county: str,
    file: BinaryIO,
    file_name: str,
    envelope: bytes | None = None,
) -> Batch:
    """Take in one file of ``feed`` for ``period`` (YYYY-MM) and a county (12-digit code).

    Returns the batch: ACCEPTED (the rows that failed are in its quarantine), or REFUSED with the reason where the file
    as a whole cannot be used; nothing of a refused file is kept. A file that arrived before is the same batch, counted
    once more, and changes nothing, even where a correction has superseded it since.
    A department delivers its own feeds for its own county only; ``actor=None`` is the platform.
    Raises :class:`Refused`, :class:`NotFound` (county), :class:`Invalid` (feed, period, size).
    """
    contract = _contract(feed)
    _check(actor, contract, period, county)
    started = time.perf_counter()
    with incoming(file, envelope) as arrived, advisory_lock(f"deliver:{feed}:{period}:{county}"):
        file_name = Path(file_name.replace("\\", "/")).name[-200:] or "未命名"
        batch = Batch(
            feed=feed,
            period=period,
            county_id=county,
            owner=contract.department,
            file_name=file_name,
            file_sha256=arrived.sha256,
            file_size=arrived.size,
            delivered_by=actor,
            delivered_at=clock.now(),
        )
        known = _again(batch, actor)
        if known is not None:
            return known
        try:
            result = _ingest(arrived, contract, batch, envelope)
        except InputError as error:
            return _refuse(batch, actor, error, arrived)
        batch.seconds = round(time.perf_counter() - started, 3)
        return _accept(batch, actor, result)


def _contract(feed: str) -> Contract:
    contract = load_contracts().get(feed)
    if contract is None:
        raise Invalid("没有这个数据接口", where="feed", hint="请从列表中选择")
    return contract


def _check(actor: User | None, contract: Contract, period: str, county: str) -> None:
    if actor is not None:
        require(actor, "feed.upload")
        if actor.unit.department != contract.department:
            raise Refused(f"“{contract.title}”由{contract.owner_label}报送，您所在单位不能报送。")
        if actor.unit.division_id[:6].ljust(12, "0") != county:
            raise NotFound()
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", period, re.ASCII):
        raise Invalid("账期格式不对", where="period", hint="请写成 2025-03")
    if period > f"{clock.today():%Y-%m}":
        raise Invalid("账期不能晚于本月", where="period", hint="请选择数据所属的月份")


@transaction.atomic
def _again(batch: Batch, actor: User | None) -> Batch | None:
    """The batch of a file that was taken in before, counted once more."""
    known = (
        Batch.objects.select_for_update()
        .filter(feed=batch.feed, period=batch.period, county=batch.county_id, file_sha256=batch.file_sha256)
        .exclude(state=BatchState.REFUSED)
        .first()
    )
    if known is not None:
        known.deliveries += 1
        known.save(update_fields=["deliveries"])
        _log(known, actor, again=True)
    return known


def _ingest(arrived: Incoming, contract: Contract, batch: Batch, envelope: bytes | None) -> IngestResult:
    county = batch.county_id
    region = _region(envelope, county) if envelope else None
    limits = dataclasses.replace(Limits(), max_bytes=settings.FEED_UPLOAD_MAX_BYTES)
    with read_delivery(arrived.path, contract, period=batch.period, region=region, limits=limits) as delivery:
        batch.batch_id = delivery.batch_id[:80]
        return ingest(
            delivery,
            contract,
            Tokeniser(keys().lake),
            Path(settings.LAKE_ROOT) / county,
            registry.person_keys_for_system(county),
            publish=False,  # the batch row says which version counts
        )


def _region(envelope: bytes, county: str) -> str:
    """The code that the envelope must name: the county's, in the length that the department writes."""
    try:
        said = str(json.loads(envelope)["region"])
    except (ValueError, KeyError, TypeError):
        return county[:6]
    return said if said.ljust(12, "0") == county else county[:6]


@transaction.atomic
def _accept(batch: Batch, actor: User | None, result: IngestResult) -> Batch:
    same = Batch.objects.filter(feed=batch.feed, period=batch.period, county=batch.county_id)
    refused = same.filter(file_sha256=batch.file_sha256, state=BatchState.REFUSED).first()
    if refused is not None:  # went back for its envelope or an older contract, and is good now
        batch.pk, batch.deliveries = refused.pk, refused.deliveries + 1
    same.filter(state=BatchState.ACCEPTED).update(state=BatchState.SUPERSEDED)
    batch.state, batch.version = BatchState.ACCEPTED, result.version
    batch.received, batch.accepted = result.received, result.accepted
    batch.duplicate, batch.quarantined = result.duplicate, result.quarantined
    batch.matched, batch.unmatched = result.matched or 0, result.unmatched or 0
    batch.reasons = result.reasons
    batch.save()
    QuarantineRow.objects.bulk_create(_sealed(batch, result.quarantine), batch_size=2000)
    _log(batch, actor)
    return batch


def _sealed(batch: Batch, rows: Iterable[QuarantinedRow]) -> Iterable[QuarantineRow]:
    for row in rows:
        kept = QuarantineRow(
            batch=batch, line=row.place + 1, reasons=[dataclasses.asdict(reason) for reason in row.reasons]
        )
        kept.raw = row.raw.decode("latin-1")  # byte for byte, whatever encoding the department uses
        yield kept


@transaction.atomic
def _refuse(batch: Batch, actor: User | None, error: InputError, arrived: Incoming) -> Batch:
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
            "batch_id": f"{batch.feed}-{batch.period}-{batch.file_sha256[:16]}",
            "version": "",
            "owner": batch.owner,
            "file_name": batch.file_name,
            "file_size": batch.file_size,
            "refusal": refusal,
            "delivered_by": actor,
            "delivered_at": batch.delivered_at,
        },
    )
    if not created:
        batch.deliveries += 1
        batch.save(update_fields=["deliveries"])
    _log(batch, actor)
    return batch


def _log(batch: Batch, actor: User | None, *, again: bool = False) -> None:
    audit.record(
        Action.REFUSED if batch.state == BatchState.REFUSED else Action.RUN,
        actor=actor,
        object_type="batch",
        object_id=batch.pk,
        county_code=batch.county_id,
        reason=batch.refusal,
        detail={
            "feed": batch.feed,
            "period": batch.period,
            "sha256": batch.file_sha256,
            "again": again,
            "received": batch.received,
            "quarantined": batch.quarantined,
        },
    )

"""A department's file becomes a batch: rows in the lake, rows in quarantine, one row that says which version counts.

The lake's folder is written first and counts for nothing until the database names it, so a process that dies leaves the
old state, and the same delivery again completes it. A whole delivery for a period that has one waits as a correction
(``corrections``); events join the rows of their period.
"""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.base import clock
from doudi.apps.base.crypto import keys
from doudi.apps.base.errors import Conflict
from doudi.apps.base.locks import advisory_lock
from doudi.apps.exchange import queries
from doudi.apps.exchange.models import Batch, BatchState, QuarantineRow
from doudi.apps.exchange.services import versions
from doudi.apps.exchange.services.incoming import Incoming, incoming
from doudi.apps.exchange.services.records import log_batch, refuse, sealed
from doudi.apps.exchange.services.senders import Sender, check_sender
from doudi.apps.registry import queries as registry
from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import Contract, IngestResult, Limits, ingest, read_delivery


def deliver(
    *,
    actor: User | None,
    feed: str,
    period: str,
    county: str,
    file: BinaryIO,
    file_name: str,
    envelope: bytes | None = None,
    replace: bool = False,
    sender: Sender | None = None,
) -> Batch:
    """Take in one file of ``feed`` for ``period`` (YYYY-MM, or as the feed's quarter or term) and a county (12 digits).

    Returns the batch: ACCEPTED (the rows that failed are in its quarantine); STAGED where the period has a delivery
    already, until the county's data officer has seen the difference; JOINED for events, whose rows join the period's
    (files of feeds that come with events, too, unless ``replace``); or REFUSED with the reason where the file as a
    whole cannot be used; nothing of a refused file is kept. A file that arrived before is the same batch, counted once
    more, and changes nothing, even where a correction has superseded it since.
    A department delivers its own feeds for its own county only; ``actor=None`` is the platform. ``sender`` is given by
    other ways than the page; a sender with a key is idempotent by the envelope's ``batch_id``.
    Raises :class:`Refused`, :class:`NotFound` (county), :class:`Invalid` (feed, period, size), :class:`Conflict` (a
    ``batch_id`` that another batch has).
    """
    sender = sender or Sender.of(actor)
    contract, period = check_sender(sender, feed, period, county)
    started = time.perf_counter()
    with incoming(file, envelope) as arrived, advisory_lock(versions.lock_name(feed, period, county)):
        batch = Batch(
            feed=feed,
            period=period,
            county_id=county,
            owner=contract.department,
            file_name=Path(file_name.replace("\\", "/")).name[-200:] or "未命名",
            file_sha256=arrived.sha256,
            file_size=arrived.size,
            delivered_by=sender.user,
            delivered_at=clock.now(),
            channel=sender.channel,
            api_key=sender.key,
            arrival=sender.arrival,
            subjects=list(sender.subjects),
        )
        if sender.key is not None:
            batch.batch_id = sender.number or str(_in_envelope(envelope, "batch_id") or "")[:80]
            _check_number(batch)
        known = _again(batch)
        if known is not None:
            return known
        joins = sender.event or (contract.period == "event" and not replace)
        try:
            result = _ingest(arrived, contract, batch, envelope, joins=joins)
        except InputError as error:
            return refuse(batch, error, arrived, contract)
        batch.seconds = round(time.perf_counter() - started, 3)
        return _settle(batch, contract, result, joins=joins)


def _check_number(batch: Batch) -> None:
    """A sender's number stands for one content, so that a request sent again is the same batch."""
    same = Batch.objects.filter(feed=batch.feed, county=batch.county_id, batch_id=batch.batch_id, api_key__isnull=False)
    other = same.exclude(state=BatchState.REFUSED).exclude(file_sha256=batch.file_sha256, period=batch.period)
    if batch.batch_id and other.exists():
        raise Conflict("该批次号（事件号）已用于另一份数据，请换一个新的编号后重新推送。")


@transaction.atomic
def _again(batch: Batch) -> Batch | None:
    """The batch of a file that was taken in before, counted once more."""
    known = (
        Batch.objects.select_for_update(of=("self",))
        .filter(feed=batch.feed, period=batch.period, county=batch.county_id, file_sha256=batch.file_sha256)
        .exclude(state__in=(BatchState.REFUSED, BatchState.DISCARDED))
        .first()
    )
    if known is not None and not (batch.arrival and known.arrival == batch.arrival):
        known.deliveries += 1
        known.arrival = batch.arrival
        known.save(update_fields=["deliveries", "arrival"])
        log_batch(known, batch.delivered_by, again=True)
    return known


def _ingest(
    arrived: Incoming, contract: Contract, batch: Batch, envelope: bytes | None, *, joins: bool
) -> IngestResult:
    county = batch.county_id
    limits = dataclasses.replace(Limits(), max_bytes=settings.FEED_UPLOAD_MAX_BYTES)
    base = versions.current(batch.feed, batch.period, county) if joins else None
    with read_delivery(
        arrived.path,
        contract,
        period=batch.period,
        region=_region(envelope, county) if envelope else None,
        mapping=queries.heading_mapping(batch.feed, county),
        limits=limits,
    ) as delivery:
        batch.batch_id = batch.batch_id or delivery.batch_id[:80]
        batch.layout = delivery.layout.as_dict()
        return ingest(
            delivery,
            contract,
            Tokeniser(keys().lake),
            queries.lake_of(county),
            registry.person_keys_for_system(county),
            publish=False,  # the database says which version counts
            append=joins,
            base=base.version if base else None,
            previous=versions.before(batch.feed, batch.period, county),
            received_on=clock.today(),
        )


def _region(envelope: bytes, county: str) -> str:
    """The code that the envelope must name: the county's, in the length that the department writes."""
    said = str(_in_envelope(envelope, "region") or "")
    return said if said.ljust(12, "0") == county else county[:6]


def _in_envelope(envelope: bytes | None, name: str) -> object:
    try:
        return json.loads(envelope or b"{}")[name]
    except (ValueError, KeyError, TypeError):
        return None


@transaction.atomic
def _settle(batch: Batch, contract: Contract, result: IngestResult, *, joins: bool) -> Batch:
    same = Batch.objects.filter(feed=batch.feed, period=batch.period, county=batch.county_id)
    earlier = same.filter(file_sha256=batch.file_sha256).first()
    if earlier is not None:  # went back (for its envelope, its headings, an older contract) or was not adopted
        batch.pk, batch.deliveries = earlier.pk, earlier.deliveries + 1
        QuarantineRow.objects.filter(batch=earlier).delete()
    _fill(batch, result)
    current = versions.current(batch.feed, batch.period, batch.county_id)
    if joins:
        batch.state = BatchState.JOINED
    elif current and (contract.period == "event" or not current.events_only):
        batch.state = BatchState.STAGED
    else:  # the first of its period, or the whole of what so far only single events told
        batch.state = BatchState.ACCEPTED
    batch.save()
    if batch.state == BatchState.ACCEPTED or (joins and result.accepted):
        versions.set_current(batch, events_only=joins and (current is None or current.events_only))
    QuarantineRow.objects.bulk_create(sealed(batch, result.quarantine), batch_size=2000)
    log_batch(batch, batch.delivered_by)
    return batch


def _fill(batch: Batch, result: IngestResult) -> None:
    batch.version = result.version
    batch.received, batch.accepted = result.received, result.accepted
    batch.duplicate, batch.quarantined = result.duplicate, result.quarantined
    batch.matched, batch.unmatched = result.matched or 0, result.unmatched or 0
    batch.reasons, batch.flags = result.reasons, result.flags
    if result.quality is not None:
        batch.quality = result.quality.as_dict()
        batch.score, batch.trusted = result.quality.score, result.quality.trusted

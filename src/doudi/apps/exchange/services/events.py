"""Single events: one row pushed by a department's system, in the lake and heard by the listeners within seconds.

Listeners belong to higher apps (monitoring judges the household). They hear of an event at once, in the process that
took it in, after it is committed; one that fails or dies hears of it again by the job. They must bear to hear twice.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from doudi.apps.base import clock
from doudi.apps.base.crypto import keys
from doudi.apps.base.errors import Invalid
from doudi.apps.base.locks import advisory_lock
from doudi.apps.exchange import queries
from doudi.apps.exchange.models import ApiKey, Batch, BatchState, Channel
from doudi.apps.exchange.services.delivery import deliver
from doudi.apps.exchange.services.senders import Sender, current_period
from doudi.engine.identity import Tokeniser, check_id_number
from doudi.engine.lake import Contract, load_contracts
from doudi.engine.lake.headings import Headings

log = logging.getLogger(__name__)
_AGAIN_AFTER = dt.timedelta(seconds=20)
_AGAIN_WITHIN = dt.timedelta(days=1)
_EVENTS_A_JOB = 200


@dataclass(frozen=True, slots=True)
class Event:
    """A pushed row that stands in the lake: ``path`` is the Parquet file of the period's version that holds it.

    ``person_keys`` are the keys of the person it speaks of (none where the row names nobody).
    """

    batch_id: int
    county: str
    feed: str
    period: str
    version: str
    path: Path
    person_keys: tuple[int, ...]


_listeners: list[Callable[[Event], object]] = []


def register(listener: Callable[[Event], object]) -> None:
    """Let ``listener`` hear of every pushed event (call it in ``AppConfig.ready``). It may be called twice for one."""
    if listener not in _listeners:
        _listeners.append(listener)


def event_push(*, key: ApiKey, feed: str, row: Mapping[str, str], event_id: str, period: str = "") -> Batch:
    """Take in one row {heading: text} of ``feed`` for the key's county and let the listeners hear of it.

    ``period`` is that of today where not given. The same ``event_id`` with the same row is the same event. Returns the
    batch; refusals as in :func:`deliver`.
    """
    contract = load_contracts().get(feed)
    if contract is None:
        raise Invalid("没有这个数据接口", where="feed", hint="请核对接口名称")
    batch = deliver(
        actor=None,
        feed=feed,
        period=period or current_period(contract),
        county=key.county_id,
        file=io.BytesIO(one_row_file(row, event_id)),
        file_name=f"{event_id}.csv",
        sender=Sender(Channel.EVENT, key=key, number=event_id, subjects=_persons(contract, key.county_id, row)),
    )
    announce(batch)
    return batch


def one_row_file(row: Mapping[str, str], event_id: str) -> bytes:
    """The row as a CSV file of its own; the running number that contracts leave out of account makes it the event's."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*row, "序号"])
    writer.writerow([*row.values(), event_id])
    return text.getvalue().encode()


def announce(batch: Batch) -> bool:
    """Let the listeners hear of an event once; whether all have now. What a listener raises is logged, not raised."""
    with advisory_lock(f"event:{batch.pk}"):
        batch.refresh_from_db(fields=["judged_at", "state", "accepted"])
        if batch.judged_at is not None:
            return True
        if batch.state != BatchState.JOINED or not batch.accepted:
            return False
        event = Event(
            batch_id=batch.pk,
            county=batch.county_id,
            feed=batch.feed,
            period=batch.period,
            version=batch.version,
            path=queries.part_of(batch.county_id, batch.feed, batch.period, batch.version),
            person_keys=tuple(batch.subjects),
        )
        for listener in _listeners:
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed on the event of batch %s; it will hear of it again", batch.pk)
                return False
        batch.judged_at = clock.now()
        batch.save(update_fields=["judged_at"])
    return True


def announce_missed() -> int:
    """Announce what a dead process or a failing listener left, for a day; returns how many were heard now."""
    now = clock.now()
    missed = Batch.objects.filter(
        channel=Channel.EVENT,
        judged_at=None,
        accepted__gt=0,
        delivered_at__lt=now - _AGAIN_AFTER,
        delivered_at__gt=now - _AGAIN_WITHIN,
    ).order_by("delivered_at")
    return sum(announce(batch) for batch in missed[:_EVENTS_A_JOB])


def _persons(contract: Contract, county: str, row: Mapping[str, str]) -> tuple[int, ...]:
    """The key of the person that the row names, none where its number is missing or wrong."""
    fields = Headings(contract, queries.heading_mapping(contract.name, county)).report(list(row)).fields
    number = next((text for text, name in zip(row.values(), fields, strict=True) if name == contract.id_field.name), "")
    checked = check_id_number(number)
    return (Tokeniser(keys().lake).person_key(checked.number),) if checked.number else ()

"""A correction: a whole delivery for a period that has one. It waits until the data officer has seen the difference."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, Refused
from doudi.apps.base.locks import advisory_lock
from doudi.apps.exchange import queries
from doudi.apps.exchange.models import Batch, BatchState, PeriodVersion
from doudi.apps.exchange.services import versions
from doudi.apps.exchange.services.records import log_batch
from doudi.engine.lake import discard

_EVENT_VERSIONS_FOR = dt.timedelta(days=1)
_LOOK_BACK = dt.timedelta(days=7)


@transaction.atomic
def correction_accept(*, actor: User, batch_id: int, against: str) -> Batch:
    """Let a waiting correction count in place of version ``against``, which its difference was shown with.

    Doing it again changes nothing. Raises :class:`Conflict` where the batch does not wait, or where what counts has
    changed since the difference was shown: of two at once, one wins.
    """
    require(actor, "feed.accept")
    batch = queries.batch_get(actor=actor, batch_id=batch_id)
    with advisory_lock(versions.lock_name(batch.feed, batch.period, batch.county_id)):
        batch.refresh_from_db()
        if batch.state == BatchState.ACCEPTED:
            return batch
        _check_waiting(batch)
        current = versions.current(batch.feed, batch.period, batch.county_id)
        if (current.version if current else "") != against:
            raise Conflict("本期数据刚刚有变化，请重新查看差异后再确认。")
        same = Batch.objects.filter(feed=batch.feed, period=batch.period, county=batch.county_id)
        same.filter(state=BatchState.ACCEPTED).update(state=BatchState.SUPERSEDED)
        _decide(batch, actor, BatchState.ACCEPTED, "")
        versions.set_current(batch, events_only=False)
    return batch


def correction_discard(*, actor: User, batch_id: int, reason: str) -> Batch:
    """Do not adopt a waiting correction: its rows leave the lake. The data officer, or an officer of its department.

    Doing it again changes nothing. The same file may be delivered again.
    """
    batch = queries.batch_get(actor=actor, batch_id=batch_id)
    if not queries.may_discard(actor, batch):
        raise Refused()
    if not reason.strip():
        raise Invalid("请写明不采用的原因", where="reason")
    with advisory_lock(versions.lock_name(batch.feed, batch.period, batch.county_id)):
        batch.refresh_from_db()
        if batch.state != BatchState.DISCARDED:
            _check_waiting(batch)
            _decide(batch, actor, BatchState.DISCARDED, reason.strip())
        # Decided first: a process that dies here leaves a folder that nobody names, and the next try removes it.
        discard(queries.lake_of(batch.county_id), batch.feed, batch.period, batch.version)
    return batch


def sweep_event_versions() -> int:
    """Remove versions that events made and later ones replaced: each holds the whole period. Returns how many.

    They stay for a day, so that whoever reads one finishes; what a monitoring run names as its input stays readable
    only as long, unless it counts.
    """
    now = clock.now()
    old = Batch.objects.filter(
        state=BatchState.JOINED, delivered_at__lt=now - _EVENT_VERSIONS_FOR, delivered_at__gt=now - _LOOK_BACK
    )
    kept = {
        *PeriodVersion.objects.values_list("county", "feed", "period", "version"),
        *Batch.objects.exclude(state=BatchState.JOINED).values_list("county", "feed", "period", "version"),
    }
    gone = set(old.values_list("county", "feed", "period", "version")) - kept
    return sum(discard(queries.lake_of(county), feed, period, version) for county, feed, period, version in gone)


def _check_waiting(batch: Batch) -> None:
    if batch.state != BatchState.STAGED:
        raise Conflict(f"该批次{batch.get_state_display()}，不需要确认。")


@transaction.atomic
def _decide(batch: Batch, actor: User, state: BatchState, reason: str) -> None:
    batch.state, batch.decided_by, batch.decided_at, batch.decision = state, actor, clock.now(), reason[:200]
    batch.save(update_fields=["state", "decided_by", "decided_at", "decision"])
    log_batch(batch, actor, reason=reason)

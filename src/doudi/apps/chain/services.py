"""The one writer of the assistance chain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from doudi.apps.accounts.scope import actor_label
from doudi.apps.base import clock
from doudi.apps.chain.models import ChainEvent, Kind


def append(
    kind: Kind | str,
    *,
    actor: Any,
    household_id: int,
    title: str,
    person_id: int | None = None,
    document: str = "",
    body: Mapping[str, Any] | None = None,
) -> ChainEvent:
    """Append one event in the caller's transaction; the database links it (writes to other households never wait).

    ``title`` is the sentence that officers read; ``body`` figures and texts, never an ID number, account or disease.
    """
    event = _event(
        kind,
        actor_label(actor),
        household_id=household_id,
        title=title,
        person_id=person_id,
        document=document,
        body=body,
    )
    event.save(force_insert=True)
    return event


def append_many(events: Iterable[Mapping[str, Any]], *, actor: Any = None) -> int:
    """Append many events (arguments of :func:`append`, ``kind`` included) by one actor; returns how many.

    ``at`` dates an event that happened before it is recorded (migration); the others are of now.
    Sorted by household, so that two such writers never wait for each other in a circle.
    """
    label = actor_label(actor)
    rows = sorted((_event(label=label, **event) for event in events), key=lambda event: event.household_id)
    ChainEvent.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def _event(
    kind: Kind | str,
    label: tuple[int | None, str, str],
    *,
    household_id: int,
    title: str,
    person_id: int | None = None,
    document: str = "",
    body: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> ChainEvent:
    actor_id, actor_name, unit_name = label
    return ChainEvent(
        household_id=household_id,
        person_id=person_id,
        at=at or clock.now(),
        kind=kind,
        title=title[:200],
        actor_id=actor_id,
        actor_name=actor_name,
        unit_name=unit_name,
        document=document,
        body=dict(body or {}),
        seq=0,
        prev_hash="",
        hash="",
    )

"""The one writer of the assistance chain."""

from __future__ import annotations

from collections.abc import Mapping
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
    actor_id, actor_name, unit_name = actor_label(actor)
    event = ChainEvent(
        household_id=household_id,
        person_id=person_id,
        at=clock.now(),
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
    event.save(force_insert=True)
    return event

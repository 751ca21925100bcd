"""The one writer of the access log."""

from __future__ import annotations

from typing import Any

from doudi.apps.accounts.scope import actor_label
from doudi.apps.audit.context import current_request
from doudi.apps.audit.models import AccessLog, Action
from doudi.apps.base import clock


def record(
    action: Action | str,
    *,
    actor: Any,
    object_type: str = "",
    object_id: Any = "",
    household_id: int | None = None,
    county_code: str = "",
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> AccessLog:
    """Write one access in the caller's transaction. ``detail`` never holds personal data in clear."""
    actor_id, actor_name, unit_name = actor_label(actor)
    request = current_request()
    return AccessLog.objects.create(
        at=clock.now(),
        action=action,
        actor_id=actor_id,
        actor_name=actor_name,
        unit_name=unit_name,
        county_code=county_code or (actor.unit.division_id[:6].ljust(12, "0") if actor is not None else ""),
        object_type=object_type,
        object_id=str(object_id),
        household_id=household_id,
        reason=reason[:200],
        address=request.address if request else "",
        path=request.path[:300] if request else "",
        detail=detail or {},
    )

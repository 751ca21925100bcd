"""How casework moves the alert that it grew out of: begin the disposal, resolve it when everything is answered."""

from __future__ import annotations

import datetime as dt

from doudi.apps.accounts.models import User
from doudi.apps.casework.models import Application, CaseConference, Disposal, Referral
from doudi.apps.monitoring import services as monitoring

# Matters of these states still keep their alert under disposal.
_UNDER_WAY = (
    (Referral, ("SENT", "ACCEPTED", "REJECTED")),
    (CaseConference, ("PROPOSED", "DECIDED")),
    (Application, ("SUBMITTED", "REVIEWED")),
)


def dispose(
    actor: User,
    alert_id: int,
    disposal: Disposal,
    *,
    note: str = "",
    due_on: dt.date | None = None,
    due_note: str = "",
    version: int | None = None,
) -> None:
    """Put the alert under disposal, or add a way of disposal to one that is."""
    monitoring.alert_dispose(
        actor=actor,
        alert_id=alert_id,
        disposal=disposal.value,
        disposal_label=str(disposal.label),
        note=note[:200],
        due_on=due_on,
        due_note=due_note,
        version=version,
    )


def resolve_when_done(alert_id: int | None, *, note: str) -> None:
    """Resolve the alert as the platform, unless another of its matters is still under way."""
    if alert_id is None:
        return
    if any(model.objects.filter(alert_id=alert_id, state__in=states).exists() for model, states in _UNDER_WAY):  # type: ignore[attr-defined]
        return
    monitoring.alert_resolve(actor=None, alert_id=alert_id, note=note)

"""Runs of monitoring."""

from __future__ import annotations

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring.models import MonitorRun


def run_list(*, actor: User, cursor: str | None = None) -> Page:
    """One page of the runs of the counties that the actor may see, newest first."""
    require(actor, "monitor.read")
    rows = MonitorRun.objects.filter(exchange.in_counties(actor, "county")).defer("report", "inputs")
    return paginate(rows.select_related("county", "requested_by"), order=("-started_at", "-id"), cursor=cursor)


def run_get(*, actor: User, run_id: int) -> MonitorRun:
    """One run; :class:`NotFound` outside the actor's reach."""
    require(actor, "monitor.read")
    rows = MonitorRun.objects.filter(exchange.in_counties(actor, "county")).select_related("county", "requested_by")
    run = rows.filter(pk=run_id).first()
    if run is None:
        raise NotFound()
    return run

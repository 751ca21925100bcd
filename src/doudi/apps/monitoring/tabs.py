"""The household page's tab of alerts."""

from __future__ import annotations

from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.monitoring import queries
from doudi.apps.monitoring.states import ALERT
from doudi.apps.registry import tabs
from doudi.engine.indicators import load_indicators


def register() -> None:
    tabs.register(tabs.Tab("alerts", "预警", "monitoring/_tab.html", _context, operation="alert.read", order=50))


def _context(actor: User, household: Any) -> dict[str, Any]:
    alerts = queries.alerts_of_household(actor=actor, household_id=household.pk)
    return {"alerts": alerts, "process": ALERT, "indicators": load_indicators()}

"""The household page's tab of help received."""

from __future__ import annotations

from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.assistance import queries
from doudi.apps.assistance.items import item_name
from doudi.apps.registry import tabs
from doudi.apps.registry.sight import sight_of


def register() -> None:
    tabs.register(tabs.Tab("assistance", "救助帮扶", "assistance/_tab.html", _context, order=40))


def _context(actor: User, household: Any) -> dict[str, Any]:
    received = list(queries.received(actor=actor, household_id=household.pk)[:100])
    return {"received": received, "item_name": item_name, "sight": sight_of(actor)}

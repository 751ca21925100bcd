"""The household page's tabs of visits and referrals."""

from __future__ import annotations

from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.assistance.items import item_name
from doudi.apps.casework import queries
from doudi.apps.casework.states import REFERRAL, VISIT
from doudi.apps.registry import tabs


def register() -> None:
    tabs.register(tabs.Tab("visits", "走访", "casework/_tab_visits.html", _visits, operation="alert.read", order=60))
    referrals = tabs.Tab(
        "referrals", "转办", "casework/_tab_referrals.html", _referrals, operation="referral.list", order=70
    )
    tabs.register(referrals)


def _visits(actor: User, household: Any) -> dict[str, Any]:
    return {"tasks": queries.visits_of_household(actor=actor, household_id=household.pk), "process": VISIT}


def _referrals(actor: User, household: Any) -> dict[str, Any]:
    rows = queries.referrals_of_household(actor=actor, household_id=household.pk)
    return {"referrals": rows, "process": REFERRAL, "item_name": item_name}

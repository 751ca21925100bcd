"""The decisions of a household as a tab of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doudi.apps.accounts.models import User
from doudi.apps.determination import queries
from doudi.apps.determination.services import RESULTS
from doudi.apps.registry.tabs import Tab

STATE_COLOURS = {"TRIAL": "blue", "IN_FORCE": "green", "REFUSED": "grey"}

if TYPE_CHECKING:
    from doudi.apps.registry.models import Household


def _context(actor: User, household: Household) -> dict[str, Any]:
    decisions = queries.decisions_of_household(actor, household.pk)
    return {"decisions": decisions, "results": RESULTS, "state_colours": STATE_COLOURS}


TAB = Tab("decisions", "审核认定", "determination/_tab.html", _context, "decision.read", order=30)

"""What was paid, to those who may see money."""

from __future__ import annotations

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.payments.models import PaymentLine

SHOWN = 100


def lines_of_household(actor: User, household_id: int) -> list[PaymentLine]:
    """The latest hundred lines of a household, newest month first; needs ``household.economy``."""
    require(actor, "household.economy")
    rows = restrict(PaymentLine.objects.all(), actor, prefix="household__", household="household_id")
    return list(
        rows.filter(household_id=household_id).select_related("person").order_by("-period", "item", "id")[:SHOWN]
    )

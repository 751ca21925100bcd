"""Grants open one household to a visitor (a task) or to a department (a referral) and close with it."""

from __future__ import annotations

from django.db import transaction

from doudi.apps.accounts.models import Unit, User
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict
from doudi.apps.registry.models import HouseholdGrant
from doudi.apps.registry.queries import household_for_system, household_get


@transaction.atomic
def grant_open(
    *,
    actor: User | None,
    household_id: int,
    ref: str,
    purpose: str,
    user: User | None = None,
    unit: Unit | None = None,
) -> HouseholdGrant:
    """Open the household to ``user`` or ``unit``. Once per ``ref`` (``visit:12``); a closed one opens again.

    The actor must see the household himself. :class:`Conflict` if ``ref`` already opens it to somebody else.
    """
    if (user is None) == (unit is None):
        raise TypeError("a grant goes to one user or to one unit")
    if actor is not None:
        household_get(actor, household_id)
    else:
        household_for_system(household_id)
    grant, created = HouseholdGrant.objects.select_for_update().get_or_create(
        ref=ref,
        defaults={
            "household_id": household_id,
            "user": user,
            "unit": unit,
            "purpose": purpose,
            "opened_at": clock.now(),
        },
    )
    target = (household_id, user.pk if user else None, unit.pk if unit else None)
    if (grant.household_id, grant.user_id, grant.unit_id) != target:
        raise Conflict("该事项已授权给其他人员，请先收回后再办理。")
    if not created and grant.closed_at is not None:
        grant.closed_at = None
        grant.save(update_fields=["closed_at"])
    return grant


@transaction.atomic
def grant_close(*, ref: str) -> bool:
    """Close the grant of ``ref``; whether this call closed it. Taking access away needs no permission of its own."""
    return bool(HouseholdGrant.objects.filter(ref=ref, closed_at=None).update(closed_at=clock.now()))

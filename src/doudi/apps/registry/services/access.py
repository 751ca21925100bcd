"""What every write checks first."""

from __future__ import annotations

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base.errors import NotFound, Refused
from doudi.apps.registry.models import Household, Membership
from doudi.apps.registry.queries import household_for_system, household_get, in_reach, person_get

WRITE = "application.create"  # the operation of those who keep the register: the township that takes applications in


def household_for_write(actor: User | None, household_id: int, operation: str | None = None) -> Household:
    """The household, locked, after permission and scope are checked. ``actor`` None is the platform itself."""
    if actor is not None:
        if operation:
            require(actor, operation)
        household_get(actor, household_id)
    else:
        household_for_system(household_id)
    return Household.objects.select_for_update().get(pk=household_id)


def require_division(actor: User | None, division_code: str) -> None:
    """:class:`Refused` unless the division lies in the actor's reach."""
    if actor is not None and not in_reach(actor, division_code):
        raise Refused("该地区不在您的管辖范围内，不能登记。请由当地乡镇（街道）办理。")


def require_person_reach(actor: User | None, person_id: int) -> None:
    """:class:`NotFound` unless the actor sees the person through a household, or nobody has him in a household yet."""
    if actor is None:
        return
    if Membership.objects.filter(person_id=person_id).exists():
        person_get(actor, person_id)
    elif not in_reach(actor, actor.unit.division_id):
        raise NotFound()

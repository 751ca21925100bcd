"""Households opened to a user by a task or to a unit by a referral."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from doudi.apps.registry.models import HouseholdGrant

if TYPE_CHECKING:
    from doudi.apps.accounts.scope import Scope


def granted_household_ids(scope: Scope) -> QuerySet[HouseholdGrant, Any]:
    """Sub-query of the household ids that open grants give to the scope's user (tasks) or unit (referrals)."""
    reach = Q(pk__in=[])
    if scope.by_task:
        reach |= Q(user_id=scope.user_id)
    if scope.by_unit:
        reach |= Q(unit_id=scope.unit_id)
    return HouseholdGrant.objects.filter(reach, closed_at=None).values("household_id")

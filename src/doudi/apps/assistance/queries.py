"""Reading what households received."""

from __future__ import annotations

from django.db.models import QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import restrict, scope_of
from doudi.apps.assistance.models import AssistanceRecord


def received(*, actor: User, household_id: int) -> QuerySet[AssistanceRecord]:
    """The household's records, newest first. A department sees those of its own unit only (purpose scope)."""
    rows = restrict(AssistanceRecord.objects.all(), actor, prefix="household__", household="household_id")
    scope = scope_of(actor)
    if scope.by_unit and not scope.divisions:
        rows = rows.filter(unit_id=scope.unit_id)
    return rows.filter(household_id=household_id).select_related("unit", "person").order_by("-given_on", "-id")

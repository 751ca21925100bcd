"""Figures over the actor's register. One grouped statement each."""

from __future__ import annotations

from django.db.models import Count, Sum

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, restrict
from doudi.apps.registry.models import Household, Register


def register_by_category(actor: User) -> list[tuple[str, int, int]]:
    """[(category, households, persons)] of the active register in the actor's divisions, the largest first."""
    if not may(actor, "household.list"):
        return []
    rows = restrict(Household.objects.filter(register=Register.ACTIVE), actor).order_by().values_list("category")
    counted = rows.annotate(households=Count("pk"), persons=Sum("member_count")).order_by("-persons")
    return [(category, households, persons) for category, households, persons in counted if category]

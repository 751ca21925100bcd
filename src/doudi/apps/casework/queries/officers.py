"""Who can be sent, and which units can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from doudi.apps.accounts.models import Unit, User
from doudi.apps.base import clock
from doudi.apps.casework.states import VISIT

# The roles that record visits, as the state table says.
VISITOR_ROLES = next(transition.roles for transition in VISIT.transitions if transition.event == "record")


def visitors_for(village_codes: Sequence[str], township_codes: Sequence[str]) -> QuerySet[User]:
    """Active visitors at work in one of the villages or townships, those of the village first."""
    rows = User.objects.filter(
        is_active=True,
        role_grants__role__in=VISITOR_ROLES,
        role_grants__division_id__in=[code for code in (*village_codes, *township_codes) if code],
    )
    return rows.select_related("unit__division").distinct().order_by("-unit__division__level", "name", "id")


def inspectors_for(county_code: str, township_codes: Sequence[str]) -> QuerySet[User]:
    """Active visitors for inspections: clerks of the townships and assistants of any village of the county."""
    stem = county_code[:6]
    rows = User.objects.filter(
        Q(role_grants__role="TOWN_CLERK", role_grants__division_id__in=[code for code in township_codes if code])
        | Q(role_grants__role="VIL_ASSIST", role_grants__division__code__startswith=stem),
        is_active=True,
    )
    return rows.select_related("unit__division").distinct().order_by("-unit__division__level", "name", "id")


def may_enter(visitor: User, place: Any, *, anywhere: bool = False) -> bool:
    """Whether the visitor may be sent to a household: of its village or township, ``anywhere`` also of the county.

    A clerk reaches his own township only; an assistant sees whatever household his task opens.
    """
    if not visitor.is_active:
        return False
    here = [code for code in (place.village_code, place.township_code) if code]
    reach = Q(role__in=VISITOR_ROLES, division_id__in=here)
    if anywhere:
        reach |= Q(role="VIL_ASSIST", division__code__startswith=place.county_code[:6])
    return visitor.role_grants.filter(reach).exists()


def units_serving(place: Any, departments: Sequence[str] | None = None) -> QuerySet[Unit]:
    """Units of the place's county, its townships' civil affairs included, or of the levels above; of ``departments``.

    ``place`` is any row with division columns. The county's own unit comes first.
    """
    codes = [place.township_code, place.county_code, place.city_code, place.province_code]
    rows = Unit.objects.filter(division_id__in=[code for code in codes if code])
    rows = rows.filter(Q(valid_until=None) | Q(valid_until__gte=clock.today()))
    if departments is not None:
        rows = rows.filter(department__in=departments)
    return rows.select_related("division").order_by("-division__level", "department", "id")

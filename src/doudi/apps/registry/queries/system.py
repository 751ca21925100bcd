"""Reads without an actor, for jobs and for apps that have already checked the actor's scope. Never for a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from doudi.apps.base.errors import NotFound
from doudi.apps.divisions.models import Division, Level
from doudi.apps.registry.models import Category, CategoryStatus, Household, Membership, Person


def persons_by_keys_for_system(keys: Iterable[int]) -> dict[int, Person]:
    """{person_key: person} for the keys that the register knows."""
    return {person.person_key: person for person in Person.objects.filter(person_key__in=list(keys))}


def households_by_keys_for_system(keys: Iterable[int]) -> dict[int, Household]:
    """{household_key: household} for the keys that the register knows."""
    rows = Household.objects.select_related("head").filter(household_key__in=list(keys))
    return {household.household_key: household for household in rows}


def household_keys_of_for_system(county: str, person_keys: Iterable[int]) -> set[int]:
    """Keys of the county's households in which one of the persons is an active member."""
    rows = Membership.objects.filter(
        person__person_key__in=list(person_keys), household__county_code=county, to_date=None
    )
    return set(rows.values_list("household__household_key", flat=True))


def household_numbers_for_system(ids: Iterable[int]) -> dict[int, str]:
    """{id: household number}."""
    return dict(Household.objects.filter(pk__in=list(ids)).values_list("pk", "household_no"))


def households_for_system(ids: Iterable[int]) -> dict[int, Household]:
    """{id: household}."""
    return Household.objects.select_related("head").in_bulk(list(ids))


def household_for_system(household_id: int) -> Household:
    """One household by id; :class:`NotFound` if there is none."""
    household = Household.objects.select_related("head").filter(pk=household_id).first()
    if household is None:
        raise NotFound()
    return household


def active_members_for_system(household_id: int) -> list[Membership]:
    """Memberships in force, head first, then by age."""
    rows = Membership.objects.filter(household_id=household_id, to_date=None).select_related("person")
    return sorted(rows, key=lambda m: (m.relation != "head", m.person.birth_date, m.pk))


def person_keys_for_system(county_code: str) -> list[int]:
    """Sorted keys of everybody who ever belonged to a household of the county: what a receipt matches against."""
    rows = Person.objects.filter(memberships__household__county_code=county_code)
    return sorted(set(rows.values_list("person_key", flat=True)))


def counties_for_system() -> list[str]:
    """Codes of the counties that have households here: one probe of an index a county."""
    there = Household.objects.filter(county_code=OuterRef("code"))
    rows = Division.objects.filter(Exists(there), level=Level.COUNTY)
    return list(rows.order_by("code").values_list("code", flat=True))


def covered_spans_for_system(household_ids: Iterable[int]) -> dict[int, list[tuple[dt.date, dt.date | None]]]:
    """{household id: [(first day, day of the end or None)]} of its members' categories; the fanpin flag is none."""
    rows = CategoryStatus.objects.filter(household_id__in=list(household_ids)).exclude(category=Category.FANPIN)
    spans: dict[int, list[tuple[dt.date, dt.date | None]]] = {}
    for household_id, begin, end in rows.values_list("household_id", "from_date", "to_date").order_by("from_date"):
        spans.setdefault(household_id, []).append((begin, end))
    return spans


def covered_persons_for_system(household_id: int) -> set[int]:
    """Ids of the members who hold a category in the household now; the fanpin flag is none."""
    rows = CategoryStatus.objects.filter(household_id=household_id, to_date=None).exclude(category=Category.FANPIN)
    return set(rows.values_list("person_id", flat=True))

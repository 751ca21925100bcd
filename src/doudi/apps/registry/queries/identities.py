"""Persons as record linkage compares them, and side by side for the officer who decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import F

from doudi.apps.accounts.models import User
from doudi.apps.base import masking
from doudi.apps.base.scoped import LEVELS, level_codes
from doudi.apps.registry.models import CategoryStatus, Membership
from doudi.apps.registry.sight import sight_of


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of a person in clear, with his household's level columns: for the linkage job alone."""

    person_id: int
    name: str
    sex: str
    birth_date: dt.date
    division: str
    address: str
    phone: str
    id_number: str
    levels: dict[str, str]


def identities_for_system(division_code: str) -> Iterator[Identity]:
    """Everybody who is or was in a household of the division, once, by the household in force; nobody merged."""
    column, code = next((c, v) for c, v in reversed(level_codes(division_code).items()) if v)
    rows = Membership.objects.filter(**{f"household__{column}": code}, person__merged_into=None)
    rows = rows.select_related("person", "household")
    ordered = rows.order_by("person_id", F("to_date").desc(nulls_first=True), "-id").distinct("person_id")
    for row in ordered.iterator(chunk_size=2000):
        person, household = row.person, row.household
        levels = {f"{level}_code": getattr(household, f"{level}_code") for level in LEVELS}
        yield Identity(
            person_id=person.pk,
            name=person.name,
            sex=person.sex,
            birth_date=person.birth_date,
            division=household.village_code,
            address=household.address,
            phone=person.phone or "",
            id_number=person.id_number or "",
            levels=levels,
        )


@dataclass(frozen=True, slots=True)
class ShownIdentity:
    """One side of a pair as the actor may see it: numbers masked, name and address by his sight."""

    person_id: int
    name: str
    sex_label: str
    birth_date: dt.date
    id_number: str
    phone: str
    address: str
    household_id: int
    household_no: str
    county_code: str
    township_code: str
    from_date: dt.date
    to_date: dt.date | None
    categories: tuple[str, ...]
    died_on: dt.date | None
    merged: bool


def identities_shown(actor: User, person_ids: Iterable[int], *, categories: bool = True) -> dict[int, ShownIdentity]:
    """{person: how he is shown}; the caller took the pair from a scoped query. One statement, two with categories."""
    ids, sight = list(person_ids), sight_of(actor)
    rows = Membership.objects.filter(person_id__in=ids).select_related("person", "household")
    ordered = rows.order_by("person_id", F("to_date").desc(nulls_first=True), "-id").distinct("person_id")
    held: dict[int, list[str]] = {}
    statuses = CategoryStatus.objects.filter(person_id__in=ids if categories else [], to_date=None)
    for status in statuses.order_by("from_date", "pk"):
        held.setdefault(status.person_id, []).append(status.get_category_display())
    return {
        row.person_id: ShownIdentity(
            person_id=row.person_id,
            name=sight.name(row.person.name),
            sex_label=row.person.get_sex_display(),
            birth_date=row.person.birth_date,
            id_number=masking.mask_id_number(row.person.id_number),
            phone=masking.mask_phone(row.person.phone or ""),
            address=sight.address(row.household.address),
            household_id=row.household_id,
            household_no=row.household.household_no,
            county_code=row.household.county_code,
            township_code=row.household.township_code,
            from_date=row.from_date,
            to_date=row.to_date,
            categories=tuple(held.get(row.person_id, ())),
            died_on=row.person.died_on,
            merged=row.person.merged_into_id is not None,
        )
        for row in ordered
    }

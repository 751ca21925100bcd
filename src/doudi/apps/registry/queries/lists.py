"""Whole lists of households for inspections and screenings: jobs and apps that have checked the actor's reach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from doudi.apps.base.scoped import LEVELS, level_codes
from doudi.apps.registry.models import Household, Person, Register

_KEY_GROUPS = (Path(__file__).parent / "key_groups.sql").read_text()


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One household of the list, with its division columns."""

    id: int
    household_no: str
    category: str
    area: str
    register: str
    province_code: str
    city_code: str
    county_code: str
    township_code: str
    village_code: str

    @property
    def levels(self) -> dict[str, str]:
        return {f"{level}_code": getattr(self, f"{level}_code") for level in LEVELS}


def register_rows_for_system(
    division: str, registers: Collection[str] = (Register.ACTIVE,), besides: Collection[int] = ()
) -> list[RegisterRow]:
    """Households of a division in one of the registers, and those of ``besides`` (ids) there, by household number."""
    column, code = next((name, value) for name, value in reversed(level_codes(division).items()) if value)
    there = Household.objects.filter(**{column: code})
    rows = there.filter(register__in=list(registers)) | there.filter(pk__in=list(besides))
    return [RegisterRow(*row) for row in rows.order_by("household_no").values_list(*RegisterRow.__slots__)]


@dataclass(frozen=True, slots=True)
class KeyGroupRow:
    """A household that belongs to a group of families to be visited first, with the persons for whose sake."""

    household_id: int
    group: str
    persons: tuple[int, ...]


def key_groups_for_system(
    county_code: str, on: dt.date, *, working_age_from: int, working_age_below: int
) -> list[KeyGroupRow]:
    """Who stands in which group of 重点走访 by the register's facts of a day, outside dibao and tekun.

    ``uncovered_disabled ill weak_labour not_whole_household``; 遇到急难 is no fact of the register. Working age is from
    ``working_age_from`` to under ``working_age_below`` completed years.
    """
    values = {"county": county_code, "on": on, "from": working_age_from, "below": working_age_below}
    with connection.cursor() as cursor:
        cursor.execute(_KEY_GROUPS, values)
        return [KeyGroupRow(household, group, tuple(persons)) for household, group, persons in cursor.fetchall()]


def person_names_for_system(ids: Iterable[int]) -> dict[int, str]:
    """{id: name}; what of it an actor may see is the caller's to decide (registry.sight)."""
    return dict(Person.objects.filter(pk__in=list(ids)).values_list("pk", "name"))

"""Small builders of real rows, for tests."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from doudi.apps.accounts.models import RoleGrant, Unit, User
from doudi.apps.base.crypto import keys
from doudi.apps.base.scoped import level_codes
from doudi.apps.divisions.models import Division, Level
from doudi.apps.registry.models import (
    CategoryStatus,
    Household,
    Income,
    Membership,
    Person,
)
from doudi.engine.identity import Tokeniser

CITY = "410500000000"
COUNTY = "410522000000"
TOWN_A, TOWN_B = "410522100000", "410522101000"
VILLAGE_A, VILLAGE_A2, VILLAGE_B = "410522100201", "410522100202", "410522101201"
OTHER_COUNTY, OTHER_VILLAGE = "410523000000", "410523100201"
PASSWORD = "Sample-pass-2024"

_numbers = itertools.count(1)
_NAMES = {
    "410000000000": ("河南省", Level.PROVINCE, None),
    CITY: ("安阳市", Level.CITY, "410000000000"),
    COUNTY: ("安阳县", Level.COUNTY, CITY),
    TOWN_A: ("甲镇", Level.TOWNSHIP, COUNTY),
    TOWN_B: ("乙镇", Level.TOWNSHIP, COUNTY),
    VILLAGE_A: ("甲一村", Level.VILLAGE, TOWN_A),
    VILLAGE_A2: ("甲二村", Level.VILLAGE, TOWN_A),
    VILLAGE_B: ("乙一村", Level.VILLAGE, TOWN_B),
    OTHER_COUNTY: ("汤阴县", Level.COUNTY, CITY),
    "410523100000": ("丙镇", Level.TOWNSHIP, OTHER_COUNTY),
    OTHER_VILLAGE: ("丙一村", Level.VILLAGE, "410523100000"),
}


def make_divisions() -> None:
    """安阳市 with two counties, three townships and four villages."""
    for code, (name, level, parent) in _NAMES.items():
        Division.objects.get_or_create(code=code, defaults={"name": name, "level": level, "parent_id": parent})


def make_unit(division: str, department: str = "CIVIL_AFFAIRS", name: str = "") -> Unit:
    make_divisions()
    name = name or f"{Division.objects.get(pk=division).name}{department}"
    return Unit.objects.get_or_create(division_id=division, department=department, name=name)[0]


@functools.cache
def _sealed_password() -> str:
    """Argon2 is slow on purpose: once a session is enough."""
    return make_password(PASSWORD)


def make_user(
    role: str | Sequence[str], division: str = COUNTY, *, department: str = "CIVIL_AFFAIRS", **fields: Any
) -> User:
    """A user with the role(s) on the division; password :data:`PASSWORD`."""
    number = next(_numbers)
    unit = fields.pop("unit", None) or make_unit(division, department)
    user = User(
        username=fields.pop("username", f"user{number}"),
        name=fields.pop("name", f"用户{number}"),
        unit=unit,
        must_change_password=fields.pop("must_change_password", False),
        **fields,
    )
    user.password = _sealed_password()
    user.save()
    for one in [role] if isinstance(role, str) else role:
        RoleGrant.objects.create(user=user, role=one, division_id=division)
    return user


def id_number(birth: dt.date, *, sex: str = "male", county: str = "410522", serial: int | None = None) -> str:
    """A valid 18-digit number (GB 11643)."""
    serial = (serial if serial is not None else next(_numbers)) % 499
    order = f"{serial * 2 + (1 if sex == 'male' else 0):03d}"
    body = f"{county}{birth:%Y%m%d}{order}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def make_person(
    name: str = "王小明", *, birth: dt.date = dt.date(1970, 5, 1), sex: str = "male", number: str = "", **fields: Any
) -> Person:
    number = number or id_number(birth, sex=sex)
    ring = keys()
    person = Person(
        name=name,
        sex=sex,
        birth_date=birth,
        id_token=ring.token_of("id_number", number),
        id_last6_token=ring.token_of("id_last6", number[-6:]),
        person_key=Tokeniser(ring.lake).person_key(number),
    )
    person.id_number = number
    person.phone = fields.pop("phone", "13800000021")
    for field, value in fields.items():
        setattr(person, field, value)
    person.save()
    return person


def make_household(
    village: str = VILLAGE_A,
    *,
    members: Sequence[tuple[str, Person]] | None = None,
    category: str = "",
    since: dt.date = dt.date(2024, 1, 1),
    income: Decimal | int = 0,
    **fields: Any,
) -> Household:
    """A household with members [(relation, person)], all in ``category``; ``income`` is the head's annual wage."""
    make_divisions()
    number = f"{village[:9]}{next(_numbers):07d}"
    members = members or [("head", make_person(f"户主{number[-3:]}"))]
    head = members[0][1]
    household = Household.objects.create(
        household_no=number,
        household_key=Tokeniser(keys().lake).household_key(number),
        head=head,
        head_name=head.name,
        area=fields.pop("area", "rural"),
        category=category,
        category_from=since if category else None,
        member_count=len(members),
        register=fields.pop("register", "ACTIVE" if category else "WATCH"),
        property_conforms=fields.pop("property_conforms", True),
        **level_codes(village),
        **fields,
    )
    for relation, person in members:
        Membership.objects.create(household=household, person=person, relation=relation, from_date=since)
        if category:
            CategoryStatus.objects.create(
                person=person,
                household=household,
                category=category,
                from_date=since,
                route="tekun" if category == "TEKUN" else "whole_household" if category == "DIBAO" else "",
            )
    Income.objects.create(person=head, wage=income, source="verified", as_of=since)
    return household

"""A household as one actor may see it in lists, headers and answers of the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from doudi.apps.accounts.models import User
from doudi.apps.divisions.queries import division_names
from doudi.apps.registry.models import Household
from doudi.apps.registry.sight import sight_of


@dataclass(frozen=True)
class ShownHousehold:
    """Names and address already cut to the actor's sight; ``monthly_benefit`` None where he may not see money."""

    id: int
    household_no: str
    head_name: str
    township: str
    village: str
    address: str
    area: str
    area_label: str
    category: str
    category_label: str
    category_from: dt.date | None
    register: str
    register_label: str
    member_count: int
    monthly_benefit: Decimal | None
    last_visit_on: dt.date | None


def shown_many(actor: User, households: Iterable[Household]) -> list[ShownHousehold]:
    """The rows as the actor may see them; at most one statement for all division names."""
    rows, sight = list(households), sight_of(actor)
    codes = {code for row in rows for code in (row.township_code, row.village_code) if code}
    names = division_names(codes)
    return [
        ShownHousehold(
            id=row.pk,
            household_no=row.household_no,
            head_name=sight.name(row.head_name),
            township=names.get(row.township_code, row.township_code),
            village=names.get(row.village_code, row.village_code),
            address=sight.address(row.address),
            area=row.area,
            area_label=row.get_area_display(),
            category=row.category,
            category_label=row.get_category_display() if row.category else "",
            category_from=row.category_from,
            register=row.register,
            register_label=row.get_register_display(),
            member_count=row.member_count,
            monthly_benefit=row.monthly_benefit if sight.economy else None,
            last_visit_on=row.last_visit_on,
        )
        for row in rows
    ]


def shown(actor: User, household: Household) -> ShownHousehold:
    """One household as the actor may see it. The caller has taken it from a scoped query."""
    return shown_many(actor, [household])[0]

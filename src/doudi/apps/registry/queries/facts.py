"""The latest dated fact of each kind, for many persons or a household in a constant number of statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from doudi.apps.registry.models import (
    Business,
    Disability,
    Employment,
    Fact,
    FinancialAsset,
    Health,
    House,
    Income,
    SharedIncome,
    Spending,
    Study,
    Vehicle,
)

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True)
class MemberFacts:
    """The facts of one person in force at a date; None where nothing was recorded."""

    income: Income | None = None
    health: Health | None = None
    disability: Disability | None = None
    employment: Employment | None = None
    study: Study | None = None


@dataclass(frozen=True)
class HouseholdFacts:
    """The facts of one household at a date. Houses, vehicles and businesses: those of the latest as-of date."""

    spending: Spending | None
    shared_income: SharedIncome | None
    assets: FinancialAsset | None
    houses: list[House]
    vehicles: list[Vehicle]
    businesses: list[Business]


def latest_facts(
    model: type[F], ids: Iterable[int], *, of: str = "person_id", as_of: dt.date | None = None
) -> dict[int, F]:
    """{person or household id: its latest fact of a kind} as of ``as_of`` or before; in a tie the later record."""
    rows = model.objects.filter(**{f"{of}__in": list(ids)})  # type: ignore[attr-defined]
    if as_of is not None:
        rows = rows.filter(as_of__lte=as_of)
    return {getattr(row, of): row for row in rows.order_by(of, "-as_of", "-id").distinct(of)}


def member_facts(
    person_ids: Iterable[int], *, as_of: dt.date | None = None, kinds: Iterable[str] | None = None
) -> dict[int, MemberFacts]:
    """{person id: facts}; ``kinds`` (fields of :class:`MemberFacts`) limits what is read. One statement a kind."""
    ids = list(person_ids)
    models: dict[str, type[Fact]] = {
        "income": Income,
        "health": Health,
        "disability": Disability,
        "employment": Employment,
        "study": Study,
    }
    wanted = models if kinds is None else {kind: models[kind] for kind in kinds}
    found = {kind: latest_facts(model, ids, as_of=as_of) for kind, model in wanted.items()}
    return {i: MemberFacts(**{kind: rows.get(i) for kind, rows in found.items()}) for i in ids}  # type: ignore[arg-type]


def household_facts(household_id: int, *, as_of: dt.date | None = None) -> HouseholdFacts:
    """Spending and property of a household in force at ``as_of`` (six statements)."""

    def last(model: type[F]) -> list[F]:
        rows = model.objects.filter(household_id=household_id)  # type: ignore[attr-defined]
        if as_of is not None:
            rows = rows.filter(as_of__lte=as_of)
        found = list(rows.order_by("-as_of", "id"))
        return [row for row in found if row.as_of == found[0].as_of]

    def latest(model: type[F]) -> F | None:
        return latest_facts(model, [household_id], of="household_id", as_of=as_of).get(household_id)

    return HouseholdFacts(
        spending=latest(Spending),
        shared_income=latest(SharedIncome),
        assets=latest(FinancialAsset),
        houses=last(House),
        vehicles=last(Vehicle),
        businesses=last(Business),
    )

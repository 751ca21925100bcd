"""Supporters and dated facts of a county, by COPY. Sample money is 分; the register keeps yuan."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from doudi.apps.base.bulk import copy_rows
from doudi.apps.base.crypto import keys
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
    Source,
    Spending,
    Study,
    Supporter,
    Vehicle,
)
from doudi.engine.synth import model

if TYPE_CHECKING:
    from doudi.apps.registry.load.county import Loaded

_KINDS = ("wage", "business_net", "property_net", "transfer_net", "other")
_SPENDING = (
    "daily", "social_insurance", "job_cost", "illness_rigid", "disability_rigid", "education_rigid", "other",
)  # fmt: skip
Rows = Iterator[tuple[Any, ...]]


def load(county: model.County, loaded: Loaded) -> dict[str, int]:
    """One COPY a kind of fact. All are as verified for the last decision; ``as_of`` is the date of the income check."""
    persons = [(loaded.person_ids[person.person_no], person) for person in county.persons()]
    households = list(zip(loaded.household_ids, county.households, strict=True))

    def copy(kind: type[Fact], owner: str, columns: tuple[str, ...], rows: Rows) -> int:
        fixed = (Source.MIGRATED.value, "", loaded.moment)
        names = (owner, "as_of", *columns, "source", "source_ref", "recorded_at")
        return copy_rows(kind, names, ((*row, *fixed) for row in rows))

    of_person, of_household = "person_id", "household_id"
    return {
        "incomes": copy(Income, of_person, _KINDS, _incomes(persons, county.as_of)),
        "illnesses": copy(
            Health, of_person, ("uid", "disease_sealed", "serious_illness", "since"), _illnesses(persons, county.as_of)
        ),
        "disabilities": copy(
            Disability,
            of_person,
            ("uid", "card_no_sealed", "kind", "grade", "issued_on", "valid_until"),
            _disabilities(persons, county.as_of),
        ),
        "employments": copy(
            Employment,
            of_person,
            ("employed", "since", "employer", "workplace_area", "workplace_division"),
            _employments(persons, county.as_of),
        ),
        "studies": copy(Study, of_person, ("stage", "school"), _studies(persons, county.as_of)),
        "shared_incomes": copy(SharedIncome, of_household, _KINDS, _shared(households, county.as_of)),
        "spendings": copy(Spending, of_household, _SPENDING, _spendings(households, county.as_of)),
        "financial_assets": copy(
            FinancialAsset,
            of_household,
            ("deposit", "securities", "funds", "insurance", "claims"),
            _assets(households, county.as_of),
        ),
        "houses": copy(
            House,
            of_household,
            ("address", "floor_area", "nature", "origin", "acquired_on", "grade"),
            _houses(households, county.as_of),
        ),
        "vehicles": copy(
            Vehicle,
            of_household,
            ("owner_name", "kind", "plate_no", "bought_on", "price", "exemption"),
            _vehicles(households, county.as_of),
        ),
        "businesses": copy(
            Business, of_household, ("description", "credit_code"), _businesses(households, county.as_of)
        ),
        "supporters": copy_rows(
            Supporter,
            ("household_id", "supports_id", "name", "relation", "birth_date", "annual_support", "able", "as_of"),
            _supporters(households, county, loaded),
        ),
    }


Persons = list[tuple[int, model.Person]]
Households = list[tuple[int, model.Household]]


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def _checked(household: model.Household, otherwise: dt.date) -> dt.date:
    return household.head.income_as_of or otherwise


def _incomes(persons: Persons, as_of: dt.date) -> Rows:
    for pk, p in persons:
        yield (
            pk, p.income_as_of or as_of, _yuan(p.wage), _yuan(p.business_net), _yuan(p.property_net),
            _yuan(p.transfer_net), _yuan(p.other_income),
        )  # fmt: skip


def _illnesses(persons: Persons, as_of: dt.date) -> Rows:
    seal = keys().seal
    for pk, p in persons:
        if p.serious_illness or p.disease_name:
            uid = uuid.uuid4()
            sealed = seal(p.disease_name, bound_to=f"fact_health.disease_sealed:{uid}") if p.disease_name else None
            yield pk, p.illness_from or p.income_as_of or as_of, uid, sealed, p.serious_illness, p.illness_from


def _disabilities(persons: Persons, as_of: dt.date) -> Rows:
    seal = keys().seal
    for pk, p in persons:
        if p.disability_grade:
            uid, number = uuid.uuid4(), p.disability_card_no
            sealed = seal(number, bound_to=f"fact_disability.card_no_sealed:{uid}") if number else None
            card = next((card for card in p.cards if card.grade == p.disability_grade), None)
            issued, until = (card.issued_on, card.valid_until) if card else (None, None)
            known = issued or p.income_as_of or as_of
            yield pk, known, uid, sealed, p.disability_type or "", p.disability_grade, issued, until


def _employments(persons: Persons, as_of: dt.date) -> Rows:
    for pk, p in persons:
        if p.employed:
            area = "urban" if p.workplace_division else ""
            known = p.employed_since or p.income_as_of or as_of
            yield pk, known, True, p.employed_since, p.employer, area, p.workplace_division


def _studies(persons: Persons, as_of: dt.date) -> Rows:
    for pk, p in persons:
        if p.student:
            yield pk, p.income_as_of or as_of, p.student, p.school


def _shared(households: Households, as_of: dt.date) -> Rows:
    for pk, h in households:
        if h.shared_income:
            yield pk, _checked(h, as_of), 0, 0, _yuan(h.shared_income), 0, 0


def _spendings(households: Households, as_of: dt.date) -> Rows:
    for pk, h in households:
        yield pk, _checked(h, as_of), *(_yuan(getattr(h.spending, kind)) for kind in _SPENDING)


def _assets(households: Households, as_of: dt.date) -> Rows:
    for pk, h in households:
        yield pk, _checked(h, as_of), _yuan(h.assets.deposits), 0, 0, 0, 0


def _houses(households: Households, as_of: dt.date) -> Rows:
    for pk, h in households:
        for house in h.assets.houses:
            grade = house.grade or ""
            yield pk, _checked(h, as_of), house.address, house.floor_area, "", house.source, house.built_on, grade


def _vehicles(households: Households, as_of: dt.date) -> Rows:
    for pk, h in households:
        for v in h.assets.vehicles:
            yield pk, _checked(h, as_of), v.owner.name, v.kind, v.plate, v.bought_on, _yuan(v.price), ""


def _businesses(households: Households, as_of: dt.date) -> Rows:
    for pk, h in households:
        if h.assets.business:
            yield pk, _checked(h, as_of), h.assets.business, ""


def _supporters(households: Households, county: model.County, loaded: Loaded) -> Rows:
    for pk, h in households:
        for s in h.supporters:
            supports = loaded.person_ids[s.supports.person_no]
            born = dt.date(county.as_of.year - s.age, 1, 1)  # only the age is known
            able = s.supports.supporter_able
            yield pk, supports, s.name, s.relation, born, _yuan(s.annual_support), able, _checked(h, county.as_of)

"""The household document that the rule engine takes, from the facts in force at a date. No names, no ID numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from doudi.apps.registry.models import (
    Category,
    CategoryStatus,
    Household,
    Income,
    Membership,
    Register,
    SharedIncome,
    Spending,
    Supporter,
)
from doudi.apps.registry.queries.facts import MemberFacts, latest_facts, member_facts
from doudi.apps.registry.queries.members import age_on

_KINDS = ("wage", "business_net", "property_net", "transfer_net", "other")
_SPENDING = ("daily", "social_insurance", "job_cost", "illness_rigid", "disability_rigid", "education_rigid", "other")
_BATCH = 500


def household_document_for_system(household_id: int, as_of: dt.date) -> dict[str, Any]:
    """What the register knows of the household as of a date, in the form of ``doudi determine``.

    ``person_id`` is the register's id as text. Money is text, dates ISO: the document can be stored as it is and gives
    the same decision later. What is not known is left out, so that the engine says what is missing.
    """
    return _documents([Household.objects.get(pk=household_id)], as_of)[0]


def registered_documents_for_system(county_code: str, as_of: dt.date) -> Iterator[tuple[int, dict[str, Any]]]:
    """(household id, its document) of every household of a county that is not archived, by id.

    A constant number of statements for each 500 households.
    """
    rows = Household.objects.filter(county_code=county_code).exclude(register=Register.ARCHIVED).order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:_BATCH]):
        yield from zip((household.pk for household in batch), _documents(batch, as_of), strict=True)
        last = batch[-1].pk


def registered_count_for_system(county_code: str) -> int:
    """How many households :func:`registered_documents_for_system` gives."""
    return Household.objects.filter(county_code=county_code).exclude(register=Register.ARCHIVED).count()


def _documents(households: list[Household], as_of: dt.date) -> list[dict[str, Any]]:
    ids = [household.pk for household in households]
    rows = Membership.objects.filter(household_id__in=ids, from_date__lte=as_of).select_related("person")
    members: dict[int, list[Membership]] = {pk: [] for pk in ids}
    for membership in rows.filter(Q(to_date=None) | Q(to_date__gt=as_of)):
        members[membership.household_id].append(membership)
    facts = member_facts({m.person_id for here in members.values() for m in here}, as_of=as_of)
    held: dict[tuple[int, int], list[CategoryStatus]] = {}
    statuses = CategoryStatus.objects.filter(household_id__in=ids, from_date__lte=as_of, to_date=None)
    for status in statuses.order_by("from_date", "pk"):
        held.setdefault((status.household_id, status.person_id), []).append(status)
    supporters: dict[int, list[Supporter]] = {pk: [] for pk in ids}
    for supporter in Supporter.objects.filter(household_id__in=ids, as_of__lte=as_of).order_by("supports_id", "pk"):
        supporters[supporter.household_id].append(supporter)
    spending = latest_facts(Spending, ids, of="household_id", as_of=as_of)
    shared = latest_facts(SharedIncome, ids, of="household_id", as_of=as_of)
    documents = []
    for household in households:
        here = sorted(members[household.pk], key=lambda m: (m.relation != "head", m.person.birth_date, m.pk))
        present = {m.person_id for m in here}
        document: dict[str, Any] = {
            "household_id": household.household_no,
            "area": household.area,
            "division": (household.township_code or household.county_code),
            "members": [_person(m, facts[m.person_id], held.get((household.pk, m.person_id), []), as_of) for m in here],
            "supporters": [_supporter(s, as_of) for s in supporters[household.pk] if s.supports_id in present],
            "spending": _amounts(spending.get(household.pk), _SPENDING),
            "shared_income": _amounts(shared.get(household.pk), _KINDS),
            "property_conforms": household.property_conforms,
        }
        if household.category and household.category != Category.FANPIN:
            document["previous"] = {"category": household.category, "monthly": f"{household.monthly_benefit:.2f}"}
        documents.append(_known(document))
    return documents


def _person(m: Membership, facts: MemberFacts, held: list[CategoryStatus], as_of: dt.date) -> dict[str, Any]:
    person, card, job, study = m.person, facts.disability, facts.employment, facts.study
    entry: dict[str, Any] = {
        "person_id": str(person.pk),
        "relation": m.relation,
        "sex": person.sex,
        "birth_date": person.birth_date.isoformat(),
        "income": _amounts(facts.income, _KINDS),
        "labour_ability": person.labour_ability,
        "self_care_failed_items": person.self_care_failed_items,
        "has_legal_supporter": person.has_legal_supporter,
        "supporter_able": person.supporter_able,
        "died_on": person.died_on.isoformat() if person.died_on and person.died_on <= as_of else None,
    }
    # A card is valid on its last day and no longer on the day of its cancellation.
    if card and (card.valid_until or as_of) >= as_of and (card.cancelled_on or dt.date.max) > as_of:
        entry["disability"] = {"type": card.kind, "grade": card.grade}
    if facts.health and facts.health.serious_illness and not (facts.health.until and facts.health.until < as_of):
        entry["serious_illness"] = True
    if study and (study.until is None or study.until >= as_of):
        entry["student"] = study.stage
    if job and job.employed:
        entry |= {
            "employed": True,
            "employed_since": job.since.isoformat() if job.since else None,
            "workplace_area": job.workplace_area,
            "workplace_division": job.workplace_division,
        }
    for status in held:
        if status.category == Category.FANPIN:
            entry["fanpin"] = status.subtype
        else:
            entry["current_category"] = status.category
            entry["illness_poor"] = status.subtype == "illness_poor" or None
    return _known(entry)


def _supporter(s: Supporter, as_of: dt.date) -> dict[str, Any]:
    entry = {
        "supports": str(s.supports_id),
        "relation": s.relation,
        "age": age_on(s.birth_date, as_of) if s.birth_date else None,
        "annual_support": f"{s.annual_support:.2f}",
    }
    return _known(entry)


def _amounts(fact: Income | SharedIncome | Spending | models.Model | None, names: tuple[str, ...]) -> dict[str, str]:
    """The amounts that are not zero, as text."""
    amounts: dict[str, Decimal] = {name: getattr(fact, name) for name in names} if fact else {}
    return {name: f"{amount:.2f}" for name, amount in amounts.items() if amount}


def _known(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if value not in (None, "", [], {})}

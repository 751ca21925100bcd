"""What departments gave and arranged as they should: insurance subsidies, allowances, job help, seasonal items, care.

Fillers for ``background``: each completes one household where no recipe has said that it lacks. None uses chance.
``unlisted`` of the person (of the head, for what a household gets) names what a recipe keeps away: a feed, a table of
records, or an item of the assistance catalogue.
"""

from __future__ import annotations

from datetime import date, timedelta

from doudi.engine.synth.context import CARE_FAILED, INSURANCE_CONTRIBUTION, SEVERE_GRADE, Context
from doudi.engine.synth.model import Card, Household, Listing, Person, Record

_FOUR_GROUPS = ("DIBAO", "TEKUN", "MARGIN", "RIGID")
_EMPLOYMENT_GROUPS = ("DIBAO", "MARGIN", "RIGID")
_ALWAYS = ("0000-00", "9999-12")
_ALLOWANCE = 8000


def insurance(context: Context, household: Household) -> None:
    """Everybody covered is insured this year and was last year, the contribution fully subsidised."""
    for member in household.members:
        person = member.person
        if member.category is None and member.fanpin is None:
            continue
        if "insurance_enrolment" in person.unlisted or _listed(person, "insurance_enrolment"):
            continue
        for year in (context.as_of.year - 1, context.as_of.year):
            values = {
                "insurance_year": year,
                "enrolled": True,
                "contribution": INSURANCE_CONTRIBUTION * 100,
                "subsidy": INSURANCE_CONTRIBUTION * 100,
                "enrolled_on": date(year - 1, 12, 1),
            }
            person.listings.append(Listing("insurance_enrolment", values, *_ALWAYS))


def allowances(context: Context, household: Household) -> None:
    """Covered holders of a valid card have the living allowance (低保) and, severely disabled, the care allowance."""
    for member in household.members:
        person = member.person
        card = valid_card(person, context.as_of)
        if card is None or member.category is None or "disability_allowance" in person.unlisted:
            continue
        due = {"living": member.category == "DIBAO", "care": card.grade <= SEVERE_GRADE}
        for kind in (kind for kind, is_due in due.items() if is_due):
            values = {"kind": kind, "from_on": card.issued_on, "monthly": _ALLOWANCE}
            person.listings.append(Listing("disability_allowance", values, f"{card.issued_on:%Y-%m}", _ALWAYS[1]))


def job_help(context: Context, household: Household) -> None:
    """A family without anybody at work has been given individual help to find some."""
    if household.category in _EMPLOYMENT_GROUPS and not any(m.person.employed for m in household.members):
        _give(household, "J10", context.first - timedelta(days=60), "HRSS")


def seasonal_items(context: Context, household: Household) -> None:
    """Heating in the season that runs or ran last, the utility subsidy, and the funeral fees of the dead."""
    if household.category not in _FOUR_GROUPS:
        return
    year = context.first.year if context.first.month >= 11 else context.first.year - 1
    _give(household, "O01", date(year, 11, 10), "CIVIL_AFFAIRS")
    _give(household, "O03", context.first - timedelta(days=40), "CIVIL_AFFAIRS")
    for member in household.members:
        died_on = member.person.death.died_on if member.person.death else member.person.died_on
        if died_on is not None:
            _give(household, "O02", died_on, "CIVIL_AFFAIRS")


def care(context: Context, household: Household) -> None:
    """Whoever cannot care for himself is cared for under an order."""
    for member in household.members:
        person = member.person
        if member.category and person.self_care_failed_items >= CARE_FAILED and "care_orders" not in person.unlisted:
            values = {"kind": "care", "from_on": context.first - timedelta(days=365)}
            household.records.append(Record("care_orders", values, person))


def deliveries(context: Context) -> list[Record]:
    """The funeral list of the month, in time for its comparison (SUP-06); the recipes say what of the others."""
    return [delivery(context, "funeral", context.first + timedelta(days=27))]


def delivery(context: Context, feed: str, received_on: date) -> Record:
    values = {
        "division": context.county,
        "feed": feed,
        "period": context.month(1),
        "received_on": received_on,
        "rows": 20,
        "accepted": 20,
        "quarantined": 0,
    }
    return Record("deliveries", values)


def screening(context: Context) -> list[Record]:
    """A screening of the county as a whole that is complete, last year and this year."""
    return [
        Record("campaigns", {"division": context.county, "year": year, "households": 100, "done": 100})
        for year in (context.first.year - 1, context.first.year)
    ]


def valid_card(person: Person, day: date) -> Card | None:
    """The card that the federation holds for valid on ``day``."""
    held = [card for card in person.cards if card.issued_on <= day]
    card = max(held, key=lambda one: one.issued_on, default=None)
    if (
        card is None
        or (card.valid_until and card.valid_until < day)
        or (card.cancelled_on and card.cancelled_on <= day)
    ):
        return None
    return card


def _give(household: Household, item: str, given_on: date, department: str) -> None:
    if item not in household.head.unlisted:
        values = {"item": item, "given_on": given_on, "department": department}
        household.records.append(Record("assistance", values))


def _listed(person: Person, feed: str) -> bool:
    return any(listing.feed == feed for listing in person.listings)


FILLERS = (insurance, allowances, job_help, seasonal_items, care)
OFFICES = (deliveries, screening)

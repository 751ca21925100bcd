"""Who keeps whom, who was visited, who has left: the records and lists behind which nobody is overlooked.

Fillers for ``background``: each completes one household where no recipe has said what stands there. None uses chance.
"""

from __future__ import annotations

from datetime import timedelta

from doudi.engine.synth.context import ADULT_AGE, SEVERE_GRADE, Context
from doudi.engine.synth.model import Household, Listing, Member, Person, Record

_ELDER, _WORKING = 60, 16
_REVIEWS, _REVIEW_SPAN = {"MARGIN": "margin_annual", "RIGID": "rigid_recognition"}, 200
_LATEST_VISIT, _VISIT_SPAN = 5, 40
"""Days before the month in which uncovered families were last visited: always less than three months ago."""


def supporters(context: Context, household: Household) -> None:
    """The supporters of the collection form, and one who is able for everybody else who could not live alone."""
    named = {supporter.supports.person_no for supporter in household.supporters}
    for supporter in household.supporters:
        values = {
            "relation": supporter.relation,
            "age": supporter.age,
            "annual_support": supporter.annual_support,
            "able": supporter.supports.supporter_able,
        }
        household.records.append(Record("supporters", values, supporter.supports))
    for member in household.members:
        person = member.person
        if "supporters" in person.unlisted or person.person_no in named or not person.has_legal_supporter:
            continue
        age = person.age(context.as_of)
        if age >= _ELDER:
            relation, years = "child", age - 25
        elif age < _WORKING:
            relation, years = "parent", age + 26
        elif person.disability_grade:
            relation, years = "spouse", min(age, _ELDER - 1)
        else:
            continue
        values = {"relation": relation, "age": years, "annual_support": 0, "able": person.supporter_able}
        household.records.append(Record("supporters", values, person))


def visits(context: Context, household: Household) -> None:
    """Families outside 低保 and 特困 were visited at home within the last two months."""
    if household.category in ("DIBAO", "TEKUN") or _recorded(household, "visits"):
        return
    days = _LATEST_VISIT + household.head.person_no % _VISIT_SPAN
    values = {
        "visited_on": context.first - timedelta(days=days),
        "method": "HOME",
        "outcome": "WATCH",
        "other_difficulty": False,
    }
    household.records.append(Record("visits", values))


def exits(context: Context, household: Household) -> None:
    """When a family of the retained register left, and from which category."""
    if household.register != "RETAINED" or _recorded(household, "exits"):
        return
    left = household.history[-1]
    household.records.append(Record("exits", {"kind": "exited", "category": left.before, "left_on": left.on}))


def reviews(context: Context, household: Household) -> None:
    """A margin family's yearly review and a 刚性支出 recognition, at most seven months ago."""
    kind = _REVIEWS.get(household.category or "")
    if kind is None or _recorded(household, "reviews"):
        return
    last_on = context.first - timedelta(days=_LATEST_VISIT + household.head.person_no % _REVIEW_SPAN)
    household.records.append(Record("reviews", {"kind": kind, "last_on": last_on}))


def wards(context: Context, household: Household) -> None:
    """Children whose parents are both severely disabled or seriously ill are 事实无人抚养儿童, and cared for."""
    parents = [member for member in household.members if member.relation in ("head", "spouse")]
    if len(parents) < 2 or not all(_cannot_care(member) for member in parents):
        return
    for member in household.members:
        person = member.person
        if member.relation == "child" and person.age(context.as_of) < ADULT_AGE and _is_free(person, "child_welfare"):
            values = {"kind": "unsupported", "from_on": context.first - timedelta(days=200)}
            person.listings.append(Listing("child_welfare", values, "0000-00", "9999-12"))


def _cannot_care(parent: Member) -> bool:
    return parent.person.serious_illness or (parent.person.disability_grade or 9) <= SEVERE_GRADE


def _is_free(person: Person, feed: str) -> bool:
    return feed not in person.unlisted and all(listing.feed != feed for listing in person.listings)


def _recorded(household: Household, table: str) -> bool:
    return table in household.head.unlisted or any(record.table == table for record in household.records)


FILLERS = (supporters, visits, exits, reviews, wards)

"""Households and persons in an actor's scope: list, search, one file."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, require, restrict, scope_of
from doudi.apps.base.crypto import keys
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.base.scoped import level_codes
from doudi.apps.registry.models import Household, Membership, Person
from doudi.engine.identity import check_id_number

SEARCH_LIMIT = 20


@dataclass(frozen=True)
class HouseholdFilters:
    """The search form of the list. Empty text: not filtered. ``division`` is a township or village code."""

    name: str = ""
    id_number: str = ""
    id_last6: str = ""
    household_no: str = ""
    category: str = ""
    register: str = ""
    area: str = ""
    division: str = ""


def household_list(
    actor: User, filters: HouseholdFilters | None = None, cursor: str | None = None, *, size: int = 20
) -> Page:
    """One page of the households that the actor may see, by id (keyset); needs ``household.list``."""
    require(actor, "household.list")
    return paginate(_matching(_in_scope(actor), filters or HouseholdFilters()), order=["id"], cursor=cursor, size=size)


def household_get(actor: User, household_id: int) -> Household:
    """The household, or :class:`NotFound` if it is not there or outside the actor's scope."""
    return _one(actor, Q(pk=household_id))


def household_by_no(actor: User, household_no: str) -> Household:
    """The household with this number, or :class:`NotFound`."""
    return _one(actor, Q(household_no=household_no))


def person_get(actor: User, person_id: int) -> tuple[Person, Household]:
    """A person and the household through which the actor may see him (an active membership before a past one)."""
    require(actor, "household.read")
    rows = restrict(
        Membership.objects.filter(person_id=person_id), actor, prefix="household__", household="household_id"
    )
    newest = F("to_date").desc(nulls_first=True)
    membership = rows.select_related("person", "household").order_by(newest, "id").first()
    if membership is None:
        raise NotFound()
    return membership.person, membership.household


def search(actor: User, text: str) -> list[Household]:
    """The global search: an ID number, its last six, a household number or a name; at most 20 households in scope."""
    text = text.strip()
    if not text or not (may(actor, "household.list") or may(actor, "household.read")):
        return []
    rows = _in_scope(actor).filter(_matches_text(text))
    return list(rows.select_related("head").order_by("id")[:SEARCH_LIMIT])


def in_reach(actor: User, division_code: str) -> bool:
    """Whether the division lies in one of the subtrees that the actor holds."""
    codes = level_codes(division_code)
    return any(codes[column] == code for column, code in scope_of(actor).divisions)


def _in_scope(actor: User) -> QuerySet[Household]:
    return restrict(Household.objects.all(), actor, household="pk")


def _one(actor: User, which: Q) -> Household:
    require(actor, "household.read")
    household = _in_scope(actor).select_related("head").filter(which).first()
    if household is None:
        raise NotFound()
    return household


def _matching(rows: QuerySet[Household], filters: HouseholdFilters) -> QuerySet[Household]:
    for name in ("category", "register", "area"):
        if value := getattr(filters, name):
            rows = rows.filter(**{name: value})
    if filters.division:
        column, code = next((c, v) for c, v in reversed(level_codes(filters.division).items()) if v)
        rows = rows.filter(**{column: code})
    if filters.household_no:
        rows = rows.filter(household_no=filters.household_no.strip())
    if filters.id_number:
        rows = rows.filter(_with_number(filters.id_number))
    if filters.id_last6:
        rows = rows.filter(_with_person(id_last6_token=_last6_token(filters.id_last6)))
    if filters.name:
        rows = rows.filter(_by_name(filters.name.strip()))
    return rows


def _matches_text(text: str) -> Q:
    if check_id_number(text).ok:
        return _with_number(text)
    by_number = Q(household_no=text)
    if len(text) == 6 and text[:5].isdigit():
        return by_number | _with_person(id_last6_token=_last6_token(text))
    return by_number if text.isascii() else by_number | _by_name(text)


def _by_name(text: str) -> Q:
    """Any member by the beginning of the name; one character alone means the head's: it fits a tenth of the county."""
    return Q(head_name__startswith=text) if len(text) < 2 else _with_person(name__startswith=text)


def _with_person(**which: str) -> Q:
    return Q(
        pk__in=Membership.objects.filter(person__in=Person.objects.filter(**which), to_date=None).values("household_id")
    )


def _with_number(text: str) -> Q:
    """Households of the person with this number, and where he was merged of the one who remains."""
    token = _id_token(text)
    return _with_person(id_token=token) | _with_person(merged__id_token=token)


def _id_token(text: str) -> str:
    number = check_id_number(text).number
    return keys().token_of("id_number", number) if number else ""


def _last6_token(text: str) -> str:
    return keys().token_of("id_last6", text.strip().upper())

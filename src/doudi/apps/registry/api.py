"""Households for signed-in programs: the same scope, masking, refusals and log as the pages."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from doudi.apps.accounts.scope import require
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.registry import queries

router = Router(tags=["households"])


class MemberOut(Schema):
    name: str
    relation: str
    age: int
    categories: list[str]
    disability: str
    illness: str
    employment: str
    study: str
    income_year: Decimal | None


class HouseholdOut(Schema):
    """``head_name`` and ``address`` as the caller may see them; ``monthly_benefit`` null where he may not see money."""

    household_no: str
    head_name: str
    township: str
    village: str
    address: str
    area: str
    category: str
    register_status: str = Field(alias="register")
    member_count: int
    monthly_benefit: Decimal | None


class HouseholdDetail(HouseholdOut):
    members: list[MemberOut]


class HouseholdPage(Schema):
    """``count`` is capped at 1,000 (``capped``); ``next`` is the cursor of the next page."""

    items: list[HouseholdOut]
    count: int
    capped: bool
    next: str | None


@router.get("/", response=HouseholdPage, summary="家庭列表")
def households(request: HttpRequest, q: str = "", cursor: str | None = None) -> dict[str, object]:
    """The households in the caller's scope; ``q`` as in the global search (then at most 20, one page)."""
    if q.strip():
        require(request.user, "household.list")
        rows = queries.search(request.user, q[:40])
        return {"items": queries.shown_many(request.user, rows), "count": len(rows), "capped": False, "next": None}
    page = queries.household_list(request.user, cursor=cursor)
    items = queries.shown_many(request.user, page.rows)
    return {"items": items, "count": page.count, "capped": page.capped, "next": page.next}


@router.get("/{household_no}", response=HouseholdDetail, summary="家庭档案")
def household(request: HttpRequest, household_no: str) -> dict[str, object]:
    """One household with its members. Reading it is logged."""
    found = queries.household_by_no(request.user, household_no)
    record(
        Action.READ,
        actor=request.user,
        object_type="household",
        object_id=found.pk,
        household_id=found.pk,
        county_code=found.county_code,
        detail={"via": "api"},
    )
    members = queries.household_members(request.user, found)
    return {**vars(queries.shown(request.user, found)), "members": [vars(member) for member in members]}

"""Decisions in the actor's scope."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.determination.models import ArrearsLine, ArrearsList, Decision
from doudi.apps.policy import queries as policy

_SIGNS = {"underpaid": "due__gt", "overpaid": "due__lt"}
_LARGE = ("inputs", "standards", "amendments", "basis", "result")


def decision_get(actor: User, decision_id: int) -> Decision:
    """A decision in the actor's scope with its household, or :class:`NotFound`."""
    require(actor, "decision.read")
    rows = _in_scope(actor).select_related("household", "computed_by__unit", "decided_by__unit")
    decision = rows.filter(pk=decision_id).first()
    if decision is None:
        raise NotFound()
    return decision


def decisions_of_household(actor: User, household_id: int) -> list[Decision]:
    """A household's decisions, newest first."""
    rows = _in_scope(actor).filter(household_id=household_id).select_related("computed_by", "decided_by")
    return list(rows.defer(*_LARGE).order_by("-computed_at", "-id"))


def decision_list(actor: User, state: str = "", cursor: str | None = None) -> Page:
    """One page of the decisions in scope, newest first; needs ``decision.read``."""
    require(actor, "decision.read")
    rows = _in_scope(actor).select_related("household", "computed_by", "decided_by")
    if state:
        rows = rows.filter(state=state)
    return paginate(rows.defer(*_LARGE), order=["-id"], cursor=cursor)


def numbers_used(decision: Decision) -> list[dict[str, Any]]:
    """The local numbers that a decision was computed with: parameter, area, value, valid_from, document, is_sample."""
    rows = decision.basis or policy.in_force(decision.household.county_code, decision.as_of).basis()
    return [{**row, "valid_from": dt.date.fromisoformat(row["valid_from"])} for row in rows]


def _in_scope(actor: User) -> QuerySet[Decision]:
    return restrict(Decision.objects.all(), actor, prefix="household__", household="household_id")


def arrears_list(actor: User, change_id: int | None = None, cursor: str | None = None) -> Page:
    """Lists of 补发 and 追缴 in the divisions where the actor may read them, newest first; of one change, if given."""
    require(actor, "arrears.read")
    rows = _arrears_within(actor).select_related("requested_by", "change")
    if change_id is not None:
        rows = rows.filter(change_id=change_id)
    return paginate(rows, order=["-id"], cursor=cursor)


def arrears_get(actor: User, arrears_id: int) -> ArrearsList:
    """One list, or :class:`NotFound`."""
    require(actor, "arrears.read")
    found = _arrears_within(actor).select_related("requested_by", "change").filter(pk=arrears_id).first()
    if found is None:
        raise NotFound()
    return found


def arrears_lines(actor: User, arrears: ArrearsList, kind: str = "") -> QuerySet[ArrearsLine]:
    """The lines of households in the actor's scope, by household and month; ``kind``: underpaid or overpaid."""
    require(actor, "arrears.read")
    rows = restrict(ArrearsLine.objects.filter(arrears=arrears), actor, prefix="household__", household="household_id")
    if kind in _SIGNS:
        rows = rows.filter(**{_SIGNS[kind]: 0})
    return rows.select_related("household").order_by("household_id", "month")


def _arrears_within(actor: User) -> QuerySet[ArrearsList]:
    reach = Q(pk__in=[])
    for code in policy.divisions_of(actor, "arrears.read"):
        reach |= Q(division__startswith=policy.stem(code)) | Q(division__in=policy.above(code))
    return ArrearsList.objects.filter(reach)

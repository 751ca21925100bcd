"""Decisions in the actor's scope."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.determination.models import Decision
from doudi.apps.policy import queries as policy

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

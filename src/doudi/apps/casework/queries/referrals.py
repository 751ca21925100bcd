"""Referrals: a department sees those to its own unit, an office those of its divisions."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict, scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.casework.models import Referral


@dataclass(frozen=True, slots=True)
class ReferralFilters:
    """``state`` '' all, OPEN what the department still has to do; ``overdue`` past its limit now."""

    state: str = ""
    overdue: bool = False
    item: str = ""
    unit: int | None = None
    township: str = ""
    q: str = ""


TO_DO = ("SENT", "ACCEPTED")


def overdue() -> Q:
    """Not signed for, or not answered, by its day."""
    today = clock.today()
    return Q(state="SENT", accept_due_on__lt=today) | Q(state__in=TO_DO, handle_due_on__lt=today)


def is_department(actor: User) -> bool:
    """Whether the actor's reach is his unit's inbox and nothing else."""
    scope = scope_of(actor)
    return scope.by_unit and not scope.divisions


def visible(actor: User) -> QuerySet[Referral]:
    """Division reach, and what was sent to the actor's own unit."""
    scope = scope_of(actor)
    reach = scope.condition()
    if scope.by_unit:
        reach |= Q(to_unit_id=scope.unit_id)
    return Referral.objects.filter(reach)


def referral_list(*, actor: User, filters: ReferralFilters | None = None, cursor: str | None = None) -> Page:
    """One page of referrals, newest first."""
    require(actor, "referral.list")
    wanted = filters or ReferralFilters()
    columns = {"item": wanted.item, "to_unit_id": wanted.unit, "township_code": wanted.township}
    rows = visible(actor).filter(**{name: value for name, value in columns.items() if value})
    if wanted.state == "OPEN":
        rows = rows.filter(state__in=TO_DO)
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.overdue:
        rows = rows.filter(overdue())
    if text := wanted.q.strip():
        by_number = Q(referral_no__startswith=text.upper()) | Q(household__household_no=text)
        # a department knows families by number only: a search by name would tell it who else is in need
        rows = rows.filter(by_number if is_department(actor) else by_number | Q(household__head_name__startswith=text))
    rows = rows.select_related("household", "to_unit", "sent_by__unit")
    return paginate(rows, order=("-sent_at", "-id"), cursor=cursor)


def referral_get(*, actor: User, referral_id: int) -> Referral:
    """One referral; :class:`NotFound` outside the actor's divisions and unit."""
    require(actor, "referral.list")
    rows = visible(actor).select_related("household", "person", "alert", "to_unit", "sent_by__unit", "handled_by")
    referral = rows.filter(pk=referral_id).first()
    if referral is None:
        raise NotFound()
    return referral


def referrals_of_alert(*, actor: User, alert_id: int) -> list[Referral]:
    rows = restrict(Referral.objects.all(), actor).filter(alert_id=alert_id)
    return list(rows.select_related("to_unit").order_by("sent_at"))


def referrals_of_household(*, actor: User, household_id: int) -> list[Referral]:
    """For the household's page, newest first."""
    rows = visible(actor).filter(household_id=household_id).select_related("to_unit")
    return list(rows.order_by("-sent_at")[:100])

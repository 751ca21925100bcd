"""Matters of supervision that an actor may see: list, one, counters."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, require, restrict
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.base.scoped import level_codes
from doudi.apps.monitoring.models import SupervisionItem
from doudi.apps.monitoring.states import SUPERVISION


@dataclass(frozen=True, slots=True)
class SupervisionFilters:
    """What the list is narrowed to; '' means all. ``state`` may also be LIVE, ``q`` an item's or a matter's number."""

    state: str = ""
    rule: str = ""
    division: str = ""
    period: str = ""
    overdue: bool = False
    vanished: bool = False
    q: str = ""

    def condition(self) -> Q:
        columns = {"rule": self.rule, "period": self.period}
        condition = Q(**{name: value for name, value in columns.items() if value})
        if self.division:
            column, code = next(item for item in reversed(level_codes(self.division).items()) if item[1])
            condition &= Q(**{column: code})
        if self.state == "LIVE":
            condition &= LIVE
        elif self.state:
            condition &= Q(state=self.state)
        if self.overdue:
            condition &= late()
        if self.vanished:
            condition &= LIVE & Q(vanished_at__isnull=False)
        if text := self.q.strip():
            condition &= Q(item_no__startswith=text.upper()) | Q(matter__startswith=text)
        return condition


LIVE = Q(state__in=[state.code for state in SUPERVISION.states if not state.final])


def late() -> Q:
    """Nobody has answered within the deadline."""
    return Q(state="OPEN", due_on__lt=clock.today())


def supervision_list(
    *, actor: User, filters: SupervisionFilters | None = None, cursor: str | None = None, size: int = 20
) -> Page:
    """One page of matters in the actor's divisions, newest first."""
    require(actor, "supervision.read")
    rows = _visible(actor).filter((filters or SupervisionFilters()).condition())
    return paginate(rows.select_related("answered_by"), order=("-created_at", "-id"), cursor=cursor, size=size)


def supervision_rows(
    *, actor: User, filters: SupervisionFilters | None = None, most: int = 20_000
) -> list[SupervisionItem]:
    """The matters of the list without pages, for a workbook; at most ``most``."""
    require(actor, "supervision.read")
    rows = _visible(actor).filter((filters or SupervisionFilters()).condition())
    return list(rows.select_related("answered_by", "closed_by").order_by("-created_at", "-id")[:most])


def supervision_get(*, actor: User, item_id: int) -> SupervisionItem:
    """One matter; :class:`NotFound` outside the actor's divisions."""
    require(actor, "supervision.read")
    rows = _visible(actor).select_related("household", "answered_by", "closed_by", "run")
    item = rows.filter(pk=item_id).first()
    if item is None:
        raise NotFound()
    return item


def supervision_counters(actor: User) -> dict[str, int]:
    """Live matters in the actor's divisions: in all, by state, ``overdue`` and ``vanished``."""
    if not may(actor, "supervision.read"):
        return {}
    wanted = {
        "live": LIVE,
        "overdue": late(),
        "vanished": LIVE & Q(vanished_at__isnull=False),
        **{state.code: Q(state=state.code) for state in SUPERVISION.states if not state.final},
    }
    rows = _visible(actor).filter(LIVE)
    return rows.aggregate(**{name: Count("pk", filter=condition) for name, condition in wanted.items()})


def _visible(actor: User) -> QuerySet[SupervisionItem]:
    return restrict(SupervisionItem.objects.all(), actor)

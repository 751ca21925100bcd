"""Alerts that an actor may see: list, one, and those of a household."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, require, restrict, scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.base.scoped import level_codes
from doudi.apps.divisions import queries as divisions
from doudi.apps.monitoring.models import Alert
from doudi.apps.monitoring.states import ALERT, UNCHECKED

# Named one by one, so that the indexes by state serve.
OPEN = Q(state__in=[state.code for state in ALERT.states if not state.final])


@dataclass(frozen=True, slots=True)
class AlertFilters:
    """What the list is narrowed to; '' means all.

    ``division`` is a code of any level, ``state`` may also be OPEN, ``q`` an alert number or the beginning of a name.
    """

    alert_class: str = ""
    division: str = ""
    severity: str = ""
    state: str = ""
    indicator: str = ""
    township: str = ""
    village: str = ""
    period: str = ""
    overdue: bool = False
    assignee: int | None = None
    q: str = ""

    def condition(self) -> Q:
        columns = {
            "alert_class": self.alert_class,
            "severity": self.severity,
            "indicator": self.indicator,
            "township_code": self.township,
            "village_code": self.village,
            "period": self.period,
            "assignee_id": self.assignee,
        }
        condition = Q(**{name: value for name, value in columns.items() if value not in ("", None)})
        if self.division:
            column, code = next(item for item in reversed(level_codes(self.division).items()) if item[1])
            condition &= Q(**{column: code})
        if self.state == "OPEN":
            condition &= OPEN
        elif self.state:
            condition &= Q(state=self.state)
        if self.overdue:
            condition &= overdue()
        text = self.q.strip()
        if re.fullmatch(r"(?i)yj-[\d-]+", text):
            condition &= Q(alert_no__startswith=text.upper())
        elif text:
            condition &= Q(subject_name__startswith=text)
        return condition


def overdue() -> Q:
    """Alerts that nobody has checked within their deadline; what follows the check has clocks of its own."""
    return Q(state__in=UNCHECKED, due_on__lt=clock.today())


def visible(actor: User) -> QuerySet[Alert]:
    """All alerts that the actor may read: his divisions' and those of the households of his tasks."""
    if not may(actor, "alert.read"):
        return Alert.objects.none()
    return restrict(Alert.objects.all(), actor, household="household_id")


def alert_list(*, actor: User, filters: AlertFilters | None = None, cursor: str | None = None, size: int = 20) -> Page:
    """One page of alerts, newest first."""
    require(actor, "alert.list")
    rows = restrict(Alert.objects.all(), actor).filter((filters or AlertFilters()).condition())
    return paginate(rows.select_related("assignee"), order=("-created_at", "-id"), cursor=cursor, size=size)


def alert_get(*, actor: User, alert_id: int) -> Alert:
    """One alert with household, person and assignee; :class:`NotFound` outside the actor's scope."""
    return _one(actor, pk=alert_id)


def alert_by_no(*, actor: User, alert_no: str) -> Alert:
    """One alert by its number; :class:`NotFound` outside the actor's scope."""
    return _one(actor, alert_no=alert_no.strip().upper())


def open_alerts_of_household(*, actor: User, household_id: int) -> list[Alert]:
    """The household's alerts that are not closed, strictest deadline first."""
    rows = visible(actor).filter(household_id=household_id).filter(OPEN)
    return list(rows.select_related("assignee", "person").order_by("due_on", "id"))


def alerts_of_household(*, actor: User, household_id: int) -> list[Alert]:
    """The household's alerts, open ones first, at most a hundred."""
    rows = visible(actor).filter(household_id=household_id).select_related("assignee", "person")
    return list(rows.order_by(F("closed_at").desc(nulls_first=True), "-created_at", "-id")[:100])


def divisions_below(actor: User) -> list[tuple[str, str]]:
    """(code, name) of the divisions right below those that the actor holds, for the list's form."""
    held = sorted({code for _, code in scope_of(actor).divisions})
    return [(below.code, below.name) for code in held for below in divisions.children(code)]


def _one(actor: User, **key: Any) -> Alert:
    require(actor, "alert.read")
    alert = visible(actor).select_related("household", "person", "assignee__unit").filter(**key).first()
    if alert is None:
        raise NotFound()
    return alert

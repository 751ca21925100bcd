"""The access log as its readers see it: the auditor that of his divisions, the security administrator all of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, scope_of
from doudi.apps.audit.models import AccessLog, Action
from doudi.apps.base.paging import Page, paginate


@dataclass(frozen=True)
class LogFilters:
    """``who``: part of a name; ``about``: an exact object number or user name; days are inclusive, local."""

    action: str = ""
    who: str = ""
    about: str = ""
    household_id: int | None = None
    since: dt.date | None = None
    until: dt.date | None = None


def log_page(*, actor: User, filters: LogFilters, cursor: str | None = None, size: int = 50) -> Page:
    """The newest accesses first. Raises :class:`Refused` without ``audit.read``."""
    require(actor, "audit.read")
    rows = AccessLog.objects.filter(_sight(actor), _condition(filters))
    return paginate(rows, order=["-id"], cursor=cursor, size=size)


def failed_logins_from(address: str, since: dt.datetime) -> int:
    """Failed log-ins from one address, all user names together."""
    return AccessLog.objects.filter(at__gte=since, action=Action.LOGIN_FAILED, address=address).count()


def _sight(actor: User) -> Q:
    scope = scope_of(actor)
    if "SEC_ADMIN" in scope.roles:
        return Q()
    reach = Q(pk__in=[])
    for column, code in sorted(scope.divisions):
        if column == "county_code":
            reach |= Q(county_code=code)
        elif column in ("province_code", "city_code"):
            reach |= Q(county_code__startswith=code[: 2 if column == "province_code" else 4])
    return reach


def _condition(filters: LogFilters) -> Q:
    condition = Q()
    if filters.action:
        condition &= Q(action=filters.action)
    if filters.who:
        condition &= Q(actor_name__icontains=filters.who)
    if filters.about:
        condition &= Q(object_id=filters.about)
    if filters.household_id is not None:
        condition &= Q(household_id=filters.household_id)
    if filters.since:
        condition &= Q(at__gte=_midnight(filters.since))
    if filters.until:
        condition &= Q(at__lt=_midnight(filters.until + dt.timedelta(days=1)))
    return condition


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))

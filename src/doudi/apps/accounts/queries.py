"""Accounts as administrators see them, and an officer's own. No business data stands here."""

from __future__ import annotations

from django.db.models import Q

from doudi.apps.accounts.models import Unit, User
from doudi.apps.accounts.scope import require, scope_of
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.divisions.models import Level
from doudi.apps.divisions.queries import choices


def user_page(*, actor: User, q: str = "", role: str = "", active: str = "", cursor: str | None = None) -> Page:
    """Users by user name, with their roles; filters by part of a name, role, and '1' or '0' for active."""
    require(actor, "user.manage")
    rows = User.objects.select_related("unit").prefetch_related("role_grants")
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(username__icontains=q))
    if role:
        rows = rows.filter(pk__in=User.objects.filter(role_grants__role=role).values("pk"))
    if active:
        rows = rows.filter(is_active=active == "1")
    return paginate(rows, order=["username"], cursor=cursor)


def user_get(*, actor: User, user_id: int) -> User:
    """One user with unit and roles."""
    require(actor, "user.manage")
    user = User.objects.select_related("unit").prefetch_related("role_grants").filter(pk=user_id).first()
    if user is None:
        raise NotFound("没有这个用户。")
    return user


def unit_page(*, actor: User, q: str = "", cursor: str | None = None) -> Page:
    """Units by division, filtered by part of their name."""
    require(actor, "user.manage")
    rows = Unit.objects.filter(name__icontains=q) if q else Unit.objects.all()
    return paginate(rows, order=["division_id", "id"], cursor=cursor)


def division_choices(*, actor: User, level: Level) -> list[tuple[str, str]]:
    """[(code, name)] of one level inside the actor's own division reach, for filters; fails closed."""
    return choices(level=level, within=sorted(code for _, code in scope_of(actor).divisions))

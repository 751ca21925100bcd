"""Users and units: made, disabled, passwords reset. The one-time password is returned once and kept nowhere."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

import pghistory
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from doudi.apps.accounts.models import Unit, User
from doudi.apps.accounts.roles import DEPARTMENTS, ROLES
from doudi.apps.accounts.scope import require
from doudi.apps.accounts.services.grants import check_grant
from doudi.apps.accounts.services.sessions import normal_username
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.divisions.queries import division_get, division_path

_USERNAME = re.compile(r"[a-z][a-z0-9_.-]{2,39}")
_READABLE = ("abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789")


def one_time_password() -> str:
    """Twelve characters of three kinds, without those that look alike."""
    drawn = [secrets.choice(kind) for kind in _READABLE for _ in range(4)]
    secrets.SystemRandom().shuffle(drawn)
    return "".join(drawn)


@transaction.atomic
def user_create(
    *, actor: User, username: str, name: str, unit_id: int, grants: Sequence[tuple[str, str]] = ()
) -> tuple[User, str]:
    """A user with ``grants`` [(role, division code or '')] and a one-time password, to be changed at first log-in."""
    require(actor, "user.manage")
    user, password = make_user(username=username, name=name, unit_id=unit_id)
    with pghistory.context(actor=actor.pk, action="user.create"):
        user.save()
        for role, division_code in grants:
            check_grant(user, role, division_code).save()
    held = "、".join(f"{ROLES[g.role].label}（{division_path(g.division_id)}）" for g in user.role_grants.all())
    _record(actor, user, f"新建用户：{user.name}；角色：{held or '无'}")
    return user, password


def make_user(
    *, username: str, name: str, unit_id: int, password: str = "", must_change: bool = True
) -> tuple[User, str]:
    """The unsaved user with a hashed password (a new one-time one for ''), or :class:`Invalid` naming the field."""
    username, name = normal_username(username), name.strip()
    if not _USERNAME.fullmatch(username):
        raise Invalid("用户名须以字母开头，由 3 至 40 位小写字母、数字、点、横线或下划线组成", where="username")
    if User.objects.filter(username=username).exists():
        raise Invalid(f"用户名 {username} 已被使用", where="username", hint="请换一个用户名")
    if not name:
        raise Invalid("请填写姓名", where="name")
    unit = Unit.objects.filter(pk=unit_id, valid_until=None).first()
    if unit is None:
        raise Invalid("没有这个单位，或单位已撤销", where="unit", hint="请从列表中选择")
    password = password or one_time_password()
    user = User(username=username, name=name, unit=unit, must_change_password=must_change)
    user.set_password(password)
    return user, password


@transaction.atomic
def user_disable(*, actor: User, user_id: int) -> User:
    """Close the account: its sessions end with their next request. History keeps its name."""
    user = _other(actor, user_id, "不能停用本人的账号。")
    if not user.is_active:
        raise Conflict("该账号已停用。")
    return _switch(actor, user, active=False)


@transaction.atomic
def user_enable(*, actor: User, user_id: int) -> User:
    """Open a closed account again, with the roles it had."""
    user = _other(actor, user_id, "不能启用本人的账号。")
    if user.is_active:
        raise Conflict("该账号已是启用状态。")
    return _switch(actor, user, active=True)


@transaction.atomic
def user_reset_password(*, actor: User, user_id: int) -> tuple[User, str]:
    """A new one-time password; the old one and all sessions end, the lock after wrong guesses is lifted."""
    user = _other(actor, user_id, "本人密码请在“修改密码”中办理。")
    password = one_time_password()
    user.set_password(password)
    user.must_change_password = True
    with pghistory.context(actor=actor.pk, action="user.reset_password"):
        user.save(update_fields=["password", "must_change_password"])
    from axes.utils import reset

    reset(username=user.username)
    _record(actor, user, "重置密码")
    return user, password


@transaction.atomic
def password_change(*, actor: User, old: str, new: str) -> User:
    """The officer's own new password, by the rules; it differs from the old one. His other sessions end."""
    user = User.objects.select_for_update(of=("self",)).select_related("unit").get(pk=actor.pk)
    if not user.check_password(old):
        raise Invalid("原密码不正确", where="old")
    if user.check_password(new):
        raise Invalid("新密码不得与原密码相同", where="new")
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise Invalid("".join(error.messages), where="new") from error
    user.set_password(new)
    user.must_change_password = False
    user.password_changed_at = clock.now()
    with pghistory.context(actor=user.pk, action="user.password"):
        user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    _record(user, user, "修改本人密码")
    return user


@transaction.atomic
def unit_create(*, actor: User, division_code: str, department: str, name: str) -> Unit:
    """A unit of a department at a division."""
    require(actor, "user.manage")
    division = division_get(division_code)
    if division is None or division.valid_until is not None:
        raise Invalid("没有这个区划", where="division", hint="请填写 12 位区划代码")
    if department not in DEPARTMENTS:
        raise Invalid("没有这个部门", where="department", hint="请从列表中选择")
    if not name.strip():
        raise Invalid("请填写单位名称", where="name")
    unit, created = Unit.objects.get_or_create(division=division, department=department, name=name.strip())
    if not created:
        raise Invalid("该区划下已有同名单位", where="name", hint="请直接使用已有单位")
    record(Action.ADMIN, actor=actor, object_type="unit", object_id=unit.pk, reason=f"新建单位：{unit.name}")
    return unit


def _other(actor: User, user_id: int, own: str) -> User:
    require(actor, "user.manage")
    if actor.pk == user_id:
        raise Refused(own)
    user = User.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=user_id).first()
    if user is None:
        raise NotFound()
    return user


def _switch(actor: User, user: User, *, active: bool) -> User:
    user.is_active = active
    with pghistory.context(actor=actor.pk, action="user.enable" if active else "user.disable"):
        user.save(update_fields=["is_active"])
    _record(actor, user, "启用账号" if active else "停用账号")
    return user


def _record(actor: User, user: User, reason: str) -> None:
    record(Action.ADMIN, actor=actor, object_type="user", object_id=user.username, reason=reason)

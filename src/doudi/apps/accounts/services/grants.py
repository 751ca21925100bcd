"""Roles given and taken. Administration, security and audit are three people; nobody gives himself anything."""

from __future__ import annotations

import pghistory
from django.db import transaction

from doudi.apps.accounts.models import RoleGrant, User
from doudi.apps.accounts.roles import ROLES
from doudi.apps.accounts.scope import require
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.divisions.models import Level
from doudi.apps.divisions.queries import division_get, division_name, division_path, is_within

# 三员分立: who holds one of these holds no other role at all (GB/T 22239-2019 管理中心).
SEPARATE = ("SYS_ADMIN", "SEC_ADMIN", "AUDITOR")
_HIGHEST = {
    "province": Level.PROVINCE,
    "city": Level.CITY,
    "county": Level.COUNTY,
    "township": Level.TOWNSHIP,
    "village": Level.VILLAGE,
}


@transaction.atomic
def role_grant(*, actor: User, user_id: int, role: str, division_code: str = "") -> RoleGrant:
    """Give ``role`` on a division (the unit's own by default). Giving what is held already changes nothing.

    Raises :class:`Refused` for the actor's own account and :class:`Invalid` for a role that does not fit the user's
    other roles, unit or the division.
    """
    require(actor, "user.manage")
    if actor.pk == user_id:
        raise Refused("不能调整本人的角色，请由另一位管理员办理。")
    user = User.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=user_id).first()
    if user is None:
        raise NotFound()
    grant = check_grant(user, role, division_code)
    held, created = RoleGrant.objects.get_or_create(user=user, role=role, division_id=grant.division_id)
    if created:
        place = division_path(held.division_id)
        with pghistory.context(actor=actor.pk, action="user.grant"):
            record(
                Action.ADMIN,
                actor=actor,
                object_type="user",
                object_id=user.username,
                reason=f"授予角色：{ROLES[role].label}（{place}）",
            )
    return held


@transaction.atomic
def role_revoke(*, actor: User, grant_id: int) -> None:
    """Take a role away; effective with the user's next request."""
    require(actor, "user.manage")
    grant = RoleGrant.objects.select_for_update(of=("self",)).select_related("user").filter(pk=grant_id).first()
    if grant is None:
        raise NotFound()
    if grant.user_id == actor.pk:
        raise Refused("不能调整本人的角色，请由另一位管理员办理。")
    with pghistory.context(actor=actor.pk, action="user.revoke"):
        grant.delete()
        record(
            Action.ADMIN,
            actor=actor,
            object_type="user",
            object_id=grant.user.username,
            reason=f"收回角色：{ROLES[grant.role].label}（{division_path(grant.division_id)}）",
        )


def check_grant(user: User, role: str, division_code: str) -> RoleGrant:
    """The unsaved grant, or :class:`Invalid` saying what does not fit."""
    definition = ROLES.get(role)
    if definition is None:
        raise Invalid("没有这个角色", where="role", hint="请从列表中选择")
    others = {grant.role for grant in user.role_grants.all()} - {role}
    if others and (role in SEPARATE or others.intersection(SEPARATE)):
        raise Invalid(
            "系统管理、安全管理、审计三类角色须由不同的人担任，且不得兼任业务角色",
            where="role",
            hint="请另设账号，或先收回其他角色",
        )
    if role.startswith("DEPT_") and role.removeprefix("DEPT_") != user.unit.department:
        raise Invalid(f"{definition.label}只能授予本部门的用户", where="role", hint=f"该用户所在单位为{user.unit.name}")
    code = division_code or user.unit.division_id
    division = division_get(code)
    if division is None or division.valid_until is not None:
        raise Invalid("没有这个区划", where="division", hint="请填写 12 位区划代码")
    if not is_within(code, user.unit.division_id):
        raise Invalid(
            f"{division.name}不在用户单位的管辖范围（{division_name(user.unit.division_id)}）内",
            where="division",
            hint="请选择本单位所在区划或其下级",
        )
    highest = _HIGHEST.get(definition.level)
    if highest is not None and definition.reach != "none" and division.level < highest:
        raise Invalid(
            f"{definition.label}的管辖范围不得大于{highest.label}",
            where="division",
            hint=f"请选择{highest.label}区划，{division.name}是{Level(division.level).label}区划",
        )
    return RoleGrant(user=user, role=role, division=division)

"""Who may see what: role × division subtree × task or purpose. With no scope a query returns nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.roles import PERMISSIONS, ROLES
from doudi.apps.base.errors import Refused
from doudi.apps.base.scoped import LEVELS

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Scope:
    """The reach of one actor: division subtrees, own tasks, and what is referred to the own unit."""

    user_id: int
    unit_id: int
    roles: frozenset[str]
    divisions: frozenset[tuple[str, str]] = field(default_factory=frozenset)  # (level column, code)
    by_task: bool = False
    by_unit: bool = False
    grants: frozenset[tuple[str, str]] = field(default_factory=frozenset)  # (role, division code)

    def condition(self, prefix: str = "", household: str | None = None) -> Q:
        """The filter for a scoped table. ``prefix`` leads to its level columns, ``household`` to the household id.

        Without ``household`` the task and unit reaches give nothing.
        """
        reach = Q(pk__in=[])
        for column, code in sorted(self.divisions):
            reach |= Q(**{f"{prefix}{column}": code})
        if household and (self.by_task or self.by_unit):
            from doudi.apps.registry.queries import granted_household_ids

            reach |= Q(**{f"{household}__in": granted_household_ids(self)})
        return reach


def scope_of(actor: User) -> Scope:
    """The actor's scope, computed once a request."""
    cached = getattr(actor, "_scope", None)
    if cached is not None:
        return cached
    if not actor.is_active:
        scope = Scope(actor.pk, actor.unit_id, frozenset())
    else:
        grants = list(actor.role_grants.select_related("division"))
        divisions = {
            (f"{LEVELS[min(grant.division.level, 5) - 1]}_code", grant.division_id[:12])
            for grant in grants
            if ROLES[grant.role].reach == "division"
        }
        scope = Scope(
            user_id=actor.pk,
            unit_id=actor.unit_id,
            roles=frozenset(grant.role for grant in grants),
            divisions=frozenset(divisions),
            by_task=any(ROLES[grant.role].reach == "tasks" for grant in grants),
            by_unit=any(ROLES[grant.role].reach == "unit" for grant in grants),
            grants=frozenset((grant.role, grant.division_id) for grant in grants),
        )
    actor._scope = scope  # type: ignore[attr-defined]
    return scope


def restrict(rows: QuerySet[M], actor: User, *, prefix: str = "", household: str | None = None) -> QuerySet[M]:
    """Only the rows that the actor may see; fails closed."""
    return rows.filter(scope_of(actor).condition(prefix, household))


def may(actor: User, operation: str) -> bool:
    """Whether one of the actor's roles holds the operation (an unknown operation is a programming error)."""
    return bool(scope_of(actor).roles.intersection(PERMISSIONS[operation]))


def require(actor: User, operation: str) -> None:
    """:class:`Refused` unless the actor holds the operation."""
    if not may(actor, operation):
        raise Refused()


def actor_label(actor: Any) -> tuple[int | None, str, str]:
    """(id, name, unit name) as copied into chain and logs; the platform itself is 系统."""
    if actor is None:
        return None, "系统", "平台"
    return actor.pk, actor.name, actor.unit.name

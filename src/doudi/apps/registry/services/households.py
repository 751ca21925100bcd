"""Households and who belongs to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.crypto import keys
from doudi.apps.base.errors import Conflict, Invalid
from doudi.apps.base.history import named
from doudi.apps.base.scoped import level_codes
from doudi.apps.chain.models import Kind
from doudi.apps.chain.services import append
from doudi.apps.divisions.models import Level
from doudi.apps.divisions.queries import division_get
from doudi.apps.registry.models import Household, Membership, Person, Register, Relation
from doudi.apps.registry.queries import household_for_system
from doudi.apps.registry.services.access import WRITE, household_for_write, require_division
from doudi.engine.identity import Tokeniser

OPTIONAL = ("address", "property_conforms", "has_staff_relative", "channel")


@transaction.atomic
def household_register(
    *,
    actor: User | None,
    household_no: str,
    village: str,
    area: str,
    members: Sequence[tuple[str, Person]],
    on: dt.date | None = None,
    register: Register | str = Register.WATCH,
    **fields: Any,
) -> Household:
    """A new household of ``members`` [(relation, person)] with exactly one head, on the watch list until it is decided.

    ``fields``: address, property_conforms, has_staff_relative, channel. :class:`Conflict` for a number in use.
    """
    if actor is not None:
        require(actor, WRITE)
    require_division(actor, village)
    if unknown := set(fields) - set(OPTIONAL):
        raise TypeError(f"unknown fields: {sorted(unknown)}")
    place = division_get(village)
    if place is None or place.level < Level.VILLAGE:
        raise Invalid("没有这个村（社区）代码", where="village", hint="请从下拉列表中选择居住地所在的村（社区）")
    heads = [person for relation, person in members if relation == Relation.HEAD]
    if len(heads) != 1:
        raise Invalid("一户须有且只有一名户主", where="members", hint="请核对家庭成员与户主的关系")
    if len({person.pk for _, person in members}) != len(members):
        raise Invalid("同一人在家庭成员中出现两次", where="members", hint="请删除重复的成员")
    on = on or clock.today()
    household = Household(
        household_no=household_no,
        household_key=Tokeniser(keys().lake).household_key(household_no),
        head=heads[0],
        head_name=heads[0].name,
        area=area,
        register=register,
        member_count=len(members),
        **level_codes(village[:12]),
        **fields,
    )
    with named(actor, "household.register"):
        Household.objects.bulk_create([household], ignore_conflicts=True)
        stored = Household.objects.filter(household_no=household_no).values_list("pk", flat=True).first()
        if stored is None or Membership.objects.filter(household_id=stored).exists():
            raise Conflict("该户号已登记，请在家庭档案中查询后办理变更。")
        household.pk = stored
        Membership.objects.bulk_create(
            Membership(household=household, person=person, relation=relation, from_date=on)
            for relation, person in members
        )
        append(
            Kind.REGISTERED,
            actor=actor,
            household_id=stored,
            title=f"登记入库，家庭成员 {len(members)} 人",
            body={"户号": household_no, "登记册": Register(register).label},
        )
    return household


@transaction.atomic
def member_add(
    *, actor: User | None, household_id: int, person: Person, relation: Relation | str, from_date: dt.date | None = None
) -> Membership:
    """A person joins. Twice the same is one membership; a second head is :class:`Invalid`."""
    household = household_for_write(actor, household_id, WRITE)
    existing = Membership.objects.filter(household=household, person=person, to_date=None).first()
    if existing is not None:
        return existing
    if relation == Relation.HEAD:
        raise Invalid("该户已有户主", where="relation", hint="变更户主请先将原户主改为其他关系")
    with named(actor, "member.add"):
        membership = Membership.objects.create(
            household=household, person=person, relation=relation, from_date=from_date or clock.today()
        )
        _recount(household)
        append(
            Kind.CORRECTION,
            actor=actor,
            household_id=household.pk,
            person_id=person.pk,
            title=f"增加家庭成员{person.name}（{Relation(relation).label}）",
        )
    return membership


@transaction.atomic
def member_leave(
    *, actor: User | None, household_id: int, person_id: int, to_date: dt.date | None = None, reason: str
) -> Membership:
    """A member leaves (marriage, death, moved away). The head may leave only when another takes his place."""
    household = household_for_write(actor, household_id, WRITE)
    in_force = Membership.objects.filter(household=household, person_id=person_id, to_date=None)
    membership = in_force.select_related("person").first()
    if membership is None:
        raise Conflict("该人员已不在本户，请刷新页面查看。")
    if membership.relation == Relation.HEAD and household.member_count > 1:
        raise Invalid("户主不能直接迁出", where="person", hint="请先变更户主")
    with named(actor, "member.leave"):
        membership.to_date = max(to_date or clock.today(), membership.from_date)
        membership.save(update_fields=["to_date"])
        _recount(household)
        append(
            Kind.CORRECTION,
            actor=actor,
            household_id=household.pk,
            person_id=person_id,
            title=f"家庭成员{membership.person.name}不再共同生活",
            body={"原因": reason, "日期": membership.to_date.isoformat()},
        )
    return membership


def visited(*, actor: User | None, household_id: int, on: dt.date) -> None:
    """Remember the last visit on the household (the visit itself is casework's)."""
    household_for_system(household_id)
    with transaction.atomic(), named(actor, "household.visited"):
        Household.objects.filter(pk=household_id).exclude(last_visit_on__gte=on).update(last_visit_on=on)


def _recount(household: Household) -> None:
    household.member_count = Membership.objects.filter(household=household, to_date=None).count()
    household.save(update_fields=["member_count"])

"""Persons: one row a person, ever."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.base.crypto import keys
from doudi.apps.base.errors import Conflict, Invalid
from doudi.apps.base.history import named
from doudi.apps.chain.models import Kind
from doudi.apps.chain.services import append
from doudi.apps.registry.models import Disability, Health, Membership, Person, Source
from doudi.apps.registry.queries import latest_facts, person_get
from doudi.apps.registry.services.access import WRITE, require_person_reach
from doudi.engine.identity import REASONS, Tokeniser, check_id_number

OPTIONAL = (
    "ethnicity",
    "marital_status",
    "account_bank",
    "labour_ability",
    "self_care_failed_items",
    "has_legal_supporter",
    "supporter_able",
)
MIN_REASON = 4
# what can be shown in clear → (label, operation needed beside "reveal")
REVEALABLE = {
    "id_number": ("身份证号", None),
    "phone": ("联系电话", None),
    "account": ("银行账号", "household.economy"),
    "disease": ("疾病名称", "health.detail"),
    "card_no": ("残疾证号", "health.detail"),
}


def person_register(
    *, actor: User | None, name: str, id_number: str, phone: str = "", account: str = "", **fields: Any
) -> Person:
    """The person with this ID number: the row that exists, or a new one. Two registrations at once give one row.

    A number whose person was merged gives the one who remains. ``fields``: the names in ``OPTIONAL``. Sex and birth
    date are read from the number. :class:`Invalid` for a bad number, or a name other than the one registered with it.
    """
    if actor is not None:
        require(actor, WRITE)
    if unknown := set(fields) - set(OPTIONAL):
        raise TypeError(f"unknown fields: {sorted(unknown)}")
    checked, name = check_id_number(id_number, born_by=clock.today()), "".join(name.split())
    if checked.number is None:
        raise Invalid(REASONS[checked.reason or ""], where="id_number", hint="请对照身份证或户口簿核对后重新填写")
    if not name:
        raise Invalid("姓名为空", where="name", hint="请填写与身份证一致的姓名")
    ring = keys()
    person = Person(
        name=name,
        sex=checked.sex,
        birth_date=checked.birth_date,
        id_token=ring.token_of("id_number", checked.number),
        id_last6_token=ring.token_of("id_last6", checked.number[-6:]),
        person_key=Tokeniser(ring.lake).person_key(checked.number),
        **fields,
    )
    person.id_number, person.phone, person.account = checked.number, phone, account
    with transaction.atomic(), named(actor, "person.register"):
        # The unique token is the lock: a second registration waits here, then finds the first one's row.
        Person.objects.bulk_create([person], ignore_conflicts=True)
        registered = Person.objects.select_related("merged_into").get(id_token=person.id_token)
    if registered.name != name:
        raise Invalid(
            "该身份证号已登记，但姓名与登记的不一致",
            where="name",
            hint="请核对姓名和身份证号；确属改名或登记有误的，先办理更正",
        )
    return registered.merged_into or registered


@transaction.atomic
def death_record(
    *, actor: User | None, person_id: int, died_on: dt.date, source: Source | str, source_ref: str = ""
) -> Person:
    """Record a death on the person and every chain he stands in. It ends no category by itself: the authority does.

    The same date again changes nothing; another date is a :class:`Conflict` (a correction is another act).
    """
    if actor is not None:
        require(actor, WRITE)
    require_person_reach(actor, person_id)
    person = Person.objects.select_for_update().get(pk=person_id)
    if died_on > clock.today() or died_on < person.birth_date:
        raise Invalid("死亡日期早于出生日期或晚于今天", where="died_on", hint="请核对死亡证明或火化证明上的日期")
    if person.died_on == died_on:
        return person
    if person.died_on is not None:
        raise Conflict(f"该人员已登记死亡日期 {person.died_on:%Y-%m-%d}，与本次不一致，请先核实并办理更正。")
    with named(actor, "person.death"):
        person.died_on = died_on
        person.save(update_fields=["died_on"])
        for membership in Membership.objects.filter(person=person, to_date=None).order_by("household_id"):
            append(
                Kind.CORRECTION,
                actor=actor,
                household_id=membership.household_id,
                person_id=person.pk,
                title=f"登记成员{person.name}死亡信息",
                document=source_ref,
                body={"死亡日期": died_on.isoformat(), "来源": Source(source).label},
            )
    return person


@transaction.atomic
def reveal(*, actor: User, person_id: int, field: str, reason: str) -> str:
    """One value in clear ('' if none is recorded), for a reason that stays in the access log with the actor's name.

    ``field``: a key of ``REVEALABLE``. :class:`Invalid` for a reason shorter than four characters.
    """
    label, operation = REVEALABLE.get(field, ("", None))
    if not label:
        raise Invalid("没有这一项", where="field", hint="请从页面上的“查看”按钮进入")
    require(actor, "reveal")
    if operation:
        require(actor, operation)
    person, household = person_get(actor, person_id)
    reason = reason.strip()
    if len(reason) < MIN_REASON:
        raise Invalid(f"查看理由不足 {MIN_REASON} 个字", where="reason", hint="请写明因何事项需要查看，将记入访问日志")
    record(
        Action.REVEAL,
        actor=actor,
        object_type="person",
        object_id=person.pk,
        household_id=household.pk,
        county_code=household.county_code,
        reason=reason,
        detail={"field": field, "label": label},
    )
    if field in ("disease", "card_no"):
        model = Health if field == "disease" else Disability
        fact = latest_facts(model, [person.pk]).get(person.pk)
        return getattr(fact, field) if fact else ""
    return str(getattr(person, field))

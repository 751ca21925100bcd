"""Two rows of one person (一人一次): one remains, the other points at it. Nothing else moves, so undoing is exact."""

from __future__ import annotations

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base.errors import Conflict, Invalid, Refused
from doudi.apps.base.history import named
from doudi.apps.chain.models import Kind
from doudi.apps.chain.services import append
from doudi.apps.registry.models import Membership, Person

OPERATION = "linkage.decide"


@transaction.atomic
def person_merge(*, actor: User, second: User, person_id: int, into_id: int, reason: str, document: str = "") -> Person:
    """Point the person at the one who remains. Both keep memberships, statuses, facts and chain as they are.

    Every person of the register has a number of his own that is valid, so a merge always joins two valid numbers and
    takes two officers: ``actor`` proposed it, ``second`` confirms. Their scope is the caller's to check.
    :class:`Conflict` where one of the two has been merged already.
    """
    for officer in (actor, second):
        require(officer, OPERATION)
    if actor.pk == second.pk:
        raise Refused("合并两个有效身份证号的人员须由另一人确认，提出人不能自己确认。")
    persons = _locked(person_id, into_id)
    person, remains = persons[person_id], persons[into_id]
    if person.merged_into_id or remains.merged_into_id:
        raise Conflict("其中一人已被合并，请刷新页面查看。")
    if Person.objects.filter(merged_into=person).exists():
        raise Conflict("已有其他人员并入该人员，请先撤销那次合并，或改为保留该人员。")
    with named(second, "person.merge"):
        person.merged_into = remains
        person.save(update_fields=["merged_into"])
        _tell(second, person, remains, "与", "登记为同一人", {"原因": reason, "提出人": actor.name}, document)
    return person


@transaction.atomic
def person_unmerge(*, actor: User, person_id: int, reason: str, document: str = "") -> Person:
    """Take the pointer away: both persons are again what they were. :class:`Conflict` if there is none."""
    require(actor, OPERATION)
    merged_into = Person.objects.filter(pk=person_id).values_list("merged_into_id", flat=True).first()
    if merged_into is None:
        raise Conflict("该人员没有被合并，或合并已经撤销，请刷新页面查看。")
    persons = _locked(person_id, merged_into)
    person = persons[person_id]
    if person.merged_into_id != merged_into:
        raise Conflict("该人员没有被合并，或合并已经撤销，请刷新页面查看。")
    with named(actor, "person.unmerge"):
        person.merged_into = None
        person.save(update_fields=["merged_into"])
        _tell(actor, person, persons[merged_into], "撤销与", "的合并，恢复为两人", {"原因": reason}, document)
    return person


def _locked(*person_ids: int) -> dict[int, Person]:
    """The two rows, locked in the order of their ids; two others are :class:`Invalid`."""
    rows = {row.pk: row for row in Person.objects.select_for_update().filter(pk__in=person_ids).order_by("pk")}
    if len(rows) != 2:
        raise Invalid("须是登记中的两个人", where="person_id", hint="请从查重清单进入")
    return rows


def _tell(
    actor: User, person: Person, remains: Person, before: str, after: str, body: dict[str, str], document: str
) -> None:
    """One event on the chain of every household in which either of the two stands, in the order of households."""
    households = Membership.objects.filter(person__in=(person, remains)).order_by("household_id")
    for household_id, person_id in households.values_list("household_id", "person_id").distinct():
        this, other = (person, remains) if person_id == person.pk else (remains, person)
        append(
            Kind.CORRECTION,
            actor=actor,
            household_id=household_id,
            person_id=this.pk,
            title=f"{this.name}{before}另一登记记录（{other.name}）{after}",
            document=document,
            body=body,
        )

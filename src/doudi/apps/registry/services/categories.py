"""Categories begin and end; a household moves between the registers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.base.errors import Conflict, Invalid
from doudi.apps.base.history import named
from doudi.apps.chain.models import Kind
from doudi.apps.chain.services import append
from doudi.apps.registry.models import Category, CategoryStatus, Household, Membership, Register, Route
from doudi.apps.registry.services.access import household_for_write

# Statuses through these routes belong to one person, not to the household as a whole.
PERSONAL = (Route.SINGLE_PERSON, Route.SINGLE_HOUSEHOLD)
DECIDE = "application.decide"


@transaction.atomic
def category_start(
    *,
    actor: User | None,
    household_id: int,
    category: Category | str,
    from_date: dt.date,
    person_ids: Sequence[int] | None = None,
    route: Route | str = "",
    subtype: str = "",
    monthly: Decimal | None = None,
    source_ref: str = "",
) -> list[CategoryStatus]:
    """Open the category for the members (all in force unless ``person_ids``) and put the household in the register.

    Other categories of the same persons in this household end the day before, except the fanpin flag, which stands
    beside them. Statuses open already stay as they are: twice is once. ``monthly`` sets the household's benefit.
    """
    household = household_for_write(actor, household_id, DECIDE)
    members = set(Membership.objects.filter(household=household, to_date=None).values_list("person_id", flat=True))
    persons = sorted(members if person_ids is None else set(person_ids))
    if not set(persons) <= members:
        raise Invalid("所选人员不是本户在册成员", where="person_ids", hint="请刷新页面后重新选择")
    open_now = list(CategoryStatus.objects.select_for_update().filter(household=household, to_date=None).order_by("pk"))
    have = {s.person_id for s in open_now if (s.category, s.route, s.subtype) == (category, route, subtype)}
    with named(actor, "category.start"):
        flag = category == Category.FANPIN
        replaced = [
            s
            for s in open_now
            if s.person_id in persons and s.person_id not in have and (s.category == Category.FANPIN) == flag
        ]
        _close(replaced, from_date - dt.timedelta(days=1), "转换类别")
        started = CategoryStatus.objects.bulk_create(
            CategoryStatus(
                person_id=person,
                household=household,
                category=category,
                subtype=subtype,
                route=route,
                from_date=from_date,
                source_ref=source_ref,
            )
            for person in persons
            if person not in have
        )
        _settle(household, since=from_date, monthly=monthly)
        if started:
            label = Category(category).label
            append(
                Kind.CATEGORY,
                actor=actor,
                household_id=household.pk,
                person_id=persons[0] if route in PERSONAL else None,
                title=f"认定为{label}，{len(started)} 人，自 {from_date:%Y-%m-%d} 起",
                document=source_ref,
                body={
                    "类别": label,
                    "途径": Route(route).label if route else "",
                    "月保障金": f"{household.monthly_benefit:.2f}",
                },
            )
    return started


@transaction.atomic
def category_end(
    *,
    actor: User | None,
    household_id: int,
    to_date: dt.date,
    reason: str,
    category: Category | str | None = None,
    person_ids: Sequence[int] | None = None,
    register: Register | str = Register.RETAINED,
    retain_until: dt.date | None = None,
    source_ref: str = "",
) -> list[CategoryStatus]:
    """Close open statuses (of one category, of some persons) with a reason.

    Without ``category`` all but the fanpin flag, which the department that set it takes away.

    A household left without any category leaves the active register for ``register`` (RETAINED until ``retain_until``,
    or ARCHIVED: the locality's pack says which). :class:`Conflict` if there was nothing to close.
    """
    household = household_for_write(actor, household_id, DECIDE)
    if not reason.strip():
        raise Invalid("退出原因为空", where="reason", hint="请写明退出的原因和依据")
    rows = CategoryStatus.objects.select_for_update().filter(household=household, to_date=None).order_by("pk")
    rows = rows.filter(category=category) if category else rows.exclude(category=Category.FANPIN)
    if person_ids is not None:
        rows = rows.filter(person_id__in=person_ids)
    ended = list(rows)
    if not ended:
        raise Conflict("没有可以退出的在册类别，可能已由他人办理，请刷新页面查看。")
    with named(actor, "category.end"):
        _close(ended, to_date, reason)
        _settle(household, since=to_date, left_to=Register(register), until=retain_until)
        labels = "、".join(sorted({Category(status.category).label for status in ended}))
        append(
            Kind.EXIT,
            actor=actor,
            household_id=household.pk,
            title=f"退出{labels}，{len({s.person_id for s in ended})} 人",
            document=source_ref,
            body={"原因": reason, "截止日期": to_date.isoformat(), "登记册": Register(household.register).label},
        )
    return ended


def _close(statuses: Sequence[CategoryStatus], on: dt.date, reason: str) -> None:
    for status in statuses:
        status.to_date = max(on, status.from_date)
        status.exit_reason = reason[:40]
    CategoryStatus.objects.bulk_update(statuses, ["to_date", "exit_reason"])


def _settle(
    household: Household,
    *,
    since: dt.date,
    monthly: Decimal | None = None,
    left_to: Register = Register.RETAINED,
    until: dt.date | None = None,
) -> None:
    """Copy the open statuses to the household's own columns: its category is that of the household as a whole."""
    statuses = CategoryStatus.objects.filter(household=household, to_date=None).order_by("from_date", "pk")
    rows = list(statuses.values_list("category", "route", "from_date"))
    whole = [row for row in rows if row[1] not in PERSONAL] or (rows if len(rows) >= household.member_count else [])
    own = next((row for row in whole if row[0] != Category.FANPIN), whole[0] if whole else None)
    household.category, household.category_from = (own[0], own[2]) if own else ("", None)
    household.register, household.register_until = (Register.ACTIVE, None) if rows else (left_to, until)
    if monthly is not None:
        household.monthly_benefit = monthly
    elif not rows:
        household.monthly_benefit = Decimal(0)
    household.save(update_fields=["category", "category_from", "register", "register_until", "monthly_benefit"])

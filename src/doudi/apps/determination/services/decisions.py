"""Decisions are computed, confirmed or refused, and what follows from them is written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, Refused
from doudi.apps.base.history import named
from doudi.apps.chain.models import Kind
from doudi.apps.chain.services import append
from doudi.apps.determination import queries
from doudi.apps.determination.models import Decision
from doudi.apps.policy import queries as policy
from doudi.apps.registry import queries as registry_queries
from doudi.apps.registry import services as registry
from doudi.apps.registry.choices import Category, Register
from doudi.engine.rules import determine, load_pack

State = Decision.State
_EXIT_REGISTERS = {"retained": Register.RETAINED, "archive": Register.ARCHIVED}
RESULTS = {
    **dict(Category.choices),
    "NOT_LOW_INCOME": "不属于低收入人口",
    "NEEDS_LOCAL_RULE": "需补充当地规定",
}


if TYPE_CHECKING:
    from doudi.apps.registry.models import CategoryStatus, Household


@transaction.atomic
def decision_compute(*, actor: User | None, household_id: int, as_of: dt.date | None = None) -> Decision:
    """Compute what the household's pack says from the register's facts as of a date (today) and keep it as TRIAL.

    The decision holds everything it needs to be computed again to the same bytes: document, local
    numbers, pack version.
    """
    if actor is not None:
        require(actor, "decision.compute")
        household = registry_queries.household_get(actor, household_id)
    else:
        household = registry_queries.household_for_system(household_id)
    as_of = as_of or clock.today()
    if as_of > clock.today():
        raise Invalid("测算日期晚于今天", where="as_of", hint="请选择今天或以前的日期")
    document = registry_queries.household_document_for_system(household.pk, as_of)
    workplaces = [member.get("workplace_division", "") for member in document.get("members", ())]
    pack = policy.pack_for(household.county_code)
    local = policy.in_force(household.county_code, as_of, also=workplaces, pack=pack)
    result = compute(pack, document, as_of, local.standards, local.amendments)
    found = result["households"][0]
    with named(actor, "decision.compute"):
        return Decision.objects.create(
            household_id=household.pk,
            pack=pack,
            pack_version=result["pack_version"],
            as_of=as_of,
            inputs=document,
            standards=local.standards,
            amendments=local.amendments,
            basis=local.basis(),
            result=result,
            category=found["category"],
            monthly=Decimal(found["monthly"] or 0),
            computed_by=actor,
            computed_at=clock.now(),
        )


def compute(
    pack: str, document: dict[str, Any], as_of: dt.date, standards: dict[str, Any], amendments: dict[str, Any]
) -> dict[str, Any]:
    """The engine's result with its trace for one household document."""
    return determine([document], load_pack(pack), as_of, standards, explain=True, amendments=amendments)


@transaction.atomic
def decision_confirm(*, actor: User, decision_id: int, opinion: str) -> Decision:
    """The authority confirms a computed decision: categories begin and end as it says.

    :class:`Refused` to whoever computed it; :class:`Conflict` if it was decided before, the register has changed since,
    a local number that decides is missing, or a clause forbids the decision (安政办〔2024〕1号 二(二)1).
    """
    decision = _to_decide(actor, decision_id, opinion)
    found = decision.result["households"][0]
    if decision.category == "NEEDS_LOCAL_RULE":
        names = "、".join(item["parameter"] for item in found["missing"])
        raise Conflict(f"缺少当地标准（{names}），尚不能作出认定，请先录入标准后重新测算。")
    stops = [warning for warning in found["warnings"] if warning.get("blocks")]
    if stops:
        raise Conflict("".join(f"{stop['message']}（{stop['cite']}）" for stop in stops))
    if registry_queries.household_document_for_system(decision.household_id, decision.as_of) != decision.inputs:
        raise Conflict("测算后家庭信息已有变化，请重新测算后再确认。")
    with named(actor, "decision.confirm"):
        _close(decision, State.IN_FORCE, actor, opinion)
        taper = found.get("taper")
        append(
            Kind.DECISION,
            actor=actor,
            household_id=decision.household_id,
            title=f"审核确认：{RESULTS[decision.category]}" + ("，进入渐退期" if taper else ""),
            document=f"decision:{decision.pk}",
            body={
                "月保障金": f"{decision.monthly:.2f}",
                "意见": opinion,
                **({"渐退期": f"{taper['from']} 至 {taper['to']}，每月 {taper['monthly']} 元"} if taper else {}),
            },
        )
        if not taper:  # during the taper the category and its benefit stay as they are
            _apply(actor, decision, found)
    return decision


@transaction.atomic
def decision_refuse(*, actor: User, decision_id: int, reason: str) -> Decision:
    """The authority does not follow a computed decision: nothing changes but the record of it and why."""
    decision = _to_decide(actor, decision_id, reason)
    with named(actor, "decision.refuse"):
        _close(decision, State.REFUSED, actor, reason)
        append(
            Kind.DECISION,
            actor=actor,
            household_id=decision.household_id,
            title="不予认定",
            document=f"decision:{decision.pk}",
            body={"测算结果": RESULTS[decision.category], "理由": reason},
        )
    return decision


def household_exit(
    *, actor: User | None, household_id: int, reason: str, to_date: dt.date | None = None, source_ref: str = ""
) -> list[CategoryStatus]:
    """End every category of a household; the pack says whether and how long it stays in the retained register."""
    household = registry_queries.household_for_system(household_id)
    to_date = to_date or clock.today()
    register, until = exit_register(household, to_date)
    return registry.category_end(
        actor=actor,
        household_id=household_id,
        to_date=to_date,
        reason=reason,
        register=register,
        retain_until=until,
        source_ref=source_ref,
    )


def exit_register(household: Household, on: dt.date) -> tuple[Register, dt.date | None]:
    """Where a household goes that leaves: retained (until a date, if the pack gives months) or archived at once."""
    found = policy.parameters_at(household.county_code, ("exit_register", "retain_exited_months"), on)
    register, months = _EXIT_REGISTERS[found["exit_register"]], found["retain_exited_months"]
    return register, _months_later(on, int(months)) if months and register == Register.RETAINED else None


def _months_later(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def _to_decide(actor: User, decision_id: int, opinion: str) -> Decision:
    require(actor, "application.decide")
    queries.decision_get(actor, decision_id)
    if not opinion.strip():
        raise Invalid("没有填写意见", where="opinion", hint="请写明认定或不予认定的依据")
    decision = Decision.objects.select_for_update().get(pk=decision_id)
    if decision.state != State.TRIAL:
        raise Conflict(f"该测算结果已{State(decision.state).label}，不能重复办理，请刷新页面。")
    if decision.computed_by_id == actor.pk:
        raise Refused("测算与认定须由不同人员办理，请由其他有审批权限的人员作出认定。")
    return decision


def _close(decision: Decision, state: Decision.State, actor: User, opinion: str) -> None:
    decision.state, decision.opinion = state, opinion[:300]
    decision.decided_by, decision.decided_at = actor, clock.now()
    decision.save(update_fields=["state", "opinion", "decided_by", "decided_at"])


def _apply(actor: User, decision: Decision, found: dict[str, Any]) -> None:
    """Statuses as the result has them: groups of members by category and route begin, the others end."""
    today, ref = clock.today(), f"decision:{decision.pk}"
    groups: dict[tuple[str, str], list[int]] = {}
    covered: set[int] = set()
    for member in found["members"]:
        for category in member["categories"]:
            if category != Category.FANPIN:  # a flag of another department, never decided here
                groups.setdefault((category, member["route"] or ""), []).append(int(member["person_id"]))
                covered.add(int(member["person_id"]))
    if not groups:
        if registry_queries.covered_persons_for_system(decision.household_id):
            household_exit(actor=actor, household_id=decision.household_id, reason="经认定不再符合条件", source_ref=ref)
        return
    for (category, route), persons in sorted(groups.items()):
        registry.category_start(
            actor=actor,
            household_id=decision.household_id,
            category=category,
            route=route,
            person_ids=persons,
            from_date=today,
            monthly=decision.monthly,
            source_ref=ref,
        )
    left = registry_queries.covered_persons_for_system(decision.household_id) - covered
    if left:
        registry.category_end(
            actor=actor,
            household_id=decision.household_id,
            person_ids=sorted(left),
            to_date=today,
            reason="经认定本人不再符合条件",
            source_ref=ref,
        )

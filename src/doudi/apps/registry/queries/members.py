"""The members of one household with the facts that an actor may see."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import F

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base import clock, masking
from doudi.apps.registry.models import CategoryStatus, Household, Membership, Supporter
from doudi.apps.registry.queries.facts import MemberFacts, member_facts
from doudi.apps.registry.sight import Sight, sight_of

DISABILITY_KINDS = {
    "visual": "视力",
    "hearing": "听力",
    "speech": "言语",
    "physical": "肢体",
    "intellectual": "智力",
    "mental": "精神",
    "multiple": "多重",
}
_GRADES = {1: "一级", 2: "二级", 3: "三级", 4: "四级"}
STUDY_STAGES = {
    "preschool": "学前教育",
    "compulsory": "义务教育",
    "senior_high": "普通高中",
    "vocational": "中等职业教育",
    "undergraduate": "本专科",
    "postgraduate": "研究生",
}
LABOUR_ABILITIES = {"full": "有劳动能力", "partial": "部分丧失", "none": "无劳动能力"}
# kind of fact → the part of the sight that opens it
_SEEN_WITH = {"health": "illness", "disability": "disability", "employment": "employment", "study": "study"}


@dataclass(frozen=True)
class Member:
    """One member as an actor may see him: names by sight, numbers masked, facts of his purpose only ('' elsewhere)."""

    person_id: int
    name: str
    relation: str
    relation_label: str
    sex_label: str
    age: int
    birth_date: dt.date | None
    id_number: str
    phone: str
    account: str
    account_bank: str
    categories: list[str] = field(default_factory=list)
    route_label: str = ""
    disability: str = ""
    disability_until: dt.date | None = None
    illness: str = ""
    illness_since: dt.date | None = None
    employment: str = ""
    study: str = ""
    labour: str = ""
    self_care: str = ""
    income_year: Decimal | None = None
    died_on: dt.date | None = None
    from_date: dt.date | None = None
    to_date: dt.date | None = None
    merged_into: int | None = None
    """A household of the one who remains, where this row was merged into another (None outside the actor's scope)."""


def household_members(actor: User, household: Household, *, past: bool = False) -> list[Member]:
    """Members in force (with ``past`` also those who left), head first. ``household`` comes from a scoped query.

    At most seven statements whatever the size of the family, one more where a member was merged.
    """
    rows = Membership.objects.filter(household=household).select_related("person")
    memberships = sorted(
        rows if past else rows.filter(to_date=None),
        key=lambda m: (m.to_date is not None, m.relation != "head", m.person.birth_date, m.pk),
    )
    sight = sight_of(actor)
    kinds = [kind for kind, needed in _SEEN_WITH.items() if needed in sight.facts] + ["income"] * sight.economy
    ids = [m.person_id for m in memberships]
    facts = member_facts(ids, kinds=kinds)
    statuses: dict[int, list[CategoryStatus]] = {}
    in_force = CategoryStatus.objects.filter(household=household, person_id__in=ids, to_date=None)
    for status in in_force.order_by("from_date", "id"):
        statuses.setdefault(status.person_id, []).append(status)
    today = clock.today()
    remaining = _remaining(actor, {m.person.merged_into_id for m in memberships} - {None})
    return [_member(m, facts[m.person_id], statuses.get(m.person_id, []), sight, today, remaining) for m in memberships]


def _remaining(actor: User, person_ids: set[int]) -> dict[int, int]:
    """{person: a household of his in the actor's scope, the one in force before past ones}; no statement for none."""
    if not person_ids:
        return {}
    rows = Membership.objects.filter(person_id__in=person_ids)
    seen = restrict(rows, actor, prefix="household__", household="household_id")
    ordered = seen.order_by(F("to_date").desc(nulls_first=True), "-id").values_list("person_id", "household_id")
    return dict(reversed(list(ordered)))


def age_on(born: dt.date, on: dt.date) -> int:
    """Completed years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _member(
    m: Membership,
    facts: MemberFacts,
    statuses: list[CategoryStatus],
    sight: Sight,
    today: dt.date,
    remaining: dict[int, int],
) -> Member:
    person = m.person
    income, card, study, care = facts.income, facts.disability, facts.study, person.self_care_failed_items
    return Member(
        person_id=person.pk,
        name=sight.name(person.name),
        relation=m.relation,
        relation_label=m.get_relation_display(),
        sex_label=person.get_sex_display(),
        age=age_on(person.birth_date, person.died_on or today),
        birth_date=person.birth_date if sight.names else None,
        id_number=masking.mask_id_number(person.id_number),
        phone=masking.mask_phone(person.phone) if sight.names else "",
        account=masking.mask_account(person.account) if sight.economy else "",
        account_bank=person.account_bank if sight.economy else "",
        categories=[status.get_category_display() for status in statuses],
        route_label=next((status.get_route_display() for status in statuses if status.route), ""),
        disability=_disability(facts),
        disability_until=card.valid_until if card and not card.cancelled_on else None,
        illness=_illness(facts, sight),
        illness_since=facts.health.since if facts.health and facts.health.serious_illness else None,
        employment="" if facts.employment is None else "就业" if facts.employment.employed else "未就业",
        study=STUDY_STAGES.get(study.stage, study.stage) if study and _now(study.until, today) else "",
        labour=LABOUR_ABILITIES.get(person.labour_ability, "") if sight.names else "",
        self_care=f"{care} 项不能自理" if care and "care" in sight.facts else "",
        income_year=income.total if income else None,
        died_on=person.died_on,
        from_date=m.from_date,
        to_date=m.to_date,
        merged_into=remaining.get(person.merged_into_id),
    )


def _now(until: dt.date | None, today: dt.date) -> bool:
    return until is None or until >= today


def _disability(facts: MemberFacts) -> str:
    card = facts.disability
    if card is None or card.cancelled_on is not None:
        return ""
    return f"{DISABILITY_KINDS.get(card.kind, card.kind)}{_GRADES.get(card.grade, card.grade)}"


def _illness(facts: MemberFacts, sight: Sight) -> str:
    health = facts.health
    if health is None or health.until is not None or not (health.serious_illness or health.disease_sealed):
        return ""
    if sight.disease and health.disease:
        return health.disease
    return "重特大疾病" if health.serious_illness else "患病"


def supporters_of(actor: User, household: Household) -> list[Supporter]:
    """Who must support the members; needs ``household.economy``. The caller took ``household`` from a scoped query."""
    require(actor, "household.economy")
    return list(Supporter.objects.filter(household=household).select_related("supports").order_by("supports_id", "pk"))

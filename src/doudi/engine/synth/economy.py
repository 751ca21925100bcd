"""Incomes that fit the category, spending, property and the difference benefit. Money in 分."""

from __future__ import annotations

from datetime import timedelta

from doudi.engine.synth.context import DISPOSABLE_INCOME, INSURANCE_CONTRIBUTION, TEKUN_BASIC_STANDARD, Context
from doudi.engine.synth.model import Assets, House, Household, Person, Spending, Vehicle

_MONTHS = 12
_YUAN = 100
# Per-capita income as a share of the 低保 standard: strictly inside the category's limits, so that nothing trips.
INCOME_SHARE = {
    "TEKUN": (0.0, 0.0),  # 无生活来源; the basic pension does not count
    "DIBAO": (0.06, 0.93),
    "MARGIN": (1.04, 1.46),
    "OTHER": (1.6, 2.6),
    "RIGID": (1.7, 3.2),
    None: (1.6, 3.0),
}
MINIMUM_WAGE_OF_DIBAO = 50000
"""A 低保 member's job pays at least this a month here, so that the employment cost never exceeds the wage."""
RIGID_SHARE = (0.52, 0.88)
OTHER_NECESSARY_SHARE = (0.02, 0.30)


def target_income(context: Context, household: Household, level: float) -> int:
    """Income of the household for the year, a multiple of 12 yuan; ``level`` is the township's prosperity around 1."""
    size = len(household.members)
    low, high = INCOME_SHARE[household.category if household.category in INCOME_SHARE else None]
    share = context.rng.uniform(low, high)
    share = min(high, max(low, share * level))
    monthly = context.standard(household.area) * size * share
    if household.category == "RIGID":
        monthly = min(monthly, DISPOSABLE_INCOME * _YUAN / _MONTHS * size * 0.95)
    return int(monthly / _YUAN) * _YUAN * _MONTHS


def share_out(context: Context, household: Household, total: int) -> None:
    """Split a year's income over the members and kinds so that it sums to ``total`` exactly.

    Jobs that a 低保 family's income cannot pay are dropped.
    """
    rng = context.rng
    single = [member.person for member in household.members if member.route == "single_person"]
    earners = [member.person for member in household.members if member.person.employed]
    left = total
    if earners:
        wage = int(total * rng.uniform(0.55, 0.9) / len(earners) / _MONTHS / 1000) * 1000
        if household.category == "DIBAO" and wage < MINIMUM_WAGE_OF_DIBAO:
            for person in earners:
                drop_job(person)
        else:
            for person in earners:
                person.wage = wage * _MONTHS
                left -= person.wage
    slots = _slots(household, single)
    weights = [rng.uniform(0.6, 1.4) * weight for _, _, weight in slots]
    whole = sum(weights)
    for (person, kind, _), weight in zip(slots[1:], weights[1:], strict=True):
        amount = int(left * weight / whole) // (_MONTHS * _YUAN) * (_MONTHS * _YUAN)
        setattr(person, kind, getattr(person, kind) + amount)
        left -= amount
    person, kind, _ = slots[0]
    setattr(person, kind, getattr(person, kind) + left)
    _move_to_shared(context, household, bool(single))
    for member in household.members:
        member.person.income_as_of = context.first - timedelta(days=rng.randint(20, 300))


def drop_job(person: Person) -> None:
    person.employed, person.employed_since, person.employer, person.workplace_division = False, None, "", ""
    person.occupation = "27"


def _slots(household: Household, single: list[Person]) -> list[tuple[Person, str, float]]:
    """Where income other than wages can stand. Never empty; the first slot takes what rounding leaves."""
    slots: list[tuple[Person, str, float]] = []
    for member in household.members:
        person = member.person
        if person in single or person.student:
            continue
        if person.occupation == "80" or person.labour_ability == "none":
            slots.append((person, "transfer_net", 1.0))
        elif not person.employed:
            slots.append((person, "business_net", 2.0))
        else:
            slots.append((person, "other_income", 0.2))
        if household.area == "rural" and person is household.head:
            slots.append((person, "property_net", 0.3))
    return slots or [(household.head, "transfer_net", 1.0)]


def _move_to_shared(context: Context, household: Household, has_single: bool) -> None:
    """Some rent the family's house or land in common: then that income is the household's, not the head's."""
    head = household.head
    if not has_single and head.property_net and context.chance(0.3):
        household.shared_income, head.property_net = head.property_net, 0


def spend(context: Context, household: Household) -> None:
    rng = context.rng
    income, size = household.income_year, len(household.members)
    low, high = RIGID_SHARE if household.category == "RIGID" else OTHER_NECESSARY_SHARE
    necessary = int(income * rng.uniform(low, high)) // _YUAN * _YUAN + (_YUAN if household.category == "RIGID" else 0)
    ill = any(member.person.serious_illness for member in household.members)
    disabled = any(member.person.disability_grade for member in household.members)
    studying = sum(member.person.student is not None for member in household.members)
    parts = [
        ("illness_rigid", 6.0 if ill else 1.0),
        ("disability_rigid", 2.0 * disabled),
        ("education_rigid", 2.0 * min(studying, 2)),
    ]
    whole = sum(weight for _, weight in parts)
    spending = Spending(
        daily=int(max(income, 300000 * size) * rng.uniform(0.45, 0.7)) // _YUAN * _YUAN,
        social_insurance=INSURANCE_CONTRIBUTION * _YUAN * size,
        job_cost=sum(60000 for member in household.members if member.person.employed),
        other=rng.randint(0, 12) * 10000,
    )
    for name, weight in parts[1:]:
        setattr(spending, name, int(necessary * weight / whole) // _YUAN * _YUAN)
    spending.illness_rigid = necessary - spending.disability_rigid - spending.education_rigid
    household.spending = spending


def own(context: Context, household: Household, grade: str | None) -> None:
    """Property within the limits; one house for most."""
    rng = context.rng
    houses = []
    if (rng.random() < 0.94 and household.category != "TEKUN") or grade in ("C", "D"):
        built = context.first.replace(year=rng.randint(1978, context.first.year - 3), month=rng.randint(1, 12))
        source = rng.choice(("自建", "自建", "继承") if household.area == "rural" else ("房改房", "购买", "公租房"))
        houses.append(House(household.address, rng.randint(38, 130), source, built, grade))
    vehicles = []
    if household.category in (None, "RIGID", "OTHER", "MARGIN") and rng.random() < 0.12:
        owner = next((m.person for m in household.members if 18 <= m.person.age(context.as_of) <= 65), household.head)
        letters = "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=5))
        bought = context.first - timedelta(days=rng.randint(400, 3600))
        vehicles.append(
            Vehicle(
                owner,
                rng.choice(("两轮摩托车", "电动三轮车", "低速货车")),
                f"豫E{letters}",
                bought,
                rng.randint(20, 180) * 10000,
            )
        )
    deposits = 0 if rng.random() < 0.5 else rng.randint(1, 18) * 50000
    business = "" if rng.random() > 0.03 else rng.choice(("村口小卖部", "流动早点摊", "理发店", "废品回收"))
    household.assets = Assets(deposits, houses, vehicles, business)


def benefit(context: Context, household: Household) -> int:
    """Monthly benefit by the difference rule, 分, half up; 特困 get the basic standard; supplements not counted."""
    if household.category == "TEKUN":
        return TEKUN_BASIC_STANDARD[household.area] * _YUAN * len(household.members)
    standard = context.standard(household.area)
    if household.category == "DIBAO":
        due = standard * len(household.members) * _MONTHS - max(0, counted_income(context, household))
        return max(0, (due * 2 + _MONTHS) // (2 * _MONTHS))
    singles = [member.person for member in household.members if member.category == "DIBAO"]
    return sum(max(0, standard - person.income // _MONTHS) for person in singles)


def counted_income(context: Context, household: Household) -> int:
    """A year's income of a 低保 family after the employment cost of its employed members."""
    costs = sum(
        min(member.person.wage, context.job_cost(member.person.workplace_division or context.county) * _MONTHS)
        for member in household.members
        if member.person.employed
    )
    return household.income_year - costs

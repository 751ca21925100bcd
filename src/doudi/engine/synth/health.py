"""Illness, disability cards and medical bills."""

from __future__ import annotations

from datetime import date, timedelta

from doudi.engine.synth.context import DISPOSABLE_INCOME, SEVERE_GRADE, Context
from doudi.engine.synth.model import Card, Household, Member, Person, Settlement
from doudi.engine.synth.months import add_months, first_day

# Disease, weight, usual bill in yuan. Listed: the serious diseases of 重特大疾病 lists.
LISTED_DISEASES = (
    ("终末期肾病（血液透析）", 22, 6000), ("恶性肿瘤（肺癌）", 16, 32000), ("恶性肿瘤（胃癌）", 14, 30000),
    ("恶性肿瘤（乳腺癌）", 12, 26000), ("恶性肿瘤（食管癌）", 12, 31000), ("脑卒中后遗症", 30, 18000),
    ("急性心肌梗死", 12, 38000), ("重性精神病", 14, 9000), ("再生障碍性贫血", 4, 21000), ("白血病", 5, 46000),
    ("肝硬化失代偿期", 9, 17000), ("器官移植术后抗排异", 4, 24000),
)  # fmt: skip
ORDINARY_DISEASES = (
    ("肺炎", 18, 5200), ("2型糖尿病", 20, 4300), ("原发性高血压", 20, 3900), ("腰椎间盘突出", 14, 5600),
    ("骨折", 12, 14500), ("慢性阻塞性肺疾病", 12, 6100), ("胆囊炎", 8, 8200), ("白内障", 8, 4800),
    ("冠心病", 16, 8800), ("急性阑尾炎", 6, 7900),
)  # fmt: skip
DISEASES_OF_THE_YOUNG = tuple(row for row in ORDINARY_DISEASES if row[0] in ("肺炎", "骨折", "急性阑尾炎"))
_INSTITUTIONS = ("县人民医院", "县中医院", "市第一人民医院", "市肿瘤医院", "中心卫生院", "市第三人民医院")
INPATIENT, CHRONIC, CLINIC = "普通住院", "门诊慢特病", "普通门诊"

# Highest in-policy floors among the packs, in percent of what is left after insurance (鄂民政发〔2024〕21号 四(二)1).
# The sample pays at least these everywhere, so that only planted cases fall short.
AID_FLOOR = {"TEKUN": 100, "DIBAO": 70, "MARGIN": 60, "RIGID": 50}
FANPIN_FLOOR = 60
_DISABILITIES = (
    ("physical", 52),
    ("visual", 11),
    ("hearing", 10),
    ("mental", 11),
    ("intellectual", 10),
    ("multiple", 4),
    ("speech", 2),
)
_LARGEST_THIS_MONTH = 500000
"""Self-paid 分 of an ordinary bill of the current month: below ten months of the lowest standard (NHD-03)."""
_SHARE_OF_LIMIT = 0.45
"""Share of the NCE-02 limit that ordinary bills may reach."""


def settlement(
    context: Context,
    person: Person,
    settled_on: date,
    self_paid: int,
    *,
    kind: str = INPATIENT,
    aid: int = 0,
    listed: bool = False,
    disease: str = "",
    designated: bool = True,
) -> Settlement:
    """Give ``person`` a bill that leaves ``self_paid`` 分 before and ``self_paid - aid`` after medical aid."""
    rng = context.rng
    context.bill_number += 1
    table = LISTED_DISEASES if listed else ORDINARY_DISEASES
    basic = self_paid * rng.randint(90, 210) // 100 if self_paid else rng.randint(200, 900) * 100
    serious = self_paid * rng.randint(10, 30) // 100 if self_paid > 1_500_000 else 0
    in_policy = self_paid + basic + serious
    stay = {INPATIENT: rng.randint(3, 21), CHRONIC: 0, CLINIC: 0}[kind]
    bill = Settlement(
        settlement_no=f"{context.county}{settled_on:%Y%m%d}{context.bill_number:08d}",
        kind=kind,
        admitted_on=settled_on - timedelta(days=stay),
        settled_on=settled_on,
        institution=rng.choice(_INSTITUTIONS) if designated else "外地私立医院",
        designated=designated,
        disease_name=disease or rng.choice(table)[0],
        listed_disease=listed,
        total_cost=in_policy + in_policy * rng.randint(0, 25) // 100,
        in_policy=in_policy,
        basic_paid=basic,
        serious_paid=serious,
        aid_paid=aid,
    )
    person.settlements.append(bill)
    return bill


def aid_due(member: Member | None, settled_on: date, self_paid: int) -> int:
    """Medical aid that satisfies every pack: the highest floor the person may claim that day, up to the 分."""
    if member is None:
        return 0
    floor = FANPIN_FLOOR if member.fanpin else 0
    if member.category_from is not None and member.category_from <= settled_on:
        floor = max(floor, AID_FLOOR.get(member.category or "", 0))
    return -(-self_paid * floor // 100)


def yearly_bills(context: Context, person: Person, member: Member | None, budget: int) -> int:
    """Give a person a year's bills up to the current month; returns what remains of ``budget`` (分)."""
    rng, age = context.rng, person.age(context.as_of)
    plan: list[tuple[str, bool]] = []
    if age < 1:
        return budget  # not born when the twelve months began
    if person.serious_illness:
        plan += [(INPATIENT, True)] * rng.choice((0, 1, 1, 2)) + [(CHRONIC, True)] * rng.randint(1, 4)
    if rng.random() < (0.24 if age >= 60 or person.disability_grade else 0.07):
        plan.append((INPATIENT, False))
    if rng.random() < 0.25:
        plan.append((CLINIC, False))
    for kind, listed in plan:
        budget -= _bill(context, person, member, kind, listed, budget).left
    return budget


def _bill(context: Context, person: Person, member: Member | None, kind: str, listed: bool, budget: int) -> Settlement:
    rng = context.rng
    period = context.month(rng.randint(0, 11))
    settled_on = first_day(period) + timedelta(days=rng.randint(0, 27))
    table = (
        LISTED_DISEASES if listed else ORDINARY_DISEASES if person.age(context.as_of) >= 40 else DISEASES_OF_THE_YOUNG
    )
    disease, _, usual = rng.choices(table, [row[1] for row in table])[0]
    if listed:
        disease = person.disease_name or disease
    yuan = usual * rng.uniform(0.6, 1.6) * {INPATIENT: 0.35, CHRONIC: 0.05, CLINIC: 0.02}[kind]
    self_paid = int(yuan * 100)
    if period == context.period:
        self_paid = min(self_paid, _LARGEST_THIS_MONTH)
    if self_paid - aid_due(member, settled_on, self_paid) > budget:
        self_paid = max(0, budget)
    return settlement(
        context,
        person,
        settled_on,
        self_paid,
        kind=kind,
        aid=aid_due(member, settled_on, self_paid),
        listed=listed,
        disease=disease,
    )


def medical_limit(household: Household | None) -> int:
    """The NCE-02 limit in 分: half the household's income or a year's disposable income, whichever is lower."""
    disposable = DISPOSABLE_INCOME * 100
    return disposable if household is None else min(household.income_year // 2, disposable)


def household_bills(context: Context, household: Household) -> None:
    covered = household.category in ("DIBAO", "TEKUN", "MARGIN")
    budget = 10**9 if covered else int(medical_limit(household) * _SHARE_OF_LIMIT)
    for member in household.members:
        budget = yearly_bills(context, member.person, member, budget)


def stranger_bills(context: Context, person: Person) -> None:
    yearly_bills(context, person, None, int(medical_limit(None) * _SHARE_OF_LIMIT))


def fall_ill(context: Context, person: Person) -> None:
    """A listed serious illness that the register has known for more than a year."""
    rng = context.rng
    person.serious_illness = True
    person.disease_name = rng.choices(LISTED_DISEASES, [row[1] for row in LISTED_DISEASES])[0][0]
    latest = context.first - timedelta(days=400)
    person.illness_from = max(context.day_between(latest - timedelta(days=2500), latest), person.birth_date)
    if person.labour_ability == "full":
        person.labour_ability = rng.choice(("partial", "none", "none"))


def card(
    context: Context,
    person: Person,
    grade: int,
    *,
    kind: str = "",
    issued_on: date | None = None,
    valid_until: date | None = None,
    cancelled_on: date | None = None,
    register: bool = True,
) -> Card:
    """Give a person a disability card (long held where no date is given); ``register``: the register knows it too."""
    rng = context.rng
    kind = (
        kind or person.disability_type or rng.choices([k for k, _ in _DISABILITIES], [w for _, w in _DISABILITIES])[0]
    )
    if issued_on is None:
        # Longer ago than any history asked for, and young children got theirs after birth.
        latest = add_months(context.first, -12)
        issued_on = min(max(context.day_between(add_months(latest, -90), latest), person.birth_date), latest)
    issued = Card(kind, grade, issued_on, valid_until or add_months(issued_on, 120), cancelled_on)
    person.cards.append(issued)
    if register:
        person.disability_type, person.disability_grade = kind, grade
        person.disability_card_no = card_number(person, issued)
        if grade <= SEVERE_GRADE:
            person.labour_ability = "none"
        elif person.labour_ability == "full":
            person.labour_ability = "partial"
    return issued


def card_number(person: Person, issued: Card) -> str:
    """Twenty characters: ID number, type digit, grade digit."""
    kinds = ("visual", "hearing", "speech", "physical", "intellectual", "mental", "multiple")
    return f"{person.id_number}{kinds.index(issued.kind) + 1}{issued.grade}"

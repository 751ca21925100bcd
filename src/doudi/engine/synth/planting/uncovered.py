"""NCE: not covered but may qualify."""

from __future__ import annotations

from datetime import timedelta

from doudi.engine.synth import families, health
from doudi.engine.synth.context import DISPOSABLE_INCOME
from doudi.engine.synth.model import Household, Person
from doudi.engine.synth.months import add_months
from doudi.engine.synth.plant import Plot
from doudi.engine.synth.planting.reported import RETAINING_PACKS

_FEN_OF_DISPOSABLE = DISPOSABLE_INCOME * 100


def new_severe_card(plot: Plot, turn: int) -> None:
    """Turn 5 also trips NHD-02 (a low-income family with a worse card), turn 3 NCE-12 (the family has left)."""
    context = plot.context
    issued_on = plot.days_ago(turn % 20)
    variant = turn % 6
    home: Household | None = None
    if variant in (0, 1):
        person, why = plot.stranger(46 + turn % 10), "非在册人员新办重度残疾证"
    else:
        category, register = {2: (None, "WATCH"), 3: (None, "RETAINED"), 4: (None, "WATCH"), 5: ("RIGID", "ACTIVE")}[
            variant
        ]
        home = plot.household(category, families.middle_couple, register=register)
        person, why = home.members[1].person, "在册未纳入人员新办重度残疾证"
    if variant == 4:
        _renewed(plot, person, 3, 2)
        why = "残疾等级由三级变为二级"
    elif variant == 1:
        old = health.card(
            context, person, 1, kind="physical", valid_until=add_months(context.first, -2), register=False
        )
        health.card(context, person, 1, kind=old.kind, issued_on=issued_on, register=False)
        why = "残疾证过期两个月后重新办理，一级"
    else:
        health.card(context, person, 1 + turn % 2, issued_on=issued_on, kind="physical", register=False)
    plot.trips("NCE-01", why, person=person, household=home)
    if variant == 5:
        plot.trips("NHD-02", why, person=person, household=home)
    if variant == 3:
        plot.trips("NCE-12", why, person=person, household=home, packs=RETAINING_PACKS)


def _renewed(plot: Plot, person: Person, old: int, new: int, *, register: bool = False) -> None:
    """A card of grade ``old`` replaced within the month by one of grade ``new``."""
    health.card(plot.context, person, old, kind="physical", register=register)
    health.card(plot.context, person, new, kind="physical", issued_on=plot.days_ago(9), register=False)


def card_that_is_not_new(plot: Plot, turn: int) -> None:
    context = plot.context
    person = plot.stranger(51)
    health.card(context, person, 3, kind="physical", issued_on=plot.days_ago(5), register=False)
    plot.spared("NCE-01", "新办三级残疾证", person=person)
    for old, new, why in ((2, 2, "到期换证，等级不变"), (1, 2, "等级由一级减轻为二级")):
        home = plot.household(None, families.middle_couple, register="WATCH")
        _renewed(plot, home.head, old, new)
        plot.spared("NCE-01", why, person=home.head, household=home)
    person = plot.stranger(49)
    health.card(
        context, person, 1, kind="physical", issued_on=plot.days_ago(8), cancelled_on=plot.days_ago(2), register=False
    )
    plot.spared("NCE-01", "新证已注销", person=person)
    home = plot.household(None, families.middle_couple, register="WATCH")
    health.card(context, home.head, 2, kind="physical", valid_until=context.as_of, register=False)
    plot.spared("NCE-01", "残疾证当月末日到期，当日仍有效，上月也有效", person=home.head, household=home)


def large_bills(plot: Plot, turn: int) -> None:
    variant = turn % 4
    if variant == 1:
        person = plot.stranger(58)
        _spread(plot, [person], _FEN_OF_DISPOSABLE)
        plot.trips("NCE-02", "非在册人员近12个月自付恰好达到上年度人均可支配收入", person=person)
        return
    category, register = {0: ("RIGID", "ACTIVE"), 2: (None, "WATCH"), 3: (None, "RETAINED")}[variant]
    home = plot.household(category, families.middle_couple, register=register)
    _spread(plot, [member.person for member in home.members], _limit(home))
    plot.trips("NCE-02", "两人近12个月自付合计恰好达到家庭年收入的一半", household=home)


def bills_below_the_limit(plot: Plot, turn: int) -> None:
    home = plot.household(None, families.middle_couple, register="WATCH")
    _spread(plot, [member.person for member in home.members], _limit(home) - 1)
    plot.spared("NCE-02", "自付比家庭年收入的一半少1分", household=home)
    person = plot.stranger(61)
    _spread(plot, [person], _FEN_OF_DISPOSABLE - 1)
    plot.spared("NCE-02", "自付比人均可支配收入少1分", person=person)
    home = plot.household("MARGIN", families.middle_couple)
    _spread(plot, [home.head], home.income_year)
    plot.spared("NCE-02", "低保边缘家庭，已纳入", household=home)


def _limit(home: Household) -> int:
    """The smallest whole 分 that reaches half the income (or a year's disposable income)."""
    return min(-(-home.income_year // 2), _FEN_OF_DISPOSABLE)


def _spread(plot: Plot, persons: list[Person], left: int) -> None:
    """Bills of the last twelve months, in and out of hospital, that leave exactly ``left`` 分 after every payer.

    Medical aid pays two thirds: more than the highest floor that any of these families has in any pack.
    """
    share = left // 4
    for person, back, amount in zip(
        (persons * 4)[:4], (11, 8, 5, 1), (share, share, share, left - 3 * share), strict=True
    ):
        plot.bill(person, back, amount * 3, aid=amount * 2)


def uncovered_in_margin_family(plot: Plot, turn: int) -> None:
    home = plot.household("MARGIN", families.middle_couple)
    person = home.members[turn % 2].person
    variant = turn % 4
    if variant == 0:
        plot.severe(person)
        why = "边缘家庭成员二级残疾，未单独纳入低保"
    elif variant == 1:
        plot.bill(person, 3, 500000, kind=health.CHRONIC, aid=250000, listed=True)
        why = "边缘家庭成员三个月前有目录内重病结算，未单独纳入低保"
    elif variant == 2:
        plot.severe(person, 1, register=False)
        why = "残联登记一级残疾，救助档案没有记录"
    else:
        health.fall_ill(plot.context, person)
        why = "边缘家庭成员为登记的重病患者，未单独纳入低保"
    plot.trips("NCE-03", why, person=person, household=home)


def margin_member_without_ground(plot: Plot, turn: int) -> None:
    home = plot.household("MARGIN", families.middle_couple)
    health.card(plot.context, home.head, 3, kind="physical")
    plot.spared("NCE-03", "三级肢体残疾", person=home.head, household=home)
    home = plot.household("MARGIN", families.middle_couple)
    plot.bill(home.head, 4, 900000, aid=540000)
    plot.spared("NCE-03", "大额住院，但不在重特大疾病目录内", person=home.head, household=home)
    home = plot.household("RIGID", families.middle_couple)
    plot.severe(home.members[1].person)
    plot.spared("NCE-03", "刚性支出困难家庭，不是边缘家庭", person=home.members[1].person, household=home)
    home = plot.household("MARGIN", families.adult_with_parents, difficulties=("disability",))
    covered = next((member.person for member in home.members if member.category == "DIBAO"), None)
    if covered is not None:
        plot.spared("NCE-03", "重残人员已单独纳入低保", person=covered, household=home)


def nobody_employed(plot: Plot, turn: int) -> None:
    category, register = ((None, "WATCH"), ("MARGIN", "ACTIVE"), (None, "RETAINED"), ("RIGID", "ACTIVE"))[turn % 4]
    home = plot.household(category, families.middle_couple, register=register)
    if turn % 2 == 0:
        plot.factory.lose_job(home.head, add_months(plot.context.as_of, -3), add_months(plot.context.as_of, 3))
        why = "登记失业恰满3个月，家庭无人就业"
    else:
        plot.factory.lose_job(home.head, add_months(plot.context.as_of, -2), plot.context.as_of - timedelta(days=1))
        why = "失业保险金前一天到期，家庭无人就业"
    plot.trips("NCE-05", why, person=home.head, household=home)


def unemployed_with_other_means(plot: Plot, turn: int) -> None:
    as_of = plot.context.as_of
    home = plot.household(None, families.middle_couple, register="WATCH")
    registered_on = add_months(as_of, -3) + timedelta(days=1)
    while add_months(registered_on, 3) <= as_of:  # the 29th to 31st of November are three months before 28 February
        registered_on += timedelta(days=1)
    plot.factory.lose_job(home.head, registered_on, as_of)
    plot.spared("NCE-05", "登记失业差一天满3个月，失业保险金当日仍在领取期", person=home.head, household=home)
    home = plot.household(None, families.middle_couple, register="WATCH")
    plot.factory.lose_job(home.head, add_months(as_of, -9))
    wife = home.members[1].person
    plot.factory.hire(wife)
    wife.wage, wife.business_net, wife.transfer_net = wife.income // 12 * 12, 0, wife.income % 12
    wife.property_net = wife.other_income = 0
    plot.spared("NCE-05", "配偶有工作", person=home.head, household=home)
    home = plot.household("DIBAO", families.middle_couple)
    plot.factory.lose_job(home.head, add_months(as_of, -9))
    plot.spared("NCE-05", "已纳入低保", person=home.head, household=home)


PLANTED = {
    "NCE-01": new_severe_card,
    "NCE-02": large_bills,
    "NCE-03": uncovered_in_margin_family,
    "NCE-05": nobody_employed,
}
NEAR_MISSES = (card_that_is_not_new, bills_below_the_limit, margin_member_without_ground, unemployed_with_other_means)

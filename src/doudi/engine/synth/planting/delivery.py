"""PND: policy not delivered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from doudi.engine.synth import families, health
from doudi.engine.synth.months import add_months, first_day, years_before
from doudi.engine.synth.plant import Plot

SUPPLEMENT_PACKS = ("zhengzhou",)


def late_benefit(plot: Plot, turn: int) -> None:
    case, why = (
        ("missing", "本月没有发放记录"),
        ("late", "发放日后一天才到账"),
        ("returned", "银行退票后未补发"),
    )[turn % 3]
    tekun = turn % 2 == 1
    home = plot.household("TEKUN" if tekun else "DIBAO", families.bachelor_elder if tekun else families.middle_couple)
    plot.pay_case[home.head.person_no] = case
    plot.trips("PND-01", why, household=home)
    if case == "returned":
        plot.trips("PND-02", why, household=home)


def paid_on_the_last_day(plot: Plot, turn: int) -> None:
    for case, why in (("last_day", "发放日当天到账"), ("reissued", "退票后在发放日当天补发到账")):
        home = plot.household("DIBAO", families.middle_couple)
        plot.pay_case[home.head.person_no] = case
        plot.spared("PND-01", why, household=home)


def entered_this_month(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple, category_from=plot.context.first)
    plot.spared("PND-01", "当月1日纳入，次月起发放", household=home)


def no_supplement(plot: Plot, turn: int) -> None:
    context = plot.context
    if turn % 5 == 0:
        home = plot.household("DIBAO", families.elder_couple)
        person, why = home.members[1].person, "当月1日年满70周岁"
        plot.people.reborn(person, years_before(context.first, 70))
    elif turn % 5 == 1:
        home = plot.household("DIBAO", families.with_teenager)
        person, why = home.members[-1].person, "未满18周岁"
        plot.people.reborn(person, years_before(context.first, 18) + timedelta(days=1))
        person.student, person.school = "senior_high", "县第二高级中学"
    elif turn % 5 == 2:
        home = plot.household("DIBAO", families.middle_couple)
        person, why = home.members[1].person, "二级残疾"
        plot.severe(person)
    elif turn % 5 == 3:
        home = plot.household("DIBAO", families.middle_couple)
        person, why = home.head, "重病患者"
        health.fall_ill(context, person)
    else:
        home = plot.household("DIBAO", families.with_teenager)
        person, why = home.members[-1].person, "在读本专科"
        plot.people.reborn(person, years_before(context.first, 20))
        person.student, person.school = "undergraduate", "省内高校"
    plot.without_supplement.add(person.person_no)
    plot.trips("PND-03", f"{why}，本月没有增发记录", person=person, household=home, packs=SUPPLEMENT_PACKS)


def no_supplement_due(plot: Plot, turn: int) -> None:
    context = plot.context
    home = plot.household("DIBAO", families.elder_couple)
    plot.people.reborn(home.members[1].person, years_before(context.first, 70) + timedelta(days=1))
    plot.spared("PND-03", "当月2日才满70周岁", person=home.members[1].person, household=home)
    home = plot.household("DIBAO", families.with_teenager)
    child = home.members[-1].person
    plot.people.reborn(child, years_before(context.first, 18))
    child.student, child.school = "senior_high", "县第二高级中学"
    plot.spared("PND-03", "当月1日年满18周岁，在读高中", person=child, household=home)
    home = plot.household("DIBAO", families.middle_couple)
    health.card(context, home.head, 3, kind="physical")
    plot.spared("PND-03", "三级残疾", person=home.head, household=home)


def no_aid(plot: Plot, turn: int) -> None:
    context = plot.context
    category = ("DIBAO", "TEKUN", "MARGIN", "RIGID")[turn % 4]
    home = plot.household(
        category, families.bachelor_elder if category == "TEKUN" else families.middle_couple,
        category_from=add_months(context.first, -9),
    )  # fmt: skip
    # 湖北 gives a ratio to 刚性 families only where a member is registered as seriously ill (因病致贫重病患者).
    if category == "RIGID":
        health.fall_ill(context, home.head)
    settled_on = plot.days_ago(31) if turn % 2 == 0 else add_months(context.first, -5) + timedelta(days=9)
    health.settlement(context, home.head, settled_on, 320000 + 10000 * (turn % 7))
    plot.trips("PND-06", "住院结算超过30天仍无医疗救助", person=home.head, household=home)


def aid_not_yet_or_not_due(plot: Plot, turn: int) -> None:
    context = plot.context
    since = add_months(context.first, -6)
    cases: tuple[tuple[date, dict[str, Any], str], ...] = (
        (plot.days_ago(30), {}, "结算刚满30天"),
        (since - timedelta(days=1), {}, "出院次日才纳入"),
        (add_months(context.first, -4), {"aid": 280000}, "医疗救助恰好达到最低比例"),
        (add_months(context.first, -4), {"designated": False}, "非定点机构"),
        (add_months(context.first, -4), {"kind": health.CLINIC}, "普通门诊，不是住院"),
    )  # fmt: skip
    for settled_on, options, why in cases:
        home = plot.household("DIBAO", families.middle_couple, category_from=since)
        health.settlement(context, home.head, settled_on, 400000, **options)
        plot.spared("PND-06", why, person=home.head, household=home)
    home = plot.household("DIBAO", families.middle_couple, category_from=since)
    health.settlement(context, home.head, first_day(context.month(3)), 0)
    plot.spared("PND-06", "政策范围内没有自付", person=home.head, household=home)


PLANTED = {"PND-01": late_benefit, "PND-03": no_supplement, "PND-06": no_aid}
NEAR_MISSES = (paid_on_the_last_day, entered_this_month, no_supplement_due, aid_not_yet_or_not_due)

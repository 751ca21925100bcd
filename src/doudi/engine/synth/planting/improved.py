"""MNE: may no longer qualify."""

from __future__ import annotations

from datetime import date

from doudi.engine.synth import economy, families
from doudi.engine.synth.context import DIBAO_STANDARD, JOB_COST_PERCENT, MARGIN_MULTIPLIER, Context
from doudi.engine.synth.model import Household, Job, Member, Person, Planted
from doudi.engine.synth.months import add_months
from doudi.engine.synth.plant import Plot
from doudi.engine.synth.strangers import die

TAPER_PACKS = ("anyang",)
PACKS_WITHOUT_TAPER = ("national_guide", "zhengzhou", "hubei")
"""A taper is neither here nor there in 庆阳 until the county sets the employment cost: both indicators stay silent."""
MARGIN_PACKS = ("national_guide", "zhengzhou", "hubei", "anyang")
"""庆阳 leaves the margin line to a rule outside the document."""
_EMPLOYER = "恒达建筑劳务公司"


def dead_on_benefit(plot: Plot, turn: int) -> None:
    tekun = turn % 2 == 1
    home = plot.household("TEKUN" if tekun else "DIBAO", families.bachelor_elder if tekun else families.elder_couple)
    home.head.death = die(plot.context, add_months(plot.context.first, -(turn % 2)))
    plot.trips("MNE-01", "殡葬登记死亡，仍在享受待遇", person=home.head, household=home)
    if not tekun:
        plot.trips("NHD-08", "本月死亡，家中还有老伴", person=home.head, household=home)


def death_without_benefit(plot: Plot, turn: int) -> None:
    context = plot.context
    home = plot.household("DIBAO", families.elder_couple)
    plot.set_income(home, 240000)  # far below the line, also for the one who is left
    home.monthly_benefit = economy.benefit(context, home)
    home.head.death = die(context, context.first)
    home.head.died_on = home.head.death.died_on
    plot.spared("MNE-01", "死亡已登记在册，次月停发", person=home.head, household=home)
    plot.trips("NHD-08", "本月死亡，家中还有老伴", person=home.head, household=home)
    for category, register, why in (
        ("MARGIN", "ACTIVE", "低保边缘家庭，没有按月待遇"),
        (None, "WATCH", "关注对象，没有待遇"),
    ):
        home = plot.household(category, families.elder_couple, register=register)
        home.head.death = die(context, context.first)
        plot.spared("MNE-01", why, person=home.head, household=home)
        if category:
            plot.trips("NHD-08", "本月死亡，家中还有老伴", person=home.head, household=home)
    home = plot.household("DIBAO", families.elder_couple)
    namesake = plot.stranger(74)
    namesake.name, namesake.death = home.head.name, die(context, context.first)
    plot.spared("MNE-01", "与死者同名，身份证号不同", person=home.head, household=home)


def income_above_line(plot: Plot, turn: int) -> None:
    variant = turn % 3
    home = plot.household("DIBAO" if variant == 0 else "MARGIN", families.middle_couple)
    if variant == 0:
        plot.set_income(home, dibao_line(plot.context, home))
        why = "核对后的家庭人均收入等于低保标准"
    elif variant == 1:
        plot.set_income(home, margin_line(plot.context, home))
        why = "核对后的家庭人均收入等于低保标准的1.5倍"
    else:
        line = margin_line(plot.context, home)
        plot.set_income(home, line - 600000)
        new_job(plot, home.members[1].person, 100000 + 10000 * (turn % 5), plot.days_ago(12))
        why = "成员本月就业，家庭人均收入超过低保标准的1.5倍"
    plot.trips("MNE-03", why, household=home, packs=() if variant == 0 else MARGIN_PACKS)


def income_just_below(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    plot.set_income(home, dibao_line(plot.context, home) - 1)
    home.monthly_benefit = 1
    plot.spared("MNE-03", "家庭年收入比低保线少1分", household=home)
    home = plot.household("MARGIN", families.middle_couple)
    plot.set_income(home, margin_line(plot.context, home) - 1)
    plot.spared("MNE-03", "家庭年收入比边缘线少1分", household=home)
    home = plot.household("MARGIN", families.middle_couple)
    plot.set_income(home, dibao_line(plot.context, home) + 12000)
    new_job(plot, home.members[1].person, 20000, plot.days_ago(12))
    plot.spared("MNE-03", "成员本月就业，收入仍低于边缘线", household=home)


def registered_twice(plot: Plot, turn: int) -> None:
    first = plot.household("DIBAO", families.adult_with_parents)
    second = plot.household(("DIBAO", "MARGIN")[turn % 2], families.elder_couple)
    child = first.members[-1].person
    _live_without_income(first, child)
    _join(plot, child, second)
    plot.trips("MNE-10", "同一人在两户同时享受或纳入", person=child, household=first, other=second)


def registered_once_active(plot: Plot, turn: int) -> None:
    for register, why in (("RETAINED", "另一户已退出"), ("WATCH", "另一户只是关注对象")):
        first = plot.household("DIBAO", families.adult_with_parents)
        second = plot.household(None, families.elder_couple, register=register)
        child = first.members[-1].person
        _live_without_income(first, child)
        _join(plot, child, second)
        plot.spared("MNE-10", why, person=child, household=first)


def _live_without_income(home: Household, person: Person) -> None:
    """Move a person's income to the head: it must not count in two households."""
    home.head.transfer_net += person.income
    person.wage = person.business_net = person.property_net = person.transfer_net = person.other_income = 0


def _join(plot: Plot, person: Person, home: Household) -> None:
    """A second membership, with the benefit recomputed for one person more."""
    before = len(home.members)
    home.members.append(
        Member(
            person, "child", home.category, "whole_household" if home.category == "DIBAO" else None, home.category_from
        )
    )
    if home.category == "DIBAO":
        home.monthly_benefit += plot.context.standard(home.area)
    if home.category == "MARGIN":
        home.head.transfer_net += home.income_year // before


def newly_employed(plot: Plot, turn: int) -> None:
    context = plot.context
    home = plot.household("DIBAO", families.middle_couple)
    line = dibao_line(context, home)
    other = line // 4 // 12 * 12
    plot.set_income(home, other)
    home.monthly_benefit = (line - other) // 12
    exact = (line - other) // 12 + DIBAO_STANDARD["urban"] * JOB_COST_PERCENT["anyang"]
    wage = exact if turn % 2 == 0 else exact + 60000
    new_job(plot, home.members[1].person, wage, add_months(context.as_of, -(turn % 5)).replace(day=3 + turn % 9))
    why = (
        "新就业后扣除就业成本，人均收入等于低保标准" if turn % 2 == 0 else "新就业后人均收入超过低保标准，应进入渐退期"
    )
    plot.trips("MNE-11", why, household=home, packs=TAPER_PACKS)
    plot.under_other_packs.append(Planted("MNE-03", None, home, why, PACKS_WITHOUT_TAPER))


def employed_but_still_below(plot: Plot, turn: int) -> None:
    context = plot.context
    home = plot.household("DIBAO", families.middle_couple)
    line = dibao_line(context, home)
    other = line // 4 // 12 * 12
    plot.set_income(home, other)
    home.monthly_benefit = (line - other) // 12
    new_job(plot, home.members[1].person, (line - other) // 12 - 1, plot.days_ago(40))
    plot.spared("MNE-11", "新就业后人均收入仍低于低保标准", household=home)
    home = plot.household("DIBAO", families.middle_couple)
    line = dibao_line(context, home)
    plot.set_income(home, line // 5 // 12 * 12)
    earner = home.members[1].person
    wage = line // 24
    new_job(plot, earner, wage, add_months(context.first, -9))
    earner.employed, earner.employed_since, earner.wage = True, earner.jobs[-1].since, wage * 12
    earner.employer, earner.workplace_division = _EMPLOYER, context.county
    home.monthly_benefit = economy.benefit(context, home)
    plot.spared("MNE-11", "九个月前就业，工资已计入", household=home)


def new_job(plot: Plot, person: Person, monthly_wage: int, since: date) -> None:
    """A job that the employment feed knows and the register does not."""
    person.jobs.append(Job("employed", since, None, _EMPLOYER, plot.context.county, monthly_wage))


def dibao_line(context: Context, home: Household) -> int:
    """The family's 低保 line, 分 a year."""
    return context.standard(home.area) * len(home.members) * 12


def margin_line(context: Context, home: Household) -> int:
    """The family's 低保边缘 line, 分 a year."""
    times, by = MARGIN_MULTIPLIER
    return dibao_line(context, home) * times // by


PLANTED = {"MNE-01": dead_on_benefit, "MNE-03": income_above_line, "MNE-10": registered_twice, "MNE-11": newly_employed}
NEAR_MISSES = (death_without_benefit, income_just_below, registered_once_active, employed_but_still_below)

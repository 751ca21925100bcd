"""NCE: not covered, and the register itself shows it: who keeps them, what they have, what befell them."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from doudi.engine.synth import economy, families, health
from doudi.engine.synth.families import Shape
from doudi.engine.synth.model import Household, Person, Relapse
from doudi.engine.synth.months import add_months, years_before
from doudi.engine.synth.plant import Plot
from doudi.engine.synth.planting.improved import MARGIN_PACKS, dibao_line
from doudi.engine.synth.strangers import die

_ELDER = 60
_BASE_MONTHS, _RECENT_MONTHS = 12, 3
_SUBTYPES = ("unstable", "marginal", "sudden")


def two_adult_brothers(rng: Random) -> Shape:
    age = rng.randint(38, 52)
    return [("head", "male", age), ("sibling", "male", age - rng.randint(1, 4))]


def kept_by_the_old(plot: Plot, turn: int) -> None:
    """A severely disabled adult without work whom only parents of sixty, brothers or sisters keep."""
    context = plot.context
    variant = turn % 3
    if variant == 0:
        home, person = _with_old_parents(plot, years_before(context.as_of, _ELDER))
        why = "重残成年子女由父母供养，父母均满60周岁（母亲当月末日恰满）"
    elif variant == 1:
        home = plot.household(None, two_adult_brothers, register="WATCH")
        person = home.members[1].person
        _keep(plot, home, person, "parent", 68)
        why = "重残成年人与哥哥同住，另有68岁母亲供养"
    else:
        home = plot.household("RIGID", families.single_adult)
        person = home.head
        _keep(plot, home, person, "parent", _ELDER)
        why = "重残成年人独居，供养人是60岁父亲"
    plot.severe(person)
    plot.trips("NCE-04", why, person=person, household=home)


def kept_by_others(plot: Plot, turn: int) -> None:
    context = plot.context
    home, person = _with_old_parents(plot, years_before(context.as_of + timedelta(days=1), _ELDER))
    plot.severe(person)
    plot.spared("NCE-04", "母亲次日才满60周岁", person=person, household=home)
    home = plot.household("RIGID", families.single_adult)
    _keep(plot, home, home.head, "parent", 66)
    _keep(plot, home, home.head, "child", 30)
    plot.severe(home.head)
    plot.spared("NCE-04", "另有成年子女供养", person=home.head, household=home)


def _with_old_parents(plot: Plot, mother_born: date) -> tuple[Household, Person]:
    home = plot.household(None, families.adult_with_parents, register="WATCH")
    child = home.members[-1].person
    for member in home.members[:-1]:
        if member.person.sex == "female":
            plot.people.reborn(member.person, mother_born)
    child.unlisted.add("supporters")
    return home, child


def _keep(plot: Plot, home: Household, person: Person, relation: str, age: int, *, able: bool = True) -> None:
    person.unlisted.add("supporters")
    plot.record("supporters", home, person, relation=relation, age=age, annual_support=0, able=able)


def main_earner_dead(plot: Plot, turn: int) -> None:
    """Of a low-income family it is a new difficulty (NHD-08) too."""
    context = plot.context
    variant = turn % 3
    home = plot.household("MARGIN" if variant == 1 else None, families.middle_couple, register=_register(variant == 1))
    if variant == 2:
        wife, total = home.members[1].person, home.income_year
        plot.set_income(home, 0)
        plot.factory.hire(home.head)
        home.head.wage = total // 30 * 12
        wife.transfer_net = total - home.head.wage
        plot.listed(home.head, "residence", since=0, change="death", changed_on=plot.days_ago(turn % 9))
        why = "户籍注销，死者是家中唯一有工作的人，收入不到一半"
    else:
        plot.set_income(home, home.income_year)
        home.head.death = die(context, context.first)
        why = "殡葬登记死亡，死者收入占家庭年收入一半以上"
    plot.trips("NCE-06", why, person=home.head, household=home)
    if variant == 1:
        plot.trips("NHD-08", why, person=home.head, household=home)


def somebody_else_dead(plot: Plot, turn: int) -> None:
    context = plot.context
    home = plot.household(None, families.middle_couple, register="WATCH")
    plot.set_income(home, home.income_year)
    home.members[1].person.death = die(context, context.first)
    plot.spared("NCE-06", "死者没有收入，也没有工作", person=home.members[1].person, household=home)
    home = plot.household(None, families.single_adult, register="WATCH")
    home.head.death = die(context, context.first)
    plot.spared("NCE-06", "家中没有别人", person=home.head, household=home)


def fanpin_without_help(plot: Plot, turn: int) -> None:
    standard = plot.context.standard("rural") * 12
    subtype = _SUBTYPES[turn % 3]
    if turn % 2:
        person = plot.stranger(47)
        person.relapse = _watched(plot, "head", subtype, standard - 1 - turn)
        plot.trips("NCE-08", "登记库以外的监测对象，人均纯收入低于农村低保标准", person=person)
        return
    home = plot.household("MARGIN", families.middle_couple, area="rural")
    _watch(plot, home, subtype, standard - 1)
    plot.trips("NCE-08", "风险未消除的监测户，人均纯收入比低保标准少1分", household=home)


def fanpin_well_enough(plot: Plot, turn: int) -> None:
    standard = plot.context.standard("rural") * 12
    home = plot.household("MARGIN", families.middle_couple, area="rural")
    _watch(plot, home, "unstable", standard)
    plot.spared("NCE-08", "人均纯收入等于低保标准", household=home)
    home = plot.household("DIBAO", families.middle_couple, area="rural")
    _watch(plot, home, "marginal", standard // 2)
    plot.spared("NCE-08", "已纳入低保", household=home)
    person = plot.stranger(52)
    person.relapse = _watched(plot, "head", "sudden", standard // 2, removed_on=plot.days_ago(3))
    plot.spared("NCE-08", "风险已消除", person=person)


def _watch(plot: Plot, home: Household, subtype: str, income: int) -> None:
    for member in home.members:
        member.fanpin = subtype
        member.person.relapse = _watched(plot, member.relation, subtype, income)


def _watched(plot: Plot, relation: str, subtype: str, income: int, removed_on: date | None = None) -> Relapse:
    context = plot.context
    number = f"{context.county}{context.rng.randint(10**9, 10**10 - 1)}"
    return Relapse(number, relation, subtype, add_months(context.first, -14), removed_on, income, "产业帮扶")


def partly_covered(plot: Plot, turn: int) -> None:
    """The whole margin family is below the line: NCE-11 says so as well."""
    home = _single_in_margin_family(plot)
    plot.set_income(home, dibao_line(plot.context, home) - 1 - turn % 2 * 60000)
    home.monthly_benefit = economy.benefit(plot.context, home)
    plot.trips("NCE-09", "一人单独纳入低保，全家人均收入低于低保标准", household=home)
    plot.trips("NCE-11", "低保边缘家庭人均收入低于低保标准", household=home)


def partly_covered_rightly(plot: Plot, turn: int) -> None:
    home = _single_in_margin_family(plot)
    plot.set_income(home, dibao_line(plot.context, home))
    home.monthly_benefit = economy.benefit(plot.context, home)
    plot.spared("NCE-09", "全家人均收入等于低保标准", household=home)
    plot.spared("NCE-11", "低保边缘家庭人均收入等于低保标准", household=home)


def _single_in_margin_family(plot: Plot) -> Household:
    home = plot.household("MARGIN", families.middle_couple)
    member = home.members[1]
    plot.severe(member.person)
    member.category, member.route = "DIBAO", "single_person"
    return home


def nobody_to_keep_them(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.bachelor_elder)
    person = home.head
    home.supporters.clear()
    person.unlisted.add("supporters")
    if turn % 2 == 0:
        plot.people.reborn(person, years_before(plot.context.as_of, _ELDER))
        why = "当月末日满60周岁，没有登记任何赡养人，收入低于低保标准"
    else:
        _keep(plot, home, person, "child", 41, able=False)
        why = "老年人，子女没有赡养能力，收入低于低保标准"
    plot.trips("NCE-10", why, person=person, household=home)


def somebody_to_keep_them(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.bachelor_elder)
    home.supporters.clear()
    home.head.unlisted.add("supporters")
    plot.people.reborn(home.head, years_before(plot.context.as_of + timedelta(days=1), _ELDER))
    plot.spared("NCE-10", "次日才满60周岁", person=home.head, household=home)
    home = plot.household("DIBAO", families.bachelor_elder)
    home.supporters.clear()
    _keep(plot, home, home.head, "child", 41)
    plot.spared("NCE-10", "子女有赡养能力", person=home.head, household=home)


def margin_family_fell(plot: Plot, turn: int) -> None:
    """With a job lost this month it is a new difficulty (NHD-06) too."""
    home = plot.household("MARGIN", families.middle_couple)
    line = dibao_line(plot.context, home)
    if turn % 2 == 0:
        plot.set_income(home, line - 1)
        plot.trips("NCE-11", "人均收入比低保标准少1分", household=home)
        return
    earner = home.members[1].person
    plot.set_income(home, line // 2)
    plot.factory.hire(earner)
    earner.wage = line * 3 // 4 // 12 * 12
    plot.factory.lose_job(earner, plot.days_ago(5))
    why = "有工作的成员本月登记失业，扣去其工资后人均收入低于低保标准"
    plot.trips("NCE-11", why, household=home)
    plot.trips("NHD-06", why, person=earner, household=home)


def income_collapsed(plot: Plot, turn: int) -> None:
    home = plot.household(None, families.middle_couple, register="WATCH", area="rural")
    _paid(plot, home, 300000, 150000 if turn % 2 == 0 else 60000)
    plot.trips("NCE-13", "近三个月工资比此前十二个月下降一半以上，人均低于边缘线", household=home, packs=MARGIN_PACKS)


def income_fell_less(plot: Plot, turn: int) -> None:
    for recent, before, why in (
        (150001, 300000, "近三个月工资下降差1分不到一半"),
        (180000, 360000, "工资下降一半，人均恰好等于边缘线"),
    ):
        home = plot.household(None, families.middle_couple, register="WATCH", area="rural")
        _paid(plot, home, before, recent)
        plot.spared("NCE-13", why, household=home)


def _paid(plot: Plot, home: Household, before: int, recent: int) -> None:
    """The head's wage is all that the family has: ``before`` 分 a month for a year, then three months of ``recent``."""
    plot.set_income(home, 0)
    plot.factory.hire(home.head)
    home.head.wage = before * 12
    for back in range(_BASE_MONTHS + _RECENT_MONTHS):
        income = recent if back < _RECENT_MONTHS else before
        plot.listed(
            home.head, "wage_income", since=back, until=back, payer=home.head.employer,
            income_month=plot.context.month(back), income=income,
        )  # fmt: skip


def child_without_parents(plot: Plot, turn: int) -> None:
    home, child = _teenager(plot)
    father, mother = home.head, home.members[1].person
    if turn % 2 == 0:
        plot.severe(father)
        plot.severe(mother, 1)
        why = "父母双方均为重度残疾，没有事实无人抚养儿童保障"
    else:
        health.fall_ill(plot.context, father)
        plot.severe(mother)
        why = "父亲患重病，母亲重度残疾，没有事实无人抚养儿童保障"
    plot.trips("NCE-18", why, person=child, household=home)


def child_with_a_parent_or_help(plot: Plot, turn: int) -> None:
    home, child = _teenager(plot)
    plot.severe(home.head)
    health.card(plot.context, home.members[1].person, 3, kind="physical")
    plot.spared("NCE-18", "母亲只是三级残疾", person=child, household=home)
    home, child = _teenager(plot)
    plot.severe(home.head)
    plot.severe(home.members[1].person)
    plot.listed(child, "child_welfare", kind="unsupported", from_on=add_months(plot.context.first, -5))
    plot.spared("NCE-18", "已有事实无人抚养儿童保障", person=child, household=home)
    home, grown = _teenager(plot, years_before(plot.context.as_of, 18))
    plot.severe(home.head)
    plot.severe(home.members[1].person)
    plot.spared("NCE-18", "当月末日满18周岁", person=grown, household=home)


def _teenager(plot: Plot, birth_date: date | None = None) -> tuple[Household, Person]:
    """A 低保 family with a child who turns eighteen on the day after the month."""
    home = plot.household("DIBAO", families.with_teenager)
    child = home.members[-1].person
    plot.people.reborn(child, birth_date or years_before(plot.context.as_of + timedelta(days=1), 18))
    child.unlisted |= {"child_welfare", "supporters"}
    return home, child


def _register(active: bool) -> str:
    return "ACTIVE" if active else "WATCH"


PLANTED = {
    "NCE-04": kept_by_the_old,
    "NCE-06": main_earner_dead,
    "NCE-08": fanpin_without_help,
    "NCE-09": partly_covered,
    "NCE-10": nobody_to_keep_them,
    "NCE-11": margin_family_fell,
    "NCE-13": income_collapsed,
    "NCE-18": child_without_parents,
}
NEAR_MISSES = (
    kept_by_others,
    somebody_else_dead,
    fanpin_well_enough,
    partly_covered_rightly,
    somebody_to_keep_them,
    income_fell_less,
    child_with_a_parent_or_help,
)

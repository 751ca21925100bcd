"""NHD: what newly befalls low-income families: hospital, disaster, house, job, school, death, care, rehabilitation."""

from __future__ import annotations

from datetime import timedelta

from doudi.engine.synth import families, health
from doudi.engine.synth.model import Household, Person
from doudi.engine.synth.months import add_months
from doudi.engine.synth.plant import LONGEST, Plot
from doudi.engine.synth.strangers import die

_TIMES = 10
"""A stay is high from ten times the monthly standard on."""


def high_stay(plot: Plot, turn: int) -> None:
    if turn % 2 == 0:
        home = plot.household("OTHER", families.middle_couple)
        plot.bill(home.head, 0, _TIMES * plot.context.standard(home.area))
        why = "一次住院自付恰好是月低保标准的10倍"
    else:
        home = plot.household("DIBAO", families.middle_couple)
        left = _TIMES * plot.context.standard(home.area) + 60000
        plot.bill(home.head, 0, left * 10 // 3, aid=left * 10 // 3 - left)
        why = "医疗救助七成后，一次住院自付仍超过月低保标准的10倍"
    plot.trips("NHD-03", why, person=home.head, household=home)


def stay_not_so_high(plot: Plot, turn: int) -> None:
    home = plot.household("OTHER", families.middle_couple)
    high = _TIMES * plot.context.standard(home.area)
    plot.set_income(home, 5 * high)  # the three bills together stay below half of it (NCE-02)
    plot.bill(home.head, 0, high - 1)
    plot.bill(home.members[1].person, 0, high // 2, day=5)
    plot.bill(home.members[1].person, 0, high // 2, day=20)
    plot.spared("NHD-03", "自付比月低保标准的10倍少1分", person=home.head, household=home)
    plot.spared("NHD-03", "两次合计达到，单次没有", person=home.members[1].person, household=home)


def disaster(plot: Plot, turn: int) -> None:
    home = plot.household(("MARGIN", "RIGID", "DIBAO")[turn % 3], families.middle_couple)
    stage = ("drought", "transition", "winter_spring")[turn % 3]
    _hit(plot, home, stage, turn % 9)
    plot.trips("NHD-04", "低收入家庭受灾", household=home)


def disaster_elsewhere(plot: Plot, turn: int) -> None:
    home = plot.household(None, families.middle_couple, register="WATCH")
    _hit(plot, home, "transition", 4)
    plot.spared("NHD-04", "关注对象，未纳入", household=home)


def _hit(plot: Plot, home: Household, stage: str, days: int) -> None:
    plot.listed(
        home.head, "disaster", since=0, event_no=f"ZQ{plot.context.period}", event_on=plot.days_ago(days), stage=stage,
        loss=300000,
    )  # fmt: skip


def unsafe_house(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple, area="rural")
    before, now = (("B", "C"), ("C", "D"))[turn % 2]
    _graded(plot, home, before, now)
    plot.trips("NHD-05", f"住房鉴定等级由{before}级变为{now}级", household=home)


def house_as_before(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple, area="rural")
    _graded(plot, home, "D", "C")
    plot.spared("NHD-05", "住房鉴定等级由D级变为C级", household=home)


def _graded(plot: Plot, home: Household, before: str, now: str) -> None:
    """The same house in the delivery before and in this one, in the renovation plan from the start."""
    context = plot.context
    year = context.first.year
    rows = ((LONGEST, 1, before, add_months(context.first, -30)), (0, 0, now, plot.days_ago(8)))
    for since, until, grade, graded_on in rows:
        plot.listed(
            home.head, "house_safety", since=since, until=until, house_no="1", grade=grade, graded_on=graded_on,
            only_house=True, in_plan=True, plan_year=year,
        )  # fmt: skip


def job_lost(plot: Plot, turn: int) -> None:
    home, earner = _earner(plot)
    if turn % 2 == 0:
        plot.factory.lose_job(earner, plot.days_ago(turn % 9))
        why = "登记有工作的成员本月登记失业"
    else:
        _insured(plot, earner, "恒达建筑劳务公司", until_days=6)
        why = "单位社会保险本月停保，没有新的参保"
    plot.trips("NHD-06", why, person=earner, household=home)


def job_changed(plot: Plot, turn: int) -> None:
    home, earner = _earner(plot)
    _insured(plot, earner, "恒达建筑劳务公司", until_days=6)
    plot.listed(earner, "employment", since=0, kind="employee", employer="东方服装厂", insured_from=plot.days_ago(5))
    plot.spared("NHD-06", "换了单位，参保没有中断", person=earner, household=home)
    home, earner = _earner(plot)
    _insured(plot, earner, "龙泉食品厂", until_days=0)
    plot.spared("NHD-06", "参保到当月末日，当日仍在保", person=earner, household=home)


def _earner(plot: Plot) -> tuple[Household, Person]:
    home = plot.household("OTHER", families.middle_couple)
    earner, total = home.head, home.income_year
    plot.set_income(home, total)
    plot.factory.hire(earner)
    earner.wage = total // 24 * 12
    earner.transfer_net = total - earner.wage
    return home, earner


def _insured(plot: Plot, person: Person, employer: str, *, until_days: int) -> None:
    """An employee's insurance that ran in the month before and ends ``until_days`` before the end of this one."""
    for since, until, ended in ((LONGEST, 1, None), (0, 0, plot.days_ago(until_days))):
        plot.listed(
            person, "employment", since=since, until=until, kind="employee", employer=employer,
            insured_from=add_months(plot.context.first, -26), insured_until=ended,
        )  # fmt: skip


def new_pupil(plot: Plot, turn: int) -> None:
    home, child = _pupil(plot)
    earlier, now = (("compulsory", "senior_high"), ("compulsory", "vocational"))[turn % 2]
    _enrolled(plot, child, earlier, until=1)
    _enrolled(plot, child, now, since=0, days=turn % 9)
    plot.trips("NHD-07", "本月升入高中阶段", person=child, household=home)


def pupil_as_before(plot: Plot, turn: int) -> None:
    home, child = _pupil(plot)
    _enrolled(plot, child, "senior_high", until=1)
    _enrolled(plot, child, "senior_high", since=0, days=5, school="县第一高级中学")
    plot.spared("NHD-07", "同一学段转学", person=child, household=home)


def _pupil(plot: Plot) -> tuple[Household, Person]:
    home = plot.household("OTHER", families.with_teenager)
    return home, home.members[-1].person


def _enrolled(
    plot: Plot, child: Person, stage: str, *, since: int = LONGEST, until: int = 0, days: int = 700, school: str = ""
) -> None:
    plot.listed(
        child, "school_enrolment", since=since, until=until, school=school or f"{child.school}（{stage}）", stage=stage,
        enrolled_on=plot.days_ago(days), status="enrolled",
    )  # fmt: skip


def death_in_the_family(plot: Plot, turn: int) -> None:
    home = plot.household("OTHER" if turn % 2 else "RIGID", families.elder_couple)
    if turn % 2:
        plot.listed(home.head, "residence", since=0, change="death", changed_on=plot.days_ago(turn % 9))
        why = "户籍注销，家中还有老伴"
    else:
        home.head.death = die(plot.context, plot.context.first)
        why = "殡葬登记死亡，家中还有老伴"
    plot.trips("NHD-08", why, person=home.head, household=home)


def last_one_dead(plot: Plot, turn: int) -> None:
    home = plot.household("OTHER", families.single_elder)
    home.head.death = die(plot.context, plot.context.first)
    plot.spared("NHD-08", "家中没有别人", person=home.head, household=home)


def care_worse(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.elder_couple)
    absent = turn % 2 == 1
    _assessed(plot, home.head, 0 if absent else 1, absent=absent)
    plot.trips("NHD-09", "评估监护缺失" if absent else "不能自理由零项增至一项", person=home.head, household=home)


def care_as_before(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.elder_couple)
    home.head.self_care_failed_items = 2
    _assessed(plot, home.head, 2)
    plot.spared("NHD-09", "不能自理的项数没有增加", person=home.head, household=home)


def _assessed(plot: Plot, person: Person, items: int, *, absent: bool = False) -> None:
    plot.listed(
        person, "care_assessment", since=0, failed_items=items, assessed_on=plot.days_ago(4), guardian_absent=absent
    )


def other_difficulty(plot: Plot, turn: int) -> None:
    home = plot.household(("DIBAO", "MARGIN")[turn % 2], families.middle_couple)
    _visited(plot, home, turn % 20)
    plot.trips("NHD-10", "走访记录写明其他困难", household=home)


def difficulty_of_another_month(plot: Plot, turn: int) -> None:
    context = plot.context
    home = plot.household("DIBAO", families.middle_couple)
    _visited(plot, home, (context.as_of - context.first).days + 1)
    plot.spared("NHD-10", "上月末日的走访", household=home)
    home = plot.household(None, families.middle_couple, register="WATCH")
    _visited(plot, home, 3)
    plot.spared("NHD-10", "关注对象，未纳入", household=home)


def _visited(plot: Plot, home: Household, days: int) -> None:
    plot.record(
        "visits", home, visited_on=plot.days_ago(days), method="HOME", outcome="TRUE_REFER", other_difficulty=True
    )


def rehabilitation(plot: Plot, turn: int) -> None:
    home = _rehabilitated(plot, 0)
    plot.trips("NHD-11", "近12个月自付康复费用恰好达到家庭年收入的20%", household=home)


def little_rehabilitation(plot: Plot, turn: int) -> None:
    home = _rehabilitated(plot, 1)
    plot.spared("NHD-11", "自付康复费用比家庭年收入的20%少1分", household=home)


def _rehabilitated(plot: Plot, less: int) -> Household:
    """Two services, on the first day of the twelve months and on the last, that cost a fifth of the income, or less."""
    context = plot.context
    home = plot.household("DIBAO", families.middle_couple)
    health.card(context, home.head, 3, kind="physical")
    due = -(-home.income_year // 5) - less
    for back, day, paid in ((11, add_months(context.first, -11), due // 2), (0, context.as_of, due - due // 2)):
        plot.listed(
            home.head, "rehabilitation", since=back, until=back, served_on=day, institution="县残疾人康复中心",
            service_no=f"KF{context.month(back)}{home.head.person_no}", cost=paid + 20000, self_paid=paid,
        )  # fmt: skip
    return home


def repeated_relief(plot: Plot, turn: int) -> None:
    home = plot.household(("MARGIN", "OTHER")[turn % 2], families.middle_couple)
    _relieved(plot, home, add_months(plot.context.first, -11))
    plot.trips("NHD-12", "近12个月临时救助三次，第一次在窗口首日", household=home)


def relief_less_often(plot: Plot, turn: int) -> None:
    home = plot.household("MARGIN", families.middle_couple)
    _relieved(plot, home, add_months(plot.context.first, -11) - timedelta(days=1))
    plot.spared("NHD-12", "三次临时救助，第一次在窗口前一天", household=home)


def _relieved(plot: Plot, home: Household, first_day: object) -> None:
    context = plot.context
    for given_on in (first_day, add_months(context.first, -6), plot.days_ago(2)):
        plot.record(
            "assistance", home, item="T01", amount=80000, period=f"{given_on:%Y-%m}", given_on=given_on,
            department="CIVIL_AFFAIRS",
        )  # fmt: skip


PLANTED = {
    "NHD-03": high_stay,
    "NHD-04": disaster,
    "NHD-05": unsafe_house,
    "NHD-06": job_lost,
    "NHD-07": new_pupil,
    "NHD-08": death_in_the_family,
    "NHD-09": care_worse,
    "NHD-10": other_difficulty,
    "NHD-11": rehabilitation,
    "NHD-12": repeated_relief,
}
NEAR_MISSES = (
    stay_not_so_high,
    disaster_elsewhere,
    house_as_before,
    job_changed,
    pupil_as_before,
    last_one_dead,
    care_as_before,
    difficulty_of_another_month,
    little_rehabilitation,
    relief_less_often,
)

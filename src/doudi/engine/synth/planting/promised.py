"""PND: what documents promise and nobody delivered, beside benefits and inpatient aid (``delivery``)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from doudi.engine.synth import economy, families, health
from doudi.engine.synth.context import INSURANCE_CONTRIBUTION
from doudi.engine.synth.feeds import term_of
from doudi.engine.synth.model import Death, Household, Listing, Person
from doudi.engine.synth.months import add_months
from doudi.engine.synth.plant import Plot
from doudi.engine.synth.strangers import FUNERAL_HOMES

INSURANCE_PACKS = ("anyang", "zhengzhou", "hubei", "qingyang")
"""The guide does not speak of subsidised insurance."""
INFORM_PACKS = ("hubei",)
_FULL = INSURANCE_CONTRIBUTION * 100
_ENROLMENT_CLOSES, _AUTUMN_TERM = 2, 9


def returned_supplement(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _receipt(plot, home.members[turn % 2].person, "returned", 10)
    plot.trips("PND-02", "上月增发补助被退回，至今没有补发", household=home)


def reissued_or_recent(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _receipt(plot, home.head, "returned", 10)
    _receipt(plot, home.head, "paid", 20)
    plot.spared("PND-02", "退回后已补发", household=home)
    home = plot.household("DIBAO", families.middle_couple)
    _receipt(plot, home.head, "returned", plot.context.as_of.day, back=0)
    plot.spared("PND-02", "月末当天才退回", household=home)


def _receipt(plot: Plot, person: Person, result: str, day: int, *, back: int = 1) -> None:
    period = plot.context.month(back)
    plot.listed(
        person, "payment_receipt", since=0, line_no=f"{period}{result}{person.person_no}", period=period,
        item="supplement", amount=10000, result=result, paid_on=date(int(period[:4]), int(period[5:]), day),
        account=person.bank_account,
    )  # fmt: skip


def _insured(plot: Plot, person: Person, subsidy: int, *, enrolled: bool = True) -> None:
    """A row of the year whose enrolment has closed."""
    today = plot.context.as_of
    year = today.year if today.month > _ENROLMENT_CLOSES else today.year - 1
    plot.listed(
        person, "insurance_enrolment", insurance_year=year, enrolled=enrolled, contribution=_FULL, subsidy=subsidy,
        enrolled_on=date(year - 1, 12, 1) if enrolled else None,
    )  # fmt: skip


def tekun_contribution(plot: Plot, turn: int) -> None:
    home = plot.household("TEKUN", families.bachelor_elder, category_from=add_months(plot.context.first, -30))
    if turn % 2:
        home.head.unlisted.add("insurance_enrolment")
        why = "没有居民医保参保记录"
    else:
        _insured(plot, home.head, _FULL - 1)
        why = "参保资助少一分钱"
    plot.trips("PND-04", f"特困人员{why}", person=home.head, household=home, packs=INSURANCE_PACKS)


def tekun_insured(plot: Plot, turn: int) -> None:
    home = plot.household("TEKUN", families.bachelor_elder, category_from=plot.context.first)
    home.head.unlisted.add("insurance_enrolment")
    plot.spared("PND-04", "本月1日才成为特困，没有参保记录", person=home.head, household=home)


def dibao_contribution(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple, category_from=add_months(plot.context.first, -30))
    person = home.members[1].person
    _insured(plot, person, 0, enrolled=turn % 2 == 0)
    why = "未参保" if turn % 2 else "已参保，没有资助"
    plot.trips("PND-05", f"低保对象{why}", person=person, household=home, packs=INSURANCE_PACKS)


def dibao_insured(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _insured(plot, home.head, _FULL * 9 // 10)
    plot.spared("PND-05", "恰好资助个人缴费标准的90%", person=home.head, household=home)
    home = plot.household(None, families.middle_couple, register="WATCH")
    _insured(plot, home.head, 0)
    plot.spared("PND-05", "关注对象，不在资助范围", person=home.head, household=home)


def outpatient_aid(plot: Plot, turn: int) -> None:
    since = add_months(plot.context.first, -9)
    category = ("DIBAO", "RIGID")[turn % 2]
    home = plot.household(category, families.middle_couple, category_from=since)
    plot.bill(home.head, 4, 60000, kind=health.CHRONIC, listed=True)
    plot.trips("PND-07", "门诊慢特病结算四个月仍无医疗救助", person=home.head, household=home)


def outpatient_in_order(plot: Plot, turn: int) -> None:
    since = add_months(plot.context.first, -9)
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"listed": True, "aid": 30000}, "恰好救助50%"),
        ({"listed": False}, "病种不在目录内"),
    )
    for options, why in cases:
        home = plot.household("DIBAO", families.middle_couple, category_from=since)
        plot.bill(home.head, 4, 60000, kind=health.CHRONIC, **options)
        plot.spared("PND-07", why, person=home.head, household=home)


def _pupil(plot: Plot) -> tuple[Household, Person]:
    """A 低保 family whose youngest has been at the senior high school since the autumn before last."""
    home = plot.household("DIBAO", families.with_teenager, category_from=add_months(plot.context.first, -30))
    person = home.members[-1].person
    enrolled_on = date(plot.context.first.year - 2, 9, 1)
    plot.listed(
        person, "school_enrolment", school="县第二高级中学", stage="senior_high", enrolled_on=enrolled_on,
        status="enrolled",
    )  # fmt: skip
    return home, person


def student_aid(plot: Plot, turn: int) -> None:
    home, person = _pupil(plot)
    if plot.context.first.month == _AUTUMN_TERM:
        plot.spared("PND-08", "开学未满30天", person=person, household=home)
    else:
        plot.trips("PND-08", "本学期没有教育救助记录", person=person, household=home)


def student_aided(plot: Plot, turn: int) -> None:
    home, person = _pupil(plot)
    plot.listed(
        person, "student_aid", stage="senior_high", item="E05", term=term_of(plot.context.period),
        granted_on=plot.context.first, amount=100000,
    )  # fmt: skip
    plot.spared("PND-08", "本学期已有国家助学金", person=person, household=home)


def urban_housing(plot: Plot, turn: int) -> None:
    home = plot.household(
        "DIBAO", families.middle_couple, area="urban", category_from=add_months(plot.context.first, -9)
    )
    status = ("none", "queued")[turn % 2]
    _without_flat(home, status, plot.days_ago(61))
    plot.trips("PND-09", "住房困难超过60天，没有公租房和租赁补贴", household=home)


def _without_flat(home: Household, status: str, since: date) -> None:
    values = {"difficulty": True, "status": status, "since": since}
    home.head.listings.append(Listing("urban_housing", values, "0000-00", "9999-12"))


def urban_housed(plot: Plot, turn: int) -> None:
    for status, since, why in (("none", 60, "住房困难恰满60天"), ("subsidised", 400, "已有租赁补贴")):
        home = plot.household("DIBAO", families.middle_couple, area="urban")
        _without_flat(home, status, plot.days_ago(since))
        plot.spared("PND-09", why, household=home)


def _house(plot: Plot, home: Household, **values: Any) -> None:
    given = {"house_no": "1", "graded_on": add_months(plot.context.first, -20), "only_house": True, "in_plan": False}
    plot.listed(home.head, "house_safety", **{**given, **values})


def unsafe_house(plot: Plot, turn: int) -> None:
    home = plot.household(("DIBAO", "MARGIN", "TEKUN")[turn % 3], families.bachelor_elder, area="rural")
    _house(plot, home, grade=("D", "C", "none")[turn % 3])
    plot.trips("PND-10", "唯一住房不安全，没有纳入改造计划", household=home)


def house_in_order(plot: Plot, turn: int) -> None:
    for values, why in (
        ({"grade": "D", "in_plan": True, "plan_year": plot.context.first.year}, "D级，已纳入计划"),
        ({"grade": "B"}, "B级"),
        ({"grade": "C", "done_on": add_months(plot.context.first, -3)}, "C级，已竣工"),
    ):
        home = plot.household("DIBAO", families.bachelor_elder, area="rural")
        _house(plot, home, **values)
        plot.spared("PND-10", why, household=home)


def allowance(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    person = home.head
    health.card(plot.context, person, 3, kind="physical")
    person.unlisted.add("disability_allowance")
    plot.trips("PND-11", "低保对象三级残疾，没有生活补贴", person=person, household=home)


def allowance_in_order(plot: Plot, turn: int) -> None:
    home = plot.household("MARGIN", families.middle_couple)
    health.card(plot.context, home.head, 3, kind="physical")
    home.head.unlisted.add("disability_allowance")
    plot.spared("PND-11", "边缘家庭三级残疾，当地没有延伸", person=home.head, household=home)


def nobody_at_work(plot: Plot, turn: int) -> None:
    home = plot.household(("DIBAO", "RIGID")[turn % 2], families.middle_couple)
    home.head.unlisted.add("J10")
    plot.trips("PND-12", "全家无人就业，没有就业救助", household=home)


def helped_to_work(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    home.head.unlisted.add("J10")
    plot.record("assistance", home, item="J11", given_on=add_months(plot.context.first, -8), department="HRSS")
    plot.spared("PND-12", "八个月前安排过公益性岗位", household=home)
    home = plot.household("DIBAO", families.elder_couple)
    home.head.unlisted.add("J10")
    plot.spared("PND-12", "都已满60周岁", household=home)


def _hit(plot: Plot, home: Household, day: date, **values: Any) -> None:
    given = {"event_no": f"ZQ{day:%Y%m%d}", "event_on": day, "stage": "emergency"}
    plot.listed(home.head, "disaster", since=1, until=1, **{**given, **values})


def disaster_relief(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _hit(plot, home, plot.context.first - timedelta(days=3 + turn % 20))
    plot.trips("PND-13", "上月受灾，应急期没有救助", household=home)


def disaster_relieved(plot: Plot, turn: int) -> None:
    day = plot.context.first - timedelta(days=5)
    home = plot.household("DIBAO", families.middle_couple)
    _hit(plot, home, day, relieved_on=day + timedelta(days=1))
    plot.spared("PND-13", "次日已救助", household=home)
    home = plot.household("DIBAO", families.middle_couple)
    _hit(plot, home, day)
    plot.record("assistance", home, item="D01", given_on=day, department="EMERG")
    plot.spared("PND-13", "部门反馈当天已救助", household=home)


def _died(plot: Plot, days: int) -> Household:
    """A 低保 couple of whom one died that long ago, as the register knows."""
    home = plot.household("DIBAO", families.elder_couple, category_from=add_months(plot.context.first, -30))
    plot.set_income(home, 240000)
    person = home.members[1].person
    person.died_on = plot.days_ago(days)
    person.death = Death(person.died_on, person.died_on, plot.context.county_name + FUNERAL_HOMES[0])
    home.monthly_benefit = economy.benefit(plot.context, home)
    home.head.unlisted.add("O02")
    return home


def funeral_fees(plot: Plot, turn: int) -> None:
    plot.trips("PND-14", "成员死亡已超过30天，没有殡葬减免", household=_died(plot, 45 + turn % 10))


def funeral_in_order(plot: Plot, turn: int) -> None:
    home = _died(plot, 45)
    plot.record("assistance", home, item="O02", given_on=plot.days_ago(44), department="CIVIL_AFFAIRS")
    plot.spared("PND-14", "已减免殡葬费用", household=home)


def care_order(plot: Plot, turn: int) -> None:
    home = plot.household("TEKUN", families.bachelor_elder)
    home.head.self_care_failed_items = 4 + turn % 3
    home.head.unlisted.add("care_orders")
    plot.trips("PND-15", "生活不能自理，没有照料安排", person=home.head, household=home)


def care_in_order(plot: Plot, turn: int) -> None:
    home = plot.household("TEKUN", families.bachelor_elder)
    home.head.self_care_failed_items = 3
    plot.spared("PND-15", "三项不能自理", person=home.head, household=home)


def late_referral(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _refer(plot, home, ("SENT", "ACCEPTED")[turn % 2], plot.days_ago(1))
    plot.trips("PND-16", "转办事项昨天到期，没有签收或反馈", household=home)


def referral_in_time(plot: Plot, turn: int) -> None:
    for state, days, why in (("ACCEPTED", 0, "今天到期"), ("FEEDBACK", 9, "已反馈")):
        home = plot.household("DIBAO", families.middle_couple)
        _refer(plot, home, state, plot.days_ago(days))
        plot.spared("PND-16", why, household=home)


def _refer(plot: Plot, home: Household, state: str, due_on: date) -> None:
    plot.record(
        "referrals", home, referral_no=f"ZB{home.head.person_no}", item="T01", department="CIVIL_AFFAIRS", state=state,
        sent_on=plot.days_ago(25), accept_due_on=due_on if state == "SENT" else plot.days_ago(20), handle_due_on=due_on,
        rejections=0,
    )  # fmt: skip


def formalities(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _advance(plot, home, plot.days_ago(30))
    plot.trips("PND-17", "先行救助一个月，手续没有补齐", household=home)


def formalities_done(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _advance(plot, home, plot.days_ago(30), completed_on=plot.days_ago(12))
    plot.spared("PND-17", "手续已补齐", household=home)
    home = plot.household("DIBAO", families.middle_couple)
    _advance(plot, home, plot.days_ago(3))
    plot.spared("PND-17", "三天前才先行救助", household=home)


def _advance(plot: Plot, home: Household, paid_on: date, **values: Any) -> None:
    plot.record(
        "emergencies", home, emergency_no=f"JN{home.head.person_no}", level="light", amount=50000, reported_on=paid_on,
        advance_paid_on=paid_on, place_division=plot.context.county, home_division=plot.context.county,
        identity_known=True, declined_by=0, extreme_risk=False, **values,
    )  # fmt: skip


def not_informed(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _alert(plot, home)
    plot.trips("PND-18", "可能符合条件的预警半个月没有告知", household=home, packs=INFORM_PACKS)


def informed(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _alert(plot, home, informed_on=plot.days_ago(12))
    plot.spared("PND-18", "已主动告知", household=home)


def _alert(plot: Plot, home: Household, **values: Any) -> None:
    plot.record(
        "alerts", home, alert_no=f"YJ{home.head.person_no}", indicator="NCE-12", alert_class="NCE", state="NEW",
        opened_on=plot.days_ago(20), **values,
    )  # fmt: skip


PLANTED = {
    "PND-02": returned_supplement,
    "PND-04": tekun_contribution,
    "PND-05": dibao_contribution,
    "PND-07": outpatient_aid,
    "PND-08": student_aid,
    "PND-09": urban_housing,
    "PND-10": unsafe_house,
    "PND-11": allowance,
    "PND-12": nobody_at_work,
    "PND-13": disaster_relief,
    "PND-14": funeral_fees,
    "PND-15": care_order,
    "PND-16": late_referral,
    "PND-17": formalities,
    "PND-18": not_informed,
}
NEAR_MISSES = (
    reissued_or_recent,
    tekun_insured,
    dibao_insured,
    outpatient_in_order,
    student_aided,
    urban_housed,
    house_in_order,
    allowance_in_order,
    helped_to_work,
    disaster_relieved,
    funeral_in_order,
    care_in_order,
    referral_in_time,
    formalities_done,
    informed,
)

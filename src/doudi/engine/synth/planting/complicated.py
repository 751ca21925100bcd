"""CPX: too complex for one department: no policy, nobody in charge, above the township's power, or dangerous."""

from __future__ import annotations

from datetime import date

from doudi.engine.synth import families
from doudi.engine.synth.context import DIBAO_STANDARD
from doudi.engine.synth.model import Household, Person
from doudi.engine.synth.plant import Plot

CAP_PACKS = ("zhengzhou",)
"""Elsewhere the county sets how many monthly standards a township may give; the sample county does not."""
_CAP = 3
_TILTED_AID_PACKS = ("anyang", "zhengzhou", "hubei", "national_guide")
"""Whose documents do not name the second, tilted medical aid: 庆阳 does."""


def no_policy(plot: Plot, turn: int) -> None:
    if turn % 2:
        home = plot.household("MARGIN", families.middle_couple)
        _need(plot, home, "B01", plot.days_ago(turn % 20), home.head)
        plot.trips("CPX-02", "边缘家庭成员要求低保金，文件没有面向这一类的规定", household=home)
        return
    home = plot.household("DIBAO", families.middle_couple)
    _need(plot, home, "M05", plot.days_ago(turn % 20))
    plot.trips("CPX-02", "需要二次倾斜救助，当地没有这项政策", household=home, packs=_TILTED_AID_PACKS)


def policy_or_conference(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _need(plot, home, "M03", plot.days_ago(6))
    plot.spared("CPX-02", "需要住院医疗救助，当地有这项政策", household=home)
    home = plot.household("DIBAO", families.middle_couple)
    _need(plot, home, "M05", plot.days_ago(6))
    _propose(plot, home, plot.days_ago(6))
    plot.spared("CPX-02", "没有对应政策，当天已提请一事一议", household=home)


def _need(plot: Plot, home: Household, item: str, verified_on: date, person: Person | None = None) -> None:
    plot.record("needs", home, person, item=item, verified_on=verified_on, state="open")


def _propose(plot: Plot, home: Household, proposed_on: date) -> None:
    number = f"YS{plot.context.period}{home.head.person_no:06d}"
    plot.record("conferences", home, conference_no=number, state="PROPOSED", proposed_on=proposed_on)


def bounced(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    if turn % 2:
        _refer(plot, home, "HOUSE", 1)
        _refer(plot, home, "UC", 1)
        why = "两个部门各退回一次"
    else:
        _refer(plot, home, "HOUSE", 2)
        why = "同一部门退回两次"
    plot.trips("CPX-03", why, household=home)


def taken_on(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _refer(plot, home, "HOUSE", 1)
    plot.spared("CPX-03", "只退回一次", household=home)
    home = plot.household("DIBAO", families.middle_couple)
    _refer(plot, home, "HOUSE", 2)
    _refer(plot, home, "UC", 0, state="CLOSED")
    plot.spared("CPX-03", "退回两次，另一部门已办结", household=home)
    home = plot.household("DIBAO", families.middle_couple)
    _refer(plot, home, "HOUSE", 2, state="CONFERENCE")
    _propose(plot, home, plot.days_ago(9))
    plot.spared("CPX-03", "退回两次，已转一事一议", household=home)


def _refer(plot: Plot, home: Household, department: str, rejections: int, *, state: str = "REJECTED") -> None:
    plot.record(
        "referrals", home, referral_no=f"ZT{department}{home.head.person_no:06d}", item="H04", department=department,
        state=state, sent_on=plot.days_ago(15), accept_due_on=plot.days_ago(11), handle_due_on=plot.context.as_of,
        rejections=rejections,
    )  # fmt: skip


def above_the_cap(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _emergency(plot, home, amount=_cap(home) + 1 + 50000 * (turn % 4))
    plot.trips("CPX-04", "申请金额高于月低保标准的3倍", household=home, packs=CAP_PACKS)


def within_the_cap(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _emergency(plot, home, amount=_cap(home))
    plot.spared("CPX-04", "申请金额恰好是月低保标准的3倍", household=home)
    home = plot.household("DIBAO", families.middle_couple)
    _emergency(plot, home, amount=_cap(home) * 3, completed_on=plot.context.as_of)
    plot.spared("CPX-04", "月末当天已办结", household=home)


def _cap(home: Household) -> int:
    return DIBAO_STANDARD[home.area] * 100 * _CAP


def rich_but_ill(plot: Plot, turn: int) -> None:
    """Outside 低保边缘 such bills also trip NCE-02."""
    why = "财产不符合规定，近12个月自付恰好等于家庭年收入"
    category, register = ((None, "WATCH"), ("MARGIN", "ACTIVE"))[turn % 2]
    home = plot.household(category, families.middle_couple, register=register)
    home.assets.conforms = False
    _bills(plot, home, home.income_year)
    plot.trips("CPX-05", why, household=home)
    if category is None:
        plot.trips("NCE-02", why, household=home)


def rich_and_less_ill(plot: Plot, turn: int) -> None:
    for category, conforms, short, why in (
        ("MARGIN", False, 1, "财产不符合规定，自付比家庭年收入少1分"),
        ("MARGIN", True, 0, "自付等于家庭年收入，财产符合规定"),
        ("DIBAO", False, 0, "已纳入低保"),
    ):
        home = plot.household(category, families.middle_couple)
        home.assets.conforms = conforms
        _bills(plot, home, home.income_year - short)
        plot.spared("CPX-05", why, household=home)


def _bills(plot: Plot, home: Household, left: int) -> None:
    """Two bills of earlier months that leave exactly ``left`` 分; aid is more than any pack's floor for the family."""
    for back, share in ((11, left // 2), (4, left - left // 2)):
        plot.bill(home.members[1].person, back, share * 4, aid=share * 3)


def nobody_in_charge(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    if turn % 2:
        _emergency(plot, home, identity_known=False)
        why = "求助人身份不清"
    else:
        _emergency(plot, home, declined_by=2 + turn % 3)
        why = "两个以上地区推辞受理"
    plot.trips("CPX-06", why, person=home.head, household=home)


def somebody_in_charge(plot: Plot, turn: int) -> None:
    for values, why in (
        ({"declined_by": 1}, "只有一个地区推辞"),
        ({"declined_by": 2, "completed_on": plot.context.as_of}, "两个地区推辞，月末当天已办结"),
    ):
        home = plot.household("DIBAO", families.middle_couple)
        _emergency(plot, home, **values)
        plot.spared("CPX-06", why, person=home.head, household=home)


def other_difficulty(plot: Plot, turn: int) -> None:
    home = plot.household(None, families.middle_couple, register="WATCH")
    _apply(plot, home, "OTHER", ("SUBMITTED", "REVIEWED")[turn % 2])
    plot.trips("CPX-07", "申请认定为其他困难人员，尚未认定", household=home)


def decided_or_another(plot: Plot, turn: int) -> None:
    home = plot.household(None, families.middle_couple, register="WATCH")
    _apply(plot, home, "OTHER", "REFUSED", decided_on=plot.context.as_of)
    plot.spared("CPX-07", "月末当天决定不予认定", household=home)
    home = plot.household(None, families.middle_couple, register="WATCH")
    _apply(plot, home, "MARGIN", "SUBMITTED")
    plot.spared("CPX-07", "申请的是低保边缘家庭", household=home)


def _apply(plot: Plot, home: Household, category: str, state: str, *, decided_on: date | None = None) -> None:
    plot.record(
        "applications", home, application_no=f"QT{plot.context.period}{home.head.person_no:06d}", channel="declared",
        category=category, state=state, submitted_on=plot.days_ago(12), decided_on=decided_on, checked=True,
        step_due_on=None if decided_on else plot.context.as_of,
    )  # fmt: skip


def in_danger(plot: Plot, turn: int) -> None:
    """A family in the media that is not covered also trips NCE-14."""
    if turn % 2 == 0:
        home = plot.household("DIBAO", families.middle_couple)
        _emergency(plot, home, extreme_risk=True)
        plot.trips("CPX-08", "低保对象求助，标明生命安全受到威胁", person=home.head, household=home)
        return
    home = plot.household(None, families.middle_couple, register="WATCH")
    number = f"MT{plot.context.period}{home.head.person_no:06d}"
    plot.record(
        "clues", home, home.head, clue_no=number, kind="media", received_on=plot.days_ago(turn % 12), state="open"
    )  # fmt: skip
    for code in ("CPX-08", "NCE-14"):
        plot.trips(code, "媒体反映关注家庭的困难", person=home.head, household=home)


def danger_over(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _emergency(plot, home, extreme_risk=True, completed_on=plot.context.as_of)
    plot.spared("CPX-08", "标明有危险，月末当天已办结", person=home.head, household=home)
    home = plot.household("DIBAO", families.middle_couple)
    number = f"XF{plot.context.period}{home.head.person_no:06d}"
    plot.record("clues", home, home.head, clue_no=number, kind="petition", received_on=plot.days_ago(3), state="open")
    plot.spared("CPX-08", "低保家庭的信访线索，没有危险", person=home.head, household=home)


def _emergency(plot: Plot, home: Household, **values: object) -> None:
    """A case of the head where the family lives, open unless said otherwise."""
    given = {
        "emergency_no": f"JF{plot.context.period}{home.head.person_no:06d}",
        "level": "light",
        "amount": 50000,
        "reported_on": plot.days_ago(5),
        "place_division": plot.context.county,
        "home_division": plot.context.county,
        "identity_known": True,
        "declined_by": 0,
        "extreme_risk": False,
    }
    plot.record("emergencies", home, home.head, **{**given, **values})


PLANTED = {
    "CPX-02": no_policy,
    "CPX-03": bounced,
    "CPX-04": above_the_cap,
    "CPX-05": rich_but_ill,
    "CPX-06": nobody_in_charge,
    "CPX-07": other_difficulty,
    "CPX-08": in_danger,
}
NEAR_MISSES = (
    policy_or_conference,
    taken_on,
    within_the_cap,
    rich_and_less_ill,
    somebody_in_charge,
    decided_or_another,
    danger_over,
)

"""SUP: offices that are late, incomplete or careless. The matters lie in households that other recipes made."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from doudi.engine.synth import families
from doudi.engine.synth.model import Household
from doudi.engine.synth.plant import Plot
from doudi.engine.synth.provided import delivery

COMPARISON_PACKS, MEETING_PACKS = ("zhengzhou",), ("hubei",)
ONCE_A_COUNTY = frozenset({"SUP-06", "SUP-08"})
"""Matters of the county as a whole: one case, and a county either meets or does not."""


def _home(plot: Plot) -> Household:
    return plot.household("DIBAO", families.middle_couple)


def _number(plot: Plot, prefix: str, home: Household) -> str:
    return f"{prefix}{plot.context.first:%Y%m}{home.head.person_no:06d}"


def late_application(plot: Plot, turn: int) -> None:
    home = _home(plot)
    number = _number(plot, "SQ", home)
    _apply(plot, home, number, "SUBMITTED", step_due_on=plot.days_ago(1 + turn % 9))
    plot.trips("SUP-01", "申请环节时限已过", household=home, matter=number)


def application_in_time(plot: Plot, turn: int) -> None:
    home = _home(plot)
    number = _number(plot, "SQ", home)
    _apply(plot, home, number, "REVIEWED", step_due_on=plot.context.as_of)
    plot.spared("SUP-01", "时限是今天", household=home, matter=number)


def unchecked_decision(plot: Plot, turn: int) -> None:
    home = _home(plot)
    number = _number(plot, "SR", home)
    _apply(plot, home, number, "APPROVED", decided_on=plot.days_ago(5), checked=False)
    plot.trips("SUP-05", "没有核对报告就认定", household=home, matter=number)


def checked_decision(plot: Plot, turn: int) -> None:
    home = _home(plot)
    number = _number(plot, "SR", home)
    _apply(plot, home, number, "APPROVED", decided_on=plot.days_ago(5), checked=True)
    plot.spared("SUP-05", "有核对报告", household=home, matter=number)


def _apply(plot: Plot, home: Household, number: str, state: str, **values: Any) -> None:
    given = {"channel": "declared", "submitted_on": plot.days_ago(40), "checked": state == "APPROVED"}
    plot.record("applications", home, application_no=number, state=state, **{**given, **values})


def late_alert(plot: Plot, turn: int) -> None:
    home = _home(plot)
    number = _alert(plot, home, "NEW")
    plot.trips("SUP-02", "预警时限已过，没有核查", household=home, matter=number)


def alert_checked(plot: Plot, turn: int) -> None:
    home = _home(plot)
    plot.spared("SUP-02", "已核查，待处置", household=home, matter=_alert(plot, home, "VERIFIED"))


def _alert(plot: Plot, home: Household, state: str) -> str:
    number = _number(plot, "YJ", home)
    plot.record(
        "alerts", home, alert_no=number, indicator="PND-01", alert_class="PND", state=state,
        opened_on=plot.days_ago(20), due_on=plot.days_ago(1),
    )  # fmt: skip
    return number


def publicity(plot: Plot, turn: int) -> None:
    days, masked, why = ((6, True, "第6天就撤下"), (9, False, "没有脱敏"))[turn % 2]
    plot.trips("SUP-03", why, matter=_post(plot, turn, days, masked))


def publicity_in_order(plot: Plot, turn: int) -> None:
    plot.spared("SUP-03", "恰满7天", matter=_post(plot, 5000 + turn, 7, True))


def _post(plot: Plot, turn: int, days: int, masked: bool) -> str:
    posted = plot.context.first + timedelta(days=3)
    number = f"GS{posted:%Y%m}{turn:04d}"
    plot.record(
        "publicity", list_no=number, division=_place(plot, turn), posted_on=posted,
        taken_down_on=posted + timedelta(days=days), masked=masked,
    )  # fmt: skip
    return number


def _place(plot: Plot, turn: int) -> str:
    villages = plot.context.villages
    return villages[turn % len(villages)].code


def relative(plot: Plot, turn: int) -> None:
    home = _home(plot)
    plot.record("relatives", home, staff_relative=True)
    plot.trips("SUP-04", "经办人员近亲属没有备案", household=home)


def relative_registered(plot: Plot, turn: int) -> None:
    home = _home(plot)
    plot.record("relatives", home, staff_relative=True, registered_on=plot.context.as_of)
    plot.spared("SUP-04", "今天备案", household=home)


def comparison(plot: Plot, turn: int) -> None:
    """The month's fanpin list never came; the funeral list came on the last day in time (``provided``)."""
    if turn == 0:
        plot.trips("SUP-06", "本月没有收到监测对象数据", matter=f"fanpin/{plot.context.period}", packs=COMPARISON_PACKS)


def compared(plot: Plot, turn: int) -> None:
    plot.records.append(delivery(plot.context, "disability", plot.context.as_of))
    plot.spared("SUP-06", "殡葬数据28日收到", matter=f"funeral/{plot.context.period}")


def _checked_year(plot: Plot) -> int:
    return plot.context.first.year if plot.context.first.month == 12 else plot.context.first.year - 1


def screening(plot: Plot, turn: int) -> None:
    if turn < len(plot.context.villages) // 2:
        plot.trips("SUP-07", "集中排查差一户", matter=_screen(plot, turn, 49))


def screened(plot: Plot, turn: int) -> None:
    if turn < len(plot.context.villages) // 2:
        plot.spared("SUP-07", "全部查到", matter=_screen(plot, -1 - turn, 50))


def _screen(plot: Plot, turn: int, done: int) -> str:
    place, year = _place(plot, turn), _checked_year(plot)
    plot.record("campaigns", division=place, year=year, households=50, done=done)
    return f"{place}/{year}"


def meeting(plot: Plot, turn: int) -> None:
    if turn == 0:
        year = _checked_year(plot)
        plot.record("meetings", division=plot.context.county, held_on=date(year - 1, 12, 31))
        plot.trips(
            "SUP-08", "最近一次联席会议在前一年的最后一天", matter=f"{plot.context.county}/{year}", packs=MEETING_PACKS
        )


def shared_account(plot: Plot, turn: int) -> None:
    key = 7_000_000 + turn
    for home in (_home(plot), _home(plot)):
        plot.record("accounts", home, home.head, account_key=key, institution=False)
    plot.trips("SUP-09", "两户共用一个账户", matter=f"A{key}")


def account_in_order(plot: Plot, turn: int) -> None:
    key = 8_000_000 + turn
    for _ in range(2):
        home = plot.household("TEKUN", families.bachelor_elder)
        plot.record("accounts", home, home.head, account_key=key, institution=True)
    plot.spared("SUP-09", "供养机构账户", matter=f"A{key}")


def lookups(plot: Plot, turn: int) -> None:
    user = f"U{100 + turn}"
    _look(plot, user, 10 + turn % 7, 101)
    plot.trips("SUP-10", "一小时查阅101人，都与任务无关", matter=f"{user}/{plot.context.period}")


def few_lookups(plot: Plot, turn: int) -> None:
    user = f"U{900 + turn}"
    _look(plot, user, 10, 100)
    plot.spared("SUP-10", "恰好100人", matter=f"{user}/{plot.context.period}")


def _look(plot: Plot, user: str, hour: int, persons: int) -> None:
    plot.record(
        "lookups", division=plot.context.county, user_no=user, looked_on=plot.context.first + timedelta(days=4),
        hour=hour, persons=persons, outside_tasks=persons,
    )  # fmt: skip


def twice(plot: Plot, turn: int) -> None:
    home = _home(plot)
    period = plot.context.period
    items = (("O04", "O04"), ("M01", "M02"))[turn % 2]
    for item in items:
        plot.record("assistance", home, item=item, period=period, given_on=plot.context.first, department="DPF")
    plot.trips("SUP-11", "同一所属期重复或互斥的救助", household=home)


def once_each(plot: Plot, turn: int) -> None:
    home = _home(plot)
    for back in (0, 1):
        period = plot.context.month(back)
        plot.record("assistance", home, item="O04", period=period, given_on=plot.context.first, department="DPF")
    plot.spared("SUP-11", "两个月各一次", household=home)


def defect(plot: Plot, turn: int) -> None:
    home = _home(plot)
    plot.record("defects", home, home.head, rule="Q01", found_on=plot.context.as_of, owner="TOWNSHIP")
    plot.trips("SUP-12", "登记数据有缺陷", household=home)


def defect_later(plot: Plot, turn: int) -> None:
    home = _home(plot)
    later = plot.context.as_of + timedelta(days=1)
    plot.record("defects", home, home.head, rule="Q01", found_on=later, owner="TOWNSHIP")
    plot.spared("SUP-12", "下月才发现", household=home)


def reserve(plot: Plot, turn: int) -> None:
    number = _draw(plot, turn, 30, cleared=False)
    plot.trips("SUP-13", "支取恰满30天没有核销", matter=number)


def reserve_in_order(plot: Plot, turn: int) -> None:
    plot.spared("SUP-13", "支取29天", matter=_draw(plot, 5000 + turn, 29, cleared=False))


def _draw(plot: Plot, turn: int, days: int, *, cleared: bool) -> str:
    number = f"BY{plot.context.first:%Y%m}{turn:04d}"
    plot.record(
        "reserve_draws", division=_place(plot, turn), draw_no=number, amount=100000, drawn_on=plot.days_ago(days),
        cleared_on=plot.context.as_of if cleared else None,
    )  # fmt: skip
    return number


PLANTED = {
    "SUP-01": late_application,
    "SUP-02": late_alert,
    "SUP-03": publicity,
    "SUP-04": relative,
    "SUP-05": unchecked_decision,
    "SUP-06": comparison,
    "SUP-07": screening,
    "SUP-08": meeting,
    "SUP-09": shared_account,
    "SUP-10": lookups,
    "SUP-11": twice,
    "SUP-12": defect,
    "SUP-13": reserve,
}
NEAR_MISSES = (
    application_in_time,
    alert_checked,
    publicity_in_order,
    relative_registered,
    checked_decision,
    compared,
    screened,
    account_in_order,
    few_lookups,
    once_each,
    defect_later,
    reserve_in_order,
)

"""Visit, referral, case conference and application as tables."""

from __future__ import annotations

from doudi.apps.accounts.roles import DEPARTMENT_ROLES
from doudi.apps.base.states import Process, State, Transition

_OFFICE = ("CNTY_REVIEW", "CNTY_LEAD", "TOWN_CLERK", "TOWN_HEAD")
_COUNTY = ("CNTY_REVIEW", "CNTY_LEAD")

VISIT = Process(
    name="visit",
    label="走访",
    states=(
        State("ASSIGNED", "待走访", "orange"),
        State("DONE", "已走访", "blue"),
        State("CANCELLED", "已撤销", "grey", final=True),
    ),
    transitions=(
        Transition("record", ("ASSIGNED",), "DONE", ("VIL_ASSIST", "TOWN_CLERK"), "提交走访记录"),
        Transition("cancel", ("ASSIGNED",), "CANCELLED", (*_OFFICE, "SYSTEM"), "转派或撤销"),
    ),
    steps=("ASSIGNED", "DONE"),
)

REFERRAL = Process(
    name="referral",
    label="转办",
    states=(
        State("SENT", "待签收", "orange"),
        State("ACCEPTED", "办理中", "blue"),
        State("REJECTED", "已退回", "red"),
        State("FEEDBACK", "已反馈", "green"),
        State("CONFERENCE", "转一事一议", "grey", final=True),
        State("CLOSED", "已办结", "grey", final=True),
    ),
    transitions=(
        Transition("accept", ("SENT",), "ACCEPTED", DEPARTMENT_ROLES, "签收"),
        Transition("reject", ("SENT", "ACCEPTED"), "REJECTED", DEPARTMENT_ROLES, "退回"),
        Transition("resend", ("REJECTED",), "SENT", _OFFICE, "补充说明后重新转办"),
        Transition("feedback", ("ACCEPTED",), "FEEDBACK", DEPARTMENT_ROLES, "反馈救助帮扶信息"),
        Transition("to_conference", ("REJECTED",), "CONFERENCE", (*_COUNTY, "SYSTEM"), "提交一事一议"),
        Transition("close", ("FEEDBACK",), "CLOSED", (*_OFFICE, "SYSTEM"), "办结"),
    ),
    steps=("SENT", "ACCEPTED", "FEEDBACK", "CLOSED"),
)

CONFERENCE = Process(
    name="conference",
    label="一事一议",
    states=(
        State("PROPOSED", "待召开", "orange"),
        State("DECIDED", "已议定", "green"),
        State("CLOSED", "已办结", "grey", final=True),
    ),
    transitions=(
        Transition("decide", ("PROPOSED",), "DECIDED", _COUNTY, "记录议定事项"),
        Transition("close", ("DECIDED",), "CLOSED", _COUNTY, "办结"),
    ),
    steps=("PROPOSED", "DECIDED", "CLOSED"),
)

APPLICATION = Process(
    name="application",
    label="申请",
    states=(
        State("SUBMITTED", "待审核", "orange"),
        State("REVIEWED", "待确认", "blue"),
        State("APPROVED", "已认定", "green", final=True),
        State("REFUSED", "不予认定", "grey", final=True),
    ),
    transitions=(
        Transition("review", ("SUBMITTED", "REVIEWED"), "REVIEWED", ("TOWN_CLERK", "CNTY_REVIEW"), "提出审核意见"),
        Transition("check", ("REVIEWED",), "REVIEWED", ("TOWN_CLERK", "CNTY_REVIEW"), "第二人复核"),
        Transition("approve", ("REVIEWED",), "APPROVED", ("TOWN_HEAD", "CNTY_LEAD"), "确认认定"),
        Transition("refuse", ("REVIEWED",), "REFUSED", ("TOWN_HEAD", "CNTY_LEAD"), "不予认定"),
    ),
    steps=("SUBMITTED", "REVIEWED", "APPROVED"),
)

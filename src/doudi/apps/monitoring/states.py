"""The lives of an alert (预警), a matter of supervision (督办事项) and a setting (指标设置)."""

from __future__ import annotations

from doudi.apps.base.states import Process, State, Transition

_OFFICE = ("CNTY_REVIEW", "CNTY_LEAD", "TOWN_CLERK", "TOWN_HEAD")
_VISITOR = ("VIL_ASSIST", "TOWN_CLERK")
_CLOSER = ("CNTY_REVIEW", "CNTY_LEAD", "TOWN_HEAD")

UNCHECKED = ("NEW", "ASSIGNED")
"""States before the check that the deadline is for (郑政办〔2024〕46号 二(四): 在规定时限内上门核查情况)."""

ALERT = Process(
    name="alert",
    label="预警",
    states=(
        State("NEW", "待派发", "red"),
        State("ASSIGNED", "待核查", "orange"),
        State("VERIFIED", "待处置", "blue"),
        State("DISPOSING", "处置中", "blue"),
        State("RESOLVED", "待办结", "green"),
        State("WATCHING", "继续观察", "grey"),
        State("CLOSED", "已办结", "grey", final=True),
    ),
    transitions=(
        Transition("assign", ("NEW", "ASSIGNED", "WATCHING"), "ASSIGNED", _OFFICE, "派发核查"),
        Transition("verify", ("ASSIGNED",), "VERIFIED", _VISITOR, "提交核查结果"),
        Transition("return", ("VERIFIED",), "ASSIGNED", _OFFICE, "退回重新核查"),
        Transition("dispose", ("VERIFIED",), "DISPOSING", _OFFICE, "分类处置"),
        Transition("watch", ("VERIFIED",), "WATCHING", _OFFICE, "继续观察"),
        Transition("redispose", ("DISPOSING",), "DISPOSING", _OFFICE, "变更处置方式"),
        Transition("resolve", ("DISPOSING",), "RESOLVED", (*_OFFICE, "SYSTEM"), "处置完成"),
        Transition("close", ("VERIFIED", "RESOLVED", "WATCHING"), "CLOSED", _CLOSER, "办结"),
        Transition("close_unneeded", ("NEW", "ASSIGNED"), "CLOSED", _CLOSER, "说明理由办结"),
        Transition("reopen", ("CLOSED",), "NEW", ("SYSTEM",), "再次出现"),
    ),
    steps=("NEW", "ASSIGNED", "VERIFIED", "DISPOSING", "RESOLVED", "CLOSED"),
)

_ANSWERER = ("CNTY_LEAD", "CNTY_REVIEW", "CNTY_DATA", "CNTY_SUP", "TOWN_HEAD", "TOWN_CLERK")
_SUPERVISOR = ("CNTY_SUP", "CNTY_LEAD", "CITY_CA")

SUPERVISION = Process(
    name="supervision",
    label="督办事项",
    states=(
        State("OPEN", "待处理", "red"),
        State("ANSWERED", "待核销", "blue"),
        State("CLOSED", "已核销", "grey", final=True),
    ),
    transitions=(
        Transition("answer", ("OPEN",), "ANSWERED", _ANSWERER, "报告处理结果"),
        Transition("return", ("ANSWERED",), "OPEN", _SUPERVISOR, "退回重新处理"),
        Transition("close", ("ANSWERED",), "CLOSED", _SUPERVISOR, "核销"),
        Transition("clear", ("OPEN",), "CLOSED", _SUPERVISOR, "情形已消除，核销"),
        Transition("reopen", ("CLOSED",), "OPEN", ("SYSTEM",), "再次出现"),
    ),
    steps=("OPEN", "ANSWERED", "CLOSED"),
)

_DRAFTER = ("POLICY_ADMIN", "CNTY_DATA", "CNTY_REVIEW")
_PUBLISHER = ("CNTY_LEAD", "CITY_CA", "POLICY_ADMIN")

SETTING = Process(
    name="indicator_setting",
    label="指标设置",
    states=(
        State("DRAFT", "待发布", "orange"),
        State("PUBLISHED", "已发布", "green", final=True),
        State("WITHDRAWN", "已撤回", "grey", final=True),
    ),
    transitions=(
        Transition("try", ("DRAFT",), "DRAFT", (*_DRAFTER, *_PUBLISHER), "用往期数据试算"),
        Transition("publish", ("DRAFT",), "PUBLISHED", _PUBLISHER, "发布"),
        Transition("withdraw", ("DRAFT",), "WITHDRAWN", (*_DRAFTER, *_PUBLISHER), "撤回"),
    ),
    steps=("DRAFT", "PUBLISHED"),
)

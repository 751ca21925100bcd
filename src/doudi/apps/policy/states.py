"""The states of a parameter change as data: who tries, publishes and withdraws it."""

from __future__ import annotations

from doudi.apps.base.states import Process, State, Transition

DRAFTERS = ("POLICY_ADMIN",)
PUBLISHERS = ("CNTY_LEAD", "CITY_CA", "POLICY_ADMIN")

CHANGE = Process(
    name="parameter_change",
    label="参数调整",
    states=(
        State("DRAFT", "草稿", "grey"),
        State("TRIED", "已试算", "blue"),
        State("PUBLISHED", "已发布", "green", final=True),
        State("WITHDRAWN", "已撤回", "grey", final=True),
    ),
    transitions=(
        Transition("edit", ("DRAFT", "TRIED"), "DRAFT", DRAFTERS, "修改"),
        Transition("try", ("DRAFT", "TRIED"), "TRIED", (*DRAFTERS, *PUBLISHERS), "试算"),
        Transition("publish", ("TRIED",), "PUBLISHED", PUBLISHERS, "发布"),
        Transition("withdraw", ("DRAFT", "TRIED"), "WITHDRAWN", (*DRAFTERS, *PUBLISHERS), "撤回"),
    ),
    steps=("DRAFT", "TRIED", "PUBLISHED"),
)

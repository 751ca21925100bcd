"""A suggestion's life (一人一次): one officer decides, and two where two valid numbers would become one person."""

from __future__ import annotations

from doudi.apps.base.states import Process, State, Transition

_DECIDES = ("CNTY_REVIEW", "CNTY_LEAD", "CITY_CA")
_UNDECIDED = ("OPEN", "UNSURE")

SUGGESTION = Process(
    name="suggestion",
    label="疑似同一人",
    states=(
        State("OPEN", "待核实", "orange"),
        State("UNSURE", "暂不能确定", "blue"),
        State("PROPOSED", "待复核", "red"),
        State("SAME", "确认同一人", "green", final=True),
        State("DIFFERENT", "不是同一人", "grey", final=True),
    ),
    transitions=(
        Transition("same", _UNDECIDED, "SAME", _DECIDES, "是同一人"),
        Transition("propose", _UNDECIDED, "PROPOSED", _DECIDES, "是同一人，提请复核"),
        Transition("different", _UNDECIDED, "DIFFERENT", _DECIDES, "不是同一人"),
        Transition("unsure", _UNDECIDED, "UNSURE", _DECIDES, "暂不能确定"),
        Transition("confirm", ("PROPOSED",), "SAME", _DECIDES, "复核同意"),
        Transition("reject", ("PROPOSED",), "OPEN", _DECIDES, "复核退回"),
        Transition("undo", ("SAME",), "OPEN", _DECIDES, "撤销"),
        Transition("reconsider", ("DIFFERENT",), "OPEN", _DECIDES, "重新核实"),
    ),
    steps=("OPEN", "PROPOSED", "SAME"),
)

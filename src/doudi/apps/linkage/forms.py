"""Forms of linkage: the queue's search and one decision."""

from __future__ import annotations

from typing import Any

from django import forms

from doudi.apps.linkage.queries import KINDS
from doudi.apps.linkage.states import SUGGESTION


class SuggestionSearch(forms.Form):
    """The queue's search; what it does not understand it leaves out of account."""

    state = forms.ChoiceField(label="状态", choices=[("", "全部"), *SUGGESTION.choices()], required=False)
    kind = forms.ChoiceField(label="依据", choices=[("", "全部"), *KINDS.items()], required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="filter_%s")


class DecisionForm(forms.Form):
    """``event`` is one of the steps that the actor may take now; ``remains`` who of two persons stays."""

    event = forms.ChoiceField(label="核实结果", widget=forms.RadioSelect, error_messages={"required": "请选择核实结果"})
    remains = forms.TypedChoiceField(
        label="合并后保留", required=False, coerce=int, empty_value=None, widget=forms.RadioSelect,
        help_text="只在确认为同一人时填写；另一条登记及其历史原样保留，可随时撤销合并",
    )  # fmt: skip
    reason = forms.CharField(
        label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明核实的方法和结果"},
    )  # fmt: skip

    def __init__(self, data: Any = None, *, steps: list[tuple[str, str]], persons: list[tuple[int, str]]) -> None:
        super().__init__(data, auto_id="decision_%s")
        self.fields["event"].choices = steps  # type: ignore[attr-defined]
        if persons:
            self.fields["remains"].choices = persons  # type: ignore[attr-defined]
        else:
            del self.fields["remains"]

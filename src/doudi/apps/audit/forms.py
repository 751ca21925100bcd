"""The search form of the access log."""

from __future__ import annotations

from typing import Any

from django import forms

from doudi.apps.audit.models import Action


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class LogSearch(forms.Form):
    """Field by field the same as :class:`~doudi.apps.audit.queries.LogFilters`."""

    action = forms.ChoiceField(label="操作", required=False, choices=[("", "全部"), *Action.choices])
    who = forms.CharField(label="操作人", required=False, max_length=40)
    about = forms.CharField(label="对象编号或用户名", required=False, max_length=60)
    household_id = forms.IntegerField(
        label="家庭序号",
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    since = _day("起始日期")
    until = _day("截止日期")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            self.add_error("until", "截止日期不得早于起始日期")
        return data

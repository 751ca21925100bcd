"""Forms of monitoring pages: the list's search and the start of a run."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from django import forms

from doudi.apps.monitoring.models import AlertClass, Severity
from doudi.apps.monitoring.queries import AlertFilters, SupervisionFilters
from doudi.apps.monitoring.states import ALERT, SUPERVISION
from doudi.engine.indicators import load_indicators

_ALL = ("", "全部")
_STATES = [("OPEN", "未办结"), *ALERT.choices()]


def _choice(label: str, choices: Iterable[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[_ALL, *choices], required=False)


def _period() -> forms.RegexField:
    return forms.RegexField(
        r"^20\d\d-(0[1-9]|1[0-2])$",
        label="监测期",
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "2025-03"}),
    )


class AlertSearch(forms.Form):
    """The list's search; what it does not understand it leaves out of account."""

    q = forms.CharField(label="预警编号或姓名", max_length=40, required=False)
    division = _choice("辖区", ())
    alert_class = _choice("类别", AlertClass.choices)
    severity = _choice("等级", Severity.choices)
    state = _choice("状态", _STATES)
    indicator = _choice("指标", ())
    period = _period()
    overdue = forms.BooleanField(label="只看超期", required=False)

    def __init__(self, data: Any, *, divisions: list[tuple[str, str]], classes: dict[str, str] | None = None) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["division"].choices = [_ALL, *divisions]  # type: ignore[attr-defined]
        if classes:
            self.fields["alert_class"].choices = [_ALL, *classes.items()]  # type: ignore[attr-defined]
        self.fields["indicator"].choices = [  # type: ignore[attr-defined]
            _ALL, *((code, f"{code} {one.title}") for code, one in load_indicators().items())
        ]  # fmt: skip

    def more(self) -> bool:
        """Whether one of the less used fields is set: then they stand open."""
        return any(self[name].value() for name in ("indicator", "period"))

    def filters(self) -> AlertFilters:
        self.is_valid()
        return AlertFilters(**self.cleaned_data)


class SupervisionSearch(forms.Form):
    """The list of supervision; what it does not understand it leaves out of account."""

    q = forms.CharField(label="督办编号或事项", max_length=60, required=False)
    division = _choice("辖区", ())
    rule = _choice("规则", ())
    state = _choice("状态", [("LIVE", "未核销"), *SUPERVISION.choices()])
    period = _period()
    overdue = forms.BooleanField(label="只看超期", required=False)
    vanished = forms.BooleanField(label="只看已消除", required=False)

    def __init__(self, data: Any, *, divisions: list[tuple[str, str]], rules: dict[str, str]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["division"].choices = [_ALL, *divisions]  # type: ignore[attr-defined]
        self.fields["rule"].choices = [_ALL, *((code, f"{code} {title}") for code, title in rules.items())]  # type: ignore[attr-defined]

    def filters(self) -> SupervisionFilters:
        self.is_valid()
        return SupervisionFilters(**self.cleaned_data)


class SettingForm(forms.Form):
    """A draft: one threshold's value or the state of an indicator. ``what`` '' is the state."""

    division = forms.ChoiceField(label="适用地区", error_messages={"required": "请选择适用地区"})
    threshold = forms.ChoiceField(label="设置哪一项", required=False)
    value = forms.CharField(
        label="设为",
        required=False,
        max_length=20,
        help_text="标准填数值（比例可写 50%）；状态填 启用、试运行 或 停用；留空为恢复缺省",
    )
    valid_from = forms.DateField(
        label="起始日期",
        input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="标准按监测期末是否已到此日采用，状态按运行当天采用",
        error_messages={"required": "请填写起始日期", "invalid": "请按 2026-09-16 的格式填写日期"},
    )
    reason = forms.CharField(
        label="设置理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500}),
        error_messages={"required": "请填写设置理由"},
    )
    document = forms.CharField(
        label="依据文件", required=False, max_length=120, help_text="没有条款依据的指标，启用时必填"
    )
    idempotency_key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, divisions: list[tuple[str, str]], thresholds: dict[str, str], initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial, auto_id="setting_%s")
        self.fields["division"].choices = divisions  # type: ignore[attr-defined]
        self.fields["threshold"].choices = [("", "运行状态"), *thresholds.items()]  # type: ignore[attr-defined]

    def clean_value(self) -> str:
        """A state may be typed as its label."""
        typed = unicodedata.normalize("NFKC", self.cleaned_data["value"]).strip()
        return {"启用": "on", "已启用": "on", "试运行": "silent", "停用": "off", "已停用": "off"}.get(typed, typed)


class RunForm(forms.Form):
    """Which county and month to judge."""

    county = forms.ChoiceField(
        label="县（市、区）",
        error_messages={"required": "请选择县（市、区）", "invalid_choice": "请选择本辖区的县（市、区）"},
    )
    period = forms.RegexField(
        r"^\s*20\d\d-(0[1-9]|1[0-2])\s*$",
        label="监测期",
        help_text="数据所属月份，写成 2025-03",
        error_messages={"required": "请填写监测期", "invalid": "请写成 2025-03"},
    )
    idempotency_key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, counties: list[tuple[str, str]], initial: Any = None) -> None:
        super().__init__(data, initial=initial, auto_id="run_%s")
        self.fields["county"].choices = counties  # type: ignore[attr-defined]

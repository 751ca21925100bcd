"""Forms of policy: a change of a parameter, and the cases of a simulation."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms

from doudi.apps.policy.services import Assumption
from doudi.apps.policy.values import AREA_LABELS, options
from doudi.engine.rules import Pack, Parameter

CASES, NUMBERS = 4, 3
_BOOLS = [("", "请选择"), ("true", "是"), ("false", "否")]


class DayField(forms.DateField):
    """A day; what one types by hand is accepted in the usual ways of writing it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"],
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": "请按 2026-09-16 的格式填写日期", "required": "请填写日期"},
            **more,
        )

    def to_python(self, value: Any) -> Any:
        typed = unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else value
        return super().to_python(typed)


class ChangeForm(forms.Form):
    """One parameter's new value. ``divisions``: [(code, name)] where the actor drafts."""

    division = forms.ChoiceField(label="适用地区", error_messages={"required": "请选择适用地区"})
    area = forms.ChoiceField(label="城乡", required=False)
    value = forms.CharField(label="新的数值", required=False, max_length=200)
    back = forms.BooleanField(label="恢复文件规定，不再另行规定", required=False)
    valid_from = DayField(label="起始日期", help_text="可以早于今天：发布后列出应补发、追缴的家庭和月份，不自动执行")
    document = forms.CharField(
        label="依据文件",
        max_length=120,
        help_text="规定此数的本地文件名称和文号",
        error_messages={"required": "请填写依据文件"},
    )
    reason = forms.CharField(
        label="调整理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
        error_messages={"required": "请填写调整理由"},
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    idempotency_key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        parameter: Parameter,
        divisions: list[tuple[str, str]],
        document_decides: bool,
        initial: Any = None,
    ) -> None:
        super().__init__(data, initial=initial, auto_id="change_%s")
        self.fields["division"].choices = divisions  # type: ignore[attr-defined]
        if parameter.by and "area" not in parameter.by:
            del self.fields["area"]
        else:
            self.fields["area"].choices = [(code, AREA_LABELS[code]) for code in ("", "urban", "rural")]  # type: ignore[attr-defined]
        if not document_decides:
            del self.fields["back"]
        field = self.fields["value"]
        known = options(parameter.name)
        if parameter.kind == "bool":
            field.widget = forms.Select(choices=_BOOLS)
        elif parameter.kind == "text" and known:
            field.widget = forms.Select(choices=[("", "请选择"), *known.items()])
        elif parameter.kind == "list":
            listed = "，".join(f"{code}（{label}）" if code != label else str(code) for code, label in known.items())
            field.help_text = f"多项用顿号隔开{'。可填：' + listed if listed else ''}"
        else:
            field.help_text = f"单位：{parameter.unit}" if parameter.unit else ""
            if parameter.kind == "ratio" and parameter.unit != "倍":
                field.help_text = f"{parameter.unit}，写成 0.6 或 60%"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("back"):
            values["value"] = None
        elif not values.get("value", "").strip() and "value" not in self.errors:
            self.add_error("value", "请填写新的数值")
        return values


class SimulationForm(forms.Form):
    """Up to four cases of up to three numbers each."""

    division = forms.ChoiceField(label="模拟范围", error_messages={"required": "请选择模拟范围"})
    title = forms.CharField(
        label="名称", max_length=80, error_messages={"required": "请填写名称"}, help_text="例如：边缘倍数放宽到 2 倍"
    )
    as_of = DayField(label="认定日期", help_text="按这一天的年龄、标准和登记信息测算")
    idempotency_key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, pack: Pack, divisions: list[tuple[str, str]], initial: Any = None) -> None:
        super().__init__(data, initial=initial, auto_id="simulation_%s")
        self.fields["division"].choices = divisions  # type: ignore[attr-defined]
        parameters = [("", "不改变"), *((p.name, _with_unit(p)) for p in pack.parameters.values() if p.kind != "text")]
        areas = [(code, AREA_LABELS[code]) for code in ("", "urban", "rural")]
        for case in range(1, CASES + 1):
            for number in range(1, NUMBERS + 1):
                key = f"{case}_{number}"
                self.fields[f"parameter_{key}"] = forms.ChoiceField(label="参数", choices=parameters, required=False)
                self.fields[f"area_{key}"] = forms.ChoiceField(label="城乡", choices=areas, required=False)
                self.fields[f"value_{key}"] = forms.CharField(label="改为", max_length=100, required=False)

    def rows(self) -> list[list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]]:
        """The fields of each case, a row a number."""
        return [
            [
                (self[f"parameter_{case}_{number}"], self[f"area_{case}_{number}"], self[f"value_{case}_{number}"])
                for number in range(1, NUMBERS + 1)
            ]
            for case in range(1, CASES + 1)
        ]

    def cases(self) -> dict[str, list[Assumption]]:
        """方案一 → its numbers, for every case that has one."""
        values, found = self.cleaned_data, {}
        for case, name in enumerate("一二三四", 1):
            numbers = [
                Assumption(values[f"parameter_{key}"], values[f"area_{key}"], values[f"value_{key}"])
                for key in (f"{case}_{number}" for number in range(1, NUMBERS + 1))
                if values.get(f"parameter_{key}") or values.get(f"value_{key}")
            ]
            if numbers:
                found[f"方案{name}"] = numbers
        return found


def _with_unit(parameter: Parameter) -> str:
    return f"{parameter.label}（{parameter.unit}）" if parameter.unit else parameter.label

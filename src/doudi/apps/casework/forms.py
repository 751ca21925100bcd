"""Forms of casework pages. They read what was typed; what it means and whether it may be is the services' part."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone

from doudi.apps.base import clock
from doudi.apps.casework.models import Outcome, Referral
from doudi.apps.casework.services.closing import NOTICE_METHODS

_FULL_WIDTH = str.maketrans("０１２３４５６７８９．－：／　", "0123456789.-:/ ")


class _Tolerant:
    """Accepts full-width digits, blanks and thousands separators, as people type them."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.translate(_FULL_WIDTH).strip().replace(",", "").replace("，", "").removesuffix("元").strip()
        return super().to_python(value)  # type: ignore[misc]


class MoneyField(_Tolerant, forms.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, min_value=0, required=False, localize=False, **options)
        self.widget = forms.TextInput(attrs={"inputmode": "decimal"})
        self.error_messages |= {"invalid": "请填写金额，例如 1500 或 1500.00", "min_value": "金额应为 0 或正数"}


class DayField(_Tolerant, forms.DateField):
    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"], **options)
        self.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        self.error_messages |= {"invalid": "请按 2026-09-16 的格式填写日期", "required": "请填写日期"}


def _text(label: str, *, rows: int = 0, required: bool = True, longest: int = 300, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "maxlength": longest}) if rows else forms.TextInput()
    messages = {"required": f"请填写{label}", "max_length": f"不能超过 {longest} 字"}
    return forms.CharField(
        label=label, widget=widget, required=required, max_length=longest, error_messages=messages, **options
    )


def _choice(label: str, choices: Iterable[tuple[Any, str]] = (), *, radio: bool = False, **options: Any) -> Any:
    widget = forms.RadioSelect() if radio else forms.Select()
    messages = {"required": f"请选择{label}", "invalid_choice": f"请选择{label}"}
    kind = forms.TypedChoiceField if "coerce" in options else forms.ChoiceField
    return kind(label=label, choices=list(choices), widget=widget, error_messages=messages, **options)


def choose(rows: Iterable[Any], blank: str = "请选择") -> list[tuple[Any, str]]:
    """Choices of users or units by name, behind a blank one."""
    return [("", blank), *((row.pk, row.name) for row in rows)]


class StepForm(forms.Form):
    """Any form that moves something along: carries the version that the page was made from and its own key."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    idempotency_key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def step(self) -> dict[str, Any]:
        """``version`` and ``key`` for the service."""
        return {"version": self.cleaned_data["version"], "key": self.cleaned_data["idempotency_key"] or None}

    def values(self, *names: str) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in names or self.declared()}

    def declared(self) -> list[str]:
        return [name for name in self.fields if name not in ("version", "idempotency_key")]


class AssignForm(StepForm):
    visitor_id = _choice("走访人员", coerce=int)
    instruction = _text("走访要求", rows=2, required=False)

    def __init__(self, *args: Any, visitors: Iterable[Any] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["visitor_id"].choices = [
            ("", "请选择"),
            *((user.pk, f"{user.name}（{user.unit.name}）") for user in visitors),
        ]


class ReasonForm(StepForm):
    reason = _text("理由", rows=3)

    def __init__(self, *args: Any, label: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        if label:
            self.fields["reason"].label = label
            self.fields["reason"].error_messages["required"] = f"请填写{label}"


class OpinionForm(StepForm):
    opinion = _text("意见", rows=3)


class ReferForm(StepForm):
    kind = _choice("转办类型", Referral._meta.get_field("kind").choices or (), initial="HANDLE")
    item = _choice("救助帮扶项目")
    to_unit_id = _choice("承办单位", coerce=int)
    need = _text("需要办理的事项", rows=3, longest=500, help_text="请只写办理所需的情况，不要写证件号码")

    def __init__(self, *args: Any, items: Any = (), units: Iterable[Any] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["item"].choices = [("", "请选择"), *items]
        self.fields["to_unit_id"].choices = choose(units)


class ResendForm(StepForm):
    need = _text("补充说明", rows=3, longest=500)
    to_unit_id = _choice("改由其他单位办理", coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, units: Iterable[Any] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to_unit_id"].choices = choose(units, "仍由原单位办理")


class GivenForm(StepForm):
    """Help that was given: item, day, amount."""

    item = _choice("救助帮扶项目")
    given_on = DayField(label="给予日期")
    amount = MoneyField(label="金额（元）", help_text="没有发放资金的留空")
    note = _text("说明", rows=2, required=False)

    def __init__(self, *args: Any, items: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["item"].choices = [("", "请选择"), *items]


class FeedbackForm(GivenForm):
    given = _choice("办理结果", [("yes", "已给予救助帮扶"), ("no", "未给予（说明原因）")], radio=True, initial="yes")
    period = _text("所属期", required=False, longest=20, help_text="例如 2026-09 或 2026 学年")

    field_order = ["given", "item", "given_on", "amount", "period", "note"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.data.get("given") == "no":  # nothing was given: only the reason counts
            self.fields["item"].required = self.fields["given_on"].required = False


class InformForm(StepForm):
    method = _choice("告知方式", NOTICE_METHODS.items(), radio=True, initial="visit")
    informed_on = DayField(label="告知日期", initial=clock.today)
    content = _text("告知的政策和申办渠道", rows=3, longest=500)


class WatchForm(StepForm):
    until = DayField(label="下次核查日期")


class CloseForm(ReasonForm):
    outcome = _choice(
        "核查结论",
        [("", "未核查"), ("NOT_NEEDED", "无困难或不愿申请"), ("DATA_ERROR", "数据有误")],
        required=False,
        help_text="尚未核查即办结的，请选择原因",
    )


class ApplyForm(ReasonForm):
    pass


class AdjustForm(ReasonForm):
    died_on = DayField(label="核实的死亡日期", required=False, help_text="属于人员死亡的填写，测算时不再计入")


class SubjectForm(StepForm):
    subject = _text("需要研究的事项", rows=3)


class DecideForm(ReasonForm):
    approve = _choice("决定", radio=True)

    field_order = ["approve", "reason"]

    def __init__(self, *args: Any, review: bool = False, **options: Any) -> None:
        super().__init__(*args, label="决定理由", **options)
        self.fields["approve"].choices = (
            [("yes", "按测算结果调整或终止"), ("no", "保持不变")]
            if review
            else [("yes", "确认认定"), ("no", "不予认定")]
        )


class ConferenceForm(StepForm):
    held_on = DayField(label="会议日期", initial=clock.today)
    participant_ids = forms.TypedMultipleChoiceField(
        label="参加单位",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择参加会议的单位", "invalid_choice": "请选择参加会议的单位"},
    )
    minutes = _text("会议纪要", rows=6, longest=5000)
    resolution = _text("议定事项", rows=3, longest=500)
    item = _choice("救助帮扶项目", required=False)
    amount = MoneyField(label="金额（元）")
    responsible_unit_id = _choice("责任单位", coerce=int, required=False, empty_value=None)
    execute_by = DayField(label="落实期限", required=False)

    def __init__(self, *args: Any, items: Any = (), units: Iterable[Any] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        units = list(units)
        self.fields["participant_ids"].choices = [(unit.pk, unit.name) for unit in units]
        self.fields["responsible_unit_id"].choices = choose(units, "不涉及")
        self.fields["item"].choices = [("", "不涉及"), *items]


class CarriedOutForm(StepForm):
    note = _text("落实情况", rows=3)
    carried_out_on = DayField(label="救助给予日期", required=False)
    amount = MoneyField(label="实际金额（元）", help_text="与议定金额一致的留空")


class VisitForm(forms.Form):
    """What the village assistant fills in on the phone. ``uid`` is made with the form: sent twice it counts once."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    outcome = _choice("核查结论", radio=True)
    method = _choice("走访方式", [("HOME", "入户"), ("PHONE", "电话")], radio=True, initial="HOME")
    met = _text("见到的人", required=False, longest=60, help_text="例如：本人、配偶、邻居")
    findings = _text("走访情况", rows=5, longest=2000, help_text="看到的、问到的，用自己的话写清楚")
    suggestion = _text("救助帮扶建议", rows=3, required=False)
    other_difficulty = _text("发现的其他困难", rows=2, required=False)
    visited_at = forms.DateTimeField(
        label="走访时间",
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "请填写走访的日期和时间"},
    )
    next_visit_on = DayField(label="下次走访日期", required=False, help_text="选择“继续观察”时必填")

    def __init__(self, *args: Any, outcomes: Iterable[tuple[str, str]] = Outcome.choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["outcome"].choices = list(outcomes)
        self.fields["visited_at"].initial = timezone.localtime(clock.now()).replace(second=0, microsecond=0)

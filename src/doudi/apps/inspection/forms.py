"""Forms of inspections, screenings and key groups."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms

from doudi.apps.accounts.models import User
from doudi.apps.base import clock
from doudi.apps.casework.forms import DayField
from doudi.apps.inspection.models import Step
from doudi.apps.inspection.queries.draws import STRATA
from doudi.apps.inspection.services.campaigns import RESULTS


class OnceForm(forms.Form):
    """A form that counts once, however often it is sent."""

    idempotency_key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def values(self) -> dict[str, Any]:
        """The fields for the service, and ``key``."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "idempotency_key"}
        return {**given, "key": self.cleaned_data["idempotency_key"] or None}


class PercentField(forms.DecimalField):
    """A share written as percent; the value is the ratio."""

    def to_python(self, value: Any) -> Decimal | None:
        if isinstance(value, str):
            value = value.strip().removesuffix("%").removesuffix("％").strip()
        found = super().to_python(value)
        return None if found is None else found / 100


class DrawForm(OnceForm):
    division = forms.ChoiceField(label="调查范围", error_messages={"required": "请选择调查范围"})
    title = forms.CharField(
        label="调查名称", max_length=60, error_messages={"required": "请填写调查名称"},
        help_text="同一地区名称不能重复，抽取后不能重来",
    )  # fmt: skip
    by = forms.MultipleChoiceField(
        label="分层方式", choices=[(name, one.label) for name, one in STRATA.items()], initial=["township", "category"],
        widget=forms.CheckboxSelectMultiple, error_messages={"required": "请至少选择一种分层方式"},
        help_text="每一层按户数比例抽取，至少一户",
    )  # fmt: skip
    ratio = PercentField(
        label="抽查比例（%）", required=False, decimal_places=4, max_digits=8,
        error_messages={"invalid": "请填写百分数，例如 5"},
        help_text="占在册低收入家庭的百分比；留空则按当地规定的比例",
    )  # fmt: skip
    seed = forms.CharField(
        label="随机种子", required=False, max_length=64,
        help_text="公开抽取的，请填写当场产生的号码；留空则由平台生成并保存",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, divisions: Iterable[tuple[str, str]], initial: Any = None) -> None:
        super().__init__(data, initial=initial, auto_id="draw_%s")
        self.fields["division"].choices = list(divisions)  # type: ignore[attr-defined]


class AssignForm(OnceForm):
    """``visitor_ids``: who shares the households."""

    visitor_ids = forms.TypedMultipleChoiceField(
        label="走访人员", coerce=int, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择走访人员", "invalid_choice": "请选择走访人员"},
        help_text="平台按户分配，尽量由本村（社区）以外的人员入户",
    )  # fmt: skip
    due_on = DayField(label="完成时限", required=False, help_text="留空则按走访时限计算")
    instruction = forms.CharField(
        label="走访要求", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any = None, *, visitors: Iterable[User]) -> None:
        super().__init__(data, auto_id="assign_%s")
        self.fields["visitor_ids"].choices = _people(visitors)  # type: ignore[attr-defined]


class SendForm(OnceForm):
    """Key families to one visitor; the households are ticked in the list."""

    household_ids = forms.TypedMultipleChoiceField(
        label="家庭", coerce=int, error_messages={"required": "请至少勾选一户", "invalid_choice": "请至少勾选一户"}
    )
    visitor_id = forms.TypedChoiceField(
        label="走访人员", coerce=int,
        error_messages={"required": "请选择走访人员", "invalid_choice": "请选择走访人员"},
    )  # fmt: skip
    due_on = DayField(label="完成时限", required=False)
    instruction = forms.CharField(label="走访要求", required=False, max_length=300)

    def __init__(self, data: Any = None, *, visitors: Iterable[User], households: Iterable[int]) -> None:
        super().__init__(data, auto_id="send_%s")
        self.fields["household_ids"].choices = [(pk, str(pk)) for pk in households]  # type: ignore[attr-defined]
        self.fields["visitor_id"].choices = [("", "请选择"), *_people(visitors)]  # type: ignore[attr-defined]


class FollowUpForm(forms.Form):
    step = forms.ChoiceField(
        label="处理方式", choices=Step.choices, widget=forms.RadioSelect, error_messages={"required": "请选择处理方式"}
    )
    note = forms.CharField(
        label="处理情况", max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请填写处理情况"}, help_text="启动申请或复核的，这里填写理由",
    )  # fmt: skip

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="follow_%s")


class CampaignForm(OnceForm):
    division = forms.ChoiceField(label="排查范围", error_messages={"required": "请选择县（市、区）"})
    year = forms.IntegerField(
        label="年度", error_messages={"required": "请填写年度", "invalid": "请填写年度，例如 2026"}
    )
    starts_on = DayField(label="开始日期")
    due_on = DayField(label="完成时限", required=False, help_text="留空为当年 12 月 31 日")

    def __init__(self, data: Any = None, *, divisions: Iterable[tuple[str, str]]) -> None:
        today = clock.today()
        super().__init__(data, initial={"year": today.year, "starts_on": today}, auto_id="campaign_%s")
        self.fields["division"].choices = list(divisions)  # type: ignore[attr-defined]


class EntryForm(OnceForm):
    result = forms.ChoiceField(
        label="排查结果", choices=[("", "请选择"), *RESULTS.items()], error_messages={"required": "请选择排查结果"}
    )
    done_on = DayField(label="排查日期", initial=clock.today)
    note = forms.CharField(label="说明", required=False, max_length=300)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="entry_%s")


class ImportForm(OnceForm):
    file = forms.FileField(
        label="排查结果文件", error_messages={"required": "请选择文件", "empty": "文件是空的"},
        help_text="CSV 或 XLSX，列名为：户号、排查日期、排查结果、说明；可先下载待排查名单填写",
    )  # fmt: skip

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="import_%s")


def _people(visitors: Iterable[User]) -> list[tuple[int, str]]:
    return [(user.pk, f"{user.name}（{user.unit.name}）") for user in visitors]

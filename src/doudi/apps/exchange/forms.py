"""Forms of exchange: the delivery of a file and the search of batches."""

from __future__ import annotations

from typing import Any

from django import forms

from doudi.apps.exchange.models import BatchState, Channel
from doudi.apps.exchange.services import MOST_DAYS, MOST_PER_MINUTE
from doudi.engine.lake import Contract, load_contracts

_ENVELOPE_BYTES = 65_536


class DeliveryForm(forms.Form):
    """One file of one feed and month."""

    feed = forms.ChoiceField(
        label="数据", error_messages={"required": "请选择数据", "invalid_choice": "请选择本单位的数据"}
    )
    period = forms.CharField(
        label="账期",
        max_length=20,
        help_text="数据所属月份，写成 2025-03；按季报送的可写 2025-Q1，按学期报送的可写 2024-2025学年第一学期",
        error_messages={"required": "请填写账期", "max_length": "请写成 2025-03"},
    )
    file = forms.FileField(
        label="数据文件",
        help_text="CSV（UTF-8 或 GB18030 编码）、XLSX 或 Parquet；首行为列名，证件号码列须为文本",
        error_messages={"required": "请选择数据文件", "empty": "文件是空的；没有数据时请报送只有列名的文件"},
    )
    envelope = forms.FileField(
        label="信封（可不传）",
        required=False,
        help_text="随文件生成的 .envelope.json，用于核对条数和摘要",
        widget=forms.ClearableFileInput(attrs={"accept": ".json"}),
    )
    replace = forms.BooleanField(
        label="替换本期全部数据",
        required=False,
        help_text="只用于随时报送的数据：不勾选则追加到本期，勾选则以本文件替换本期（须县数据岗确认）",
    )
    idempotency_key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None, *, feeds: list[Contract], initial: Any = None) -> None:
        super().__init__(data, files, initial=initial, auto_id="delivery_%s")
        self.fields["feed"].choices = [("", "请选择"), *((one.name, one.title) for one in feeds)]  # type: ignore[attr-defined]
        if not any(one.period == "event" for one in feeds):
            del self.fields["replace"]

    def clean_envelope(self) -> bytes | None:
        sent = self.cleaned_data["envelope"]
        if sent is None:
            return None
        if sent.size > _ENVELOPE_BYTES:
            raise forms.ValidationError("信封超过 64 KB，请确认选对了文件")
        return bytes(sent.read())


class BatchSearch(forms.Form):
    """The batches' search; what it does not understand it leaves out of account."""

    feed = forms.ChoiceField(label="数据", required=False)
    period = forms.CharField(
        label="账期", max_length=7, required=False, widget=forms.TextInput(attrs={"placeholder": "2025-03"})
    )
    state = forms.ChoiceField(label="状态", choices=[("", "全部"), *BatchState.choices], required=False)
    channel = forms.ChoiceField(label="方式", choices=[("", "全部"), *Channel.choices], required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["feed"].choices = [("", "全部"), *((one.name, one.title) for one in load_contracts().values())]  # type: ignore[attr-defined]


class KeyForm(forms.Form):
    """A new key for a department's system."""

    county = forms.ChoiceField(label="县（市、区）", error_messages={"required": "请选择县（市、区）"})
    holder = forms.CharField(
        label="使用单位和系统",
        max_length=80,
        help_text="如：县医疗保障局 结算系统",
        error_messages={"required": "请填写使用单位和系统"},
    )
    days = forms.IntegerField(
        label="有效期（天）",
        initial=180,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=f"1 至 {MOST_DAYS} 天；到期前签发新密钥，旧密钥可随时停用",
        error_messages={"required": "请填写有效期"},
    )
    per_minute = forms.IntegerField(
        label="每分钟最多请求次数",
        initial=60,
        min_value=1,
        max_value=MOST_PER_MINUTE,
        error_messages={"required": "请填写每分钟最多请求次数"},
    )

    feeds = forms.MultipleChoiceField(
        label="可报送的数据",
        help_text="只能选同一部门的数据",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择数据"},
    )

    def __init__(self, data: Any = None, *, counties: dict[str, str]) -> None:
        super().__init__(data, auto_id="key_%s")
        contracts = [one for one in load_contracts().values() if not one.disabled]
        contracts.sort(key=lambda one: (one.department, one.name))
        self.fields["county"].choices = list(counties.items())  # type: ignore[attr-defined]
        self.fields["feeds"].choices = [(one.name, f"{one.title}（{one.owner_label}）") for one in contracts]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        contracts = load_contracts()
        departments = {contracts[name].department for name in values.get("feeds", ())}
        if len(departments) > 1:
            self.add_error("feeds", "一把密钥只能用于一个部门的数据")
        values["department"] = next(iter(departments), "")
        return values


class DiscardForm(forms.Form):
    """Why a correction is not adopted."""

    reason = forms.CharField(label="不采用的原因", max_length=200, error_messages={"required": "请写明不采用的原因"})


class HeadingsForm(forms.Form):
    """What each unknown heading of a refused file means; the likeliest field is proposed."""

    NOT_READ = "-"

    def __init__(self, data: Any = None, *, contract: Contract, headings: list[str], proposed: dict[str, str]) -> None:
        super().__init__(data, auto_id="heading_%s")
        self.headings = headings
        choices = [("", "请选择"), *((one.name, one.title) for one in contract.fields), (self.NOT_READ, "不读取此列")]
        for at, heading in enumerate(headings):
            self.fields[f"h{at}"] = forms.ChoiceField(
                label=heading,
                choices=choices,
                initial=proposed.get(heading, ""),
                error_messages={"required": "请选择对应的字段", "invalid_choice": "请从列表中选择"},
            )

    def mapping(self) -> dict[str, str]:
        """{heading: field, '' for one that is not read} of a valid form."""
        chosen = {heading: self.cleaned_data[f"h{at}"] for at, heading in enumerate(self.headings)}
        return {heading: "" if name == self.NOT_READ else name for heading, name in chosen.items()}

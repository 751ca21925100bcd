"""Forms of exchange: the delivery of a file and the search of batches."""

from __future__ import annotations

from typing import Any

from django import forms

from doudi.apps.exchange.models import BatchState
from doudi.engine.lake import Contract, load_contracts

_ENVELOPE_BYTES = 65_536


class DeliveryForm(forms.Form):
    """One file of one feed and month."""

    feed = forms.ChoiceField(
        label="数据", error_messages={"required": "请选择数据", "invalid_choice": "请选择本单位的数据"}
    )
    period = forms.RegexField(
        r"^\s*20\d\d-(0[1-9]|1[0-2])\s*$",
        label="账期",
        help_text="数据所属月份，写成 2025-03",
        error_messages={"required": "请填写账期", "invalid": "请写成 2025-03"},
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
    idempotency_key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None, *, feeds: list[Contract], initial: Any = None) -> None:
        super().__init__(data, files, initial=initial, auto_id="delivery_%s")
        self.fields["feed"].choices = [("", "请选择"), *((one.name, one.title) for one in feeds)]  # type: ignore[attr-defined]

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

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["feed"].choices = [("", "全部"), *((one.name, one.title) for one in load_contracts().values())]  # type: ignore[attr-defined]

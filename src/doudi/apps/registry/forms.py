"""The search form of the list and the reason for showing a value in clear."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape
from django.utils.safestring import SafeString

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import scope_of
from doudi.apps.divisions.models import Level
from doudi.apps.divisions.queries import choices as division_choices
from doudi.apps.registry.models import Area, Category, Register
from doudi.apps.registry.queries import HouseholdFilters
from doudi.engine.identity import REASONS, check_id_number

_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ　", "0123456789XX ")


class _Text(forms.CharField):
    """Text as people paste it: without blanks, full-width digits made plain."""

    def __init__(self, label: str, max_length: int, **options: Any) -> None:
        super().__init__(label=label, max_length=max_length, required=False, **options)
        self.widget.attrs["autocomplete"] = "off"
        self.error_messages["max_length"] = f"最多 {max_length} 个字"

    def to_python(self, value: Any) -> str:
        return "".join(str(super().to_python(value)).translate(_FULL_WIDTH).split())


class _PlainSelect(forms.Select):
    """A drop-down written directly: Django's template costs as much for 200 townships as the whole list below it."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = str(value or "")
        options = "".join(
            f'<option value="{escape(code)}"{" selected" if str(code) == chosen else ""}>{escape(label)}</option>'
            for code, label in self.choices
        )
        kept = flatatt({**self.build_attrs(self.attrs, attrs), "name": name})
        return SafeString(f"<select{kept}>{options}</select>")


def _choices(label: str, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[("", "全部"), *choices],
        required=False,
        widget=_PlainSelect,
        error_messages={"invalid_choice": "请从列表中选择"},
    )


class HouseholdSearch(forms.Form):
    """What the list can be searched by; its state is the page's address."""

    FIRST = ("name", "id_last6", "household_no", "category", "township")

    name = _Text("姓名", 30)
    id_last6 = _Text("身份证号后 6 位", 6)
    household_no = _Text("户号", 24)
    category = _choices("类别", Category.choices)
    register = _choices("登记册", Register.choices)
    area = _choices("城乡", Area.choices)
    township = _choices("乡镇（街道）", [])
    village = _choices("村（社区）", [])
    id_number = _Text("身份证号", 24)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reach = [code for _, code in sorted(scope_of(actor).divisions)]
        townships = division_choices(level=Level.TOWNSHIP, within=reach)
        self.fields["township"].choices = [("", "全部"), *townships]  # type: ignore[attr-defined]
        chosen = str(self.data.get("township", "")) or (townships[0][0] if len(townships) == 1 else "")
        if chosen in dict(townships):
            villages = division_choices(level=Level.VILLAGE, within=[chosen])
            self.fields["village"].choices = [("", "全部"), *villages]  # type: ignore[attr-defined]
        else:
            del self.fields["village"]

    @property
    def has_more(self) -> bool:
        """Whether one of the conditions that are folded away is in use."""
        return any(self.data.get(name) for name in self.fields if name not in self.FIRST)

    def clean_id_number(self) -> str:
        """A wrong number would find nobody: say so instead."""
        text = str(self.cleaned_data["id_number"])
        reason = check_id_number(text).reason if text else None
        if reason:
            raise forms.ValidationError(REASONS[reason])
        return text

    def clean_id_last6(self) -> str:
        text = str(self.cleaned_data["id_last6"]).upper()
        if text and not (len(text) == 6 and text[:5].isdigit() and (text[5].isdigit() or text[5] == "X")):
            raise forms.ValidationError("请填写身份证号的最后 6 位，例如 123456 或 12345X")
        return text

    def filters(self) -> HouseholdFilters:
        data = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        division = data.pop("village", "") or data["township"]
        del data["township"]
        return HouseholdFilters(**data, division=division)


class RevealForm(forms.Form):
    """Why a value is shown in clear."""

    reason = forms.CharField(
        label="查看理由",
        min_length=4,
        max_length=200,
        help_text="写明因何事项需要查看，将与您的姓名、单位和时间一并记入访问日志。",
        error_messages={"required": "请填写查看理由", "min_length": "查看理由不足 4 个字，请写明办理事项"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

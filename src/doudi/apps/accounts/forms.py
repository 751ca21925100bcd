"""Forms of log-in, passwords, users, roles and units."""

from __future__ import annotations

from typing import Any

from django import forms

from doudi.apps.accounts.models import Unit
from doudi.apps.accounts.roles import DEPARTMENTS, ROLES

_ROLES = [(code, role.label) for code, role in ROLES.items()]
_DIVISION_HELP = "12 位代码；不填为单位所在区划"


def _text(label: str, length: int, help_text: str = "", **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=length,
        help_text=help_text,
        widget=forms.TextInput(attrs=attrs),
        error_messages={"required": f"请填写{label}"},
    )


def _password(label: str, autocomplete: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": f"请填写{label}"},
    )


def _choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=[("", "请选择"), *choices], error_messages={"required": f"请选择{label}"}
    )


class LoginForm(forms.Form):
    username = _text("用户名", 40, autocomplete="username", autocapitalize="none", spellcheck="false")
    password = _password("密码", "current-password")


class PasswordForm(forms.Form):
    old = _password("原密码", "current-password")
    new = _password("新密码", "new-password")
    again = _password("再次输入新密码", "new-password")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", "两次输入的新密码不一致")
        return data


class UserSearch(forms.Form):
    q = forms.CharField(label="姓名或用户名", max_length=40, required=False)
    role = forms.ChoiceField(label="角色", required=False, choices=[("", "全部"), *_ROLES])
    active = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), ("1", "启用"), ("0", "停用")])


class GrantForm(forms.Form):
    role = _choice("角色", _ROLES)
    division = forms.CharField(label="管辖区划代码", max_length=15, required=False, help_text=_DIVISION_HELP)


class UserForm(GrantForm):
    username = _text("用户名", 40, "字母开头，3 至 40 位小写字母、数字、点、横线或下划线", autocomplete="off")
    name = _text("姓名", 40)
    unit = forms.ModelChoiceField(
        label="所在单位",
        queryset=Unit.objects.none(),
        empty_label="请选择",
        error_messages={"required": "请选择所在单位"},
    )
    field_order = ("username", "name", "unit", "role", "division")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = self.fields["unit"]
        assert isinstance(units, forms.ModelChoiceField)
        units.queryset = Unit.objects.filter(valid_until=None).order_by("division_id", "name")
        units.label_from_instance = lambda unit: unit.name


class UnitSearch(forms.Form):
    q = forms.CharField(label="单位名称", max_length=80, required=False)


class UnitForm(forms.Form):
    division = _text("区划代码", 12, "12 位代码")
    department = _choice("部门", list(DEPARTMENTS.items()))
    name = _text("单位名称", 80)

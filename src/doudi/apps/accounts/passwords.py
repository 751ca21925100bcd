"""Password rules with Chinese messages."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

_KINDS = (r"[a-z]", r"[A-Z]", r"\d", r"[^\w\s]")


class ThreeKindsValidator:
    """At least three of lower case, upper case, digits and symbols."""

    def validate(self, password: str, user: object | None = None) -> None:
        if sum(bool(re.search(kind, password)) for kind in _KINDS) < 3:
            raise ValidationError(self.get_help_text(), code="password_too_simple")

    def get_help_text(self) -> str:
        return "密码须包含小写字母、大写字母、数字、符号中的至少三种。"

"""Form controls as the pages show them: one style, the message and the help tied to the control."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest
from django.utils.safestring import SafeString

_GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


def is_group(field: forms.BoundField) -> bool:
    """Radios and lists of check boxes: a fieldset with a legend, not one control with a label."""
    return isinstance(field.field.widget, _GROUPS)


def is_check(field: forms.BoundField) -> bool:
    """A single check box: its label stands behind it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


def control(field: forms.BoundField) -> SafeString:
    """The widget with our class, tied to its help text and message for screen readers."""
    widget = field.field.widget
    attrs: dict[str, Any] = {}
    if is_group(field):
        attrs["class"] = "choice-input"
    elif is_check(field):
        attrs["class"] = "form-check-input"
    elif isinstance(widget, forms.Select):
        attrs["class"] = "form-select"
    else:
        attrs["class"] = "form-control"
    if isinstance(widget, forms.NumberInput):
        # a number field would lose what it cannot read: spaces, full-width digits
        widget.input_type = "text"
        attrs["inputmode"] = "decimal"
    own = widget.attrs.get("class")
    if own:
        attrs["class"] += f" {own}"
    described = [
        f"{field.auto_id}_{part}" for part, there in (("help", field.help_text), ("error", field.errors)) if there
    ]
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs["aria-invalid"] = "true"
        attrs["class"] += " is-invalid"
    return field.as_widget(attrs=attrs)


def once_key(request: HttpRequest) -> str:
    """The form's idempotency key: a new one for a fresh form, the same one when a refused form is shown again."""
    return str(request.POST.get("idempotency_key", ""))[:64] or uuid4().hex

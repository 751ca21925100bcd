"""The Jinja2 environment of all pages."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined

from doudi.apps.base import masking
from doudi.web import formats


def environment(**options: Any) -> Environment:
    env = Environment(**{**options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True})
    env.globals.update(static=static, url=_url, get_messages=get_messages)
    env.filters.update(
        {
            "money": formats.money,
            "date": formats.date,
            "datetime": formats.datetime_,
            "mask_name": masking.mask_name,
            "mask_id": masking.mask_id_number,
            "mask_phone": masking.mask_phone,
            "mask_account": masking.mask_account,
        }
    )
    return env


def _url(name: str, *args: Any, **query: Any) -> str:
    """``url('monitoring:alert', 3, tab='x')`` → path with query string."""
    from urllib.parse import urlencode

    path = reverse(name, args=args)
    clean = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(clean)}" if clean else path

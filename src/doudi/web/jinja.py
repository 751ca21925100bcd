"""The Jinja2 environment of all pages."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib.messages import get_messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from jinja2 import Environment, StrictUndefined

from doudi.apps.accounts.scope import may
from doudi.apps.base import masking
from doudi.apps.divisions.queries import division_name, division_path
from doudi.web import formats, forms


def environment(**options: Any) -> Environment:
    """``options`` come from Django and have autoescape on."""
    env = Environment(**{**options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True})  # noqa: S701
    env.policies["json.dumps_function"] = _json
    env.policies["json.dumps_kwargs"] = {}
    env.globals.update(
        static=static,
        url=_url,
        has_url=_has_url,
        here=_here,
        may=may,
        get_messages=get_messages,
        csrf_token_of=get_token,
        once_key=forms.once_key,
        control=forms.control,
        is_group=forms.is_group,
        is_check=forms.is_check,
        deadline_of=formats.deadline,
    )
    env.filters.update(
        {
            "money": formats.money,
            "date": formats.date,
            "datetime": formats.datetime_,
            "mask_name": masking.mask_name,
            "mask_id": masking.mask_id_number,
            "mask_phone": masking.mask_phone,
            "mask_account": masking.mask_account,
            "division": division_name,
            "division_path": division_path,
        }
    )
    return env


def _json(value: Any, **_: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def _url(name: str, *args: Any, **query: Any) -> str:
    """``url('monitoring:alert', 3, tab='x')`` → path with query string."""
    path = reverse(name, args=args)
    clean = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(clean)}" if clean else path


def _has_url(name: str, *args: Any) -> bool:
    """Whether this installation has the page."""
    try:
        reverse(name, args=args)
    except NoReverseMatch:
        return False
    return True


def _here(request: HttpRequest, **changes: Any) -> str:
    """This page with some of its query changed (None drops): the links of sorting, filters and paging."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"{request.path}?{query.urlencode()}" if query else request.path

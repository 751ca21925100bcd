"""How figures and dates read on pages. ``strftime`` is far cheaper than Django's formatter."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils import timezone


def money(value: Decimal | int | str | None) -> str:
    """Yuan with thousands separators: 1,500.00; an unknown amount is —."""
    return "—" if value is None or value == "" else f"{Decimal(value):,.2f}"


def date(value: dt.date | dt.datetime | None) -> str:
    """2026-09-16."""
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value)
    return value.strftime("%Y-%m-%d") if value else "—"


def datetime_(value: dt.datetime | None) -> str:
    """2026-09-16 08:30, in the installation's time zone."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else "—"

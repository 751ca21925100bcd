"""Periods of feeds: ``YYYY-MM``, the month a delivery speaks of (its last month for a quarter, a term or a year)."""

from __future__ import annotations

import re
from datetime import date, timedelta

from doudi.engine.errors import InputError

_PERIOD = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)


def check_period(text: str, *, where: str = "period") -> str:
    """``text`` itself. Raises InputError."""
    if not _PERIOD.fullmatch(text):
        raise InputError(f"账期“{text}”格式不对", where=where, hint="请写成 2025-03")
    return text


def find_period(text: str) -> str | None:
    """The one period that stands in a file name."""
    found = set(_PERIOD.findall(text))
    return found.pop() if len(found) == 1 else None


def last_day_after(period: str) -> date:
    """The last day of the month after the period: nobody in the delivery was born later, for it is sent within it."""
    year, month = int(period[:4]), int(period[5:]) + 2
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1) - timedelta(days=1)

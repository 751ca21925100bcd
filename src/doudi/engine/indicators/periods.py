"""Months written 'YYYY-MM', their days, and the calendar arithmetic of thresholds."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from doudi.engine.errors import InputError
from doudi.engine.workdays import is_working_day

WINDOW_MONTHS = 12
"""How far back indicators look: twelve months ending with the period."""


def check_period(text: str, where: str = "--period") -> str:
    """``text`` if it is a month; InputError otherwise."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise InputError(f"{text!r} is not a month", where=where, hint="write YYYY-MM, for example 2025-03")
    return text


def first_day(period: str) -> date:
    return date(int(period[:4]), int(period[5:7]), 1)


def last_day(period: str) -> date:
    start = first_day(period)
    return start.replace(day=monthrange(start.year, start.month)[1])


def shift(period: str, months: int) -> str:
    """The month ``months`` after ``period`` (before, where negative)."""
    index = int(period[:4]) * 12 + int(period[5:7]) - 1 + months
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def ago(day: date, count: int, unit: str) -> date:
    """The last day that lies at least ``count`` of ``unit`` (天, 工作日, 月, 周岁) before ``day``.

    With working days: raises HolidayYearUnknown where a year's holidays are not loaded.
    With months: the last day d such that d plus the months, cut at the end of a short month, is no later than ``day``.
    """
    if unit == "天":
        return day - timedelta(days=count)
    if unit == "工作日":
        # The day after d is the first to count: what happened on d had ``count`` working days by the end of ``day``.
        while count:
            count -= is_working_day(day)
            day -= timedelta(days=1)
        return day
    months = count * 12 if unit == "周岁" else count
    target = shift(f"{day.year:04d}-{day.month:02d}", -months)
    end = last_day(target)
    is_month_end = day.day == monthrange(day.year, day.month)[1]
    return end if is_month_end or day.day > end.day else end.replace(day=day.day)

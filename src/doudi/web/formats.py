"""How figures, dates and deadlines read on pages. ``strftime`` is far cheaper than Django's formatter."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from doudi.apps.base import clock
from doudi.engine.workdays import HolidayYearUnknown, working_days_between


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


def deadline(due_on: dt.date | None, done: bool = False) -> tuple[str, str]:
    """(words, colour) of a deadline in working days: green, orange from one day left, red if passed, grey if done."""
    if due_on is None:
        return ("—", "grey") if done else ("待定", "grey")
    if done:
        return date(due_on), "grey"
    left = (due_on - clock.today()).days
    unit = "天"
    try:
        left_to_work = working_days_between(clock.today(), due_on)
        unit = "个工作日"
    except HolidayYearUnknown:
        left_to_work = left
    if left < 0:
        return (f"已超期 {-left_to_work} {unit}" if left_to_work else "已超期"), "red"
    if left_to_work <= 0:
        return "今天到期", "orange"
    return f"剩 {left_to_work} {unit}", "orange" if left_to_work == 1 else "green"

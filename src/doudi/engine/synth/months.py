"""Calendar months written 'YYYY-MM'."""

from __future__ import annotations

import calendar
import re
from datetime import date

from doudi.engine.errors import InputError

_PERIOD = re.compile(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])")


def check_period(period: str) -> str:
    """The period itself; InputError where it is not 'YYYY-MM'."""
    if not _PERIOD.fullmatch(period):
        raise InputError(f"'{period}' is not a month", where="--period", hint="write it as YYYY-MM, e.g. 2025-10")
    return period


def first_day(period: str) -> date:
    return date(int(period[:4]), int(period[5:]), 1)


def last_day(period: str) -> date:
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, calendar.monthrange(year, month)[1])


def shift(period: str, months: int) -> str:
    """The period ``months`` later (earlier where negative)."""
    number = int(period[:4]) * 12 + int(period[5:]) - 1 + months
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or that month's last day where it is shorter."""
    end = last_day(shift(period_of(day), months))
    return end.replace(day=min(day.day, end.day))


def period_of(day: date) -> str:
    return f"{day:%Y-%m}"


def years_before(day: date, years: int) -> date:
    """The latest birth date of somebody who has completed ``years`` years on ``day``."""
    return add_months(day, -12 * years)

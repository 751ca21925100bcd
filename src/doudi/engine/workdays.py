"""Working days by the State Council's yearly notice: weekends, holidays, and the weekend days worked in their stead.

The notices of past years come with the ``chinese_calendar`` package. A year whose notice is not loaded is never
guessed: an installation loads the notice when it is published (``register_year``, ``load_years``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import chinese_calendar
import yaml

from doudi.engine.errors import InputError


class HolidayYearUnknown(InputError):
    """The holiday notice of ``year`` is not loaded."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(
            f"{year} 年的放假调休安排尚未载入，无法计算工作日",
            where=f"{year} 年",
            hint="请管理员按国务院办公厅当年放假通知载入节假日和调休上班日后重试",
        )


@dataclass(frozen=True, slots=True)
class _Year:
    holidays: frozenset[date]
    working_days: frozenset[date]


_registered: dict[int, _Year] = {}


@cache
def _published() -> dict[int, _Year]:
    calendar = chinese_calendar.constants
    years = {day.year for day in calendar.holidays}
    return {
        year: _Year(
            frozenset(day for day in calendar.holidays if day.year == year),
            frozenset(day for day in calendar.workdays if day.year == year),
        )
        for year in years
    }


def _plain(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def register_year(year: int, holidays: Iterable[date], working_days: Iterable[date]) -> None:
    """Load the notice of one year, replacing what was known of it.

    ``holidays`` are the days off that fall on Monday to Friday (weekend days may be listed too), ``working_days`` the
    Saturdays and Sundays worked in their stead. Raises InputError for a day of another year, on both lists, or for a
    working day that is no weekend day.
    """
    off, worked = frozenset(map(_plain, holidays)), frozenset(map(_plain, working_days))
    where = f"{year} 年放假安排"
    for day in sorted(off | worked):
        if day.year != year:
            raise InputError(f"日期 {day} 不属于 {year} 年", where=where, hint="请按年份分别载入")
        if day in off and day in worked:
            raise InputError(f"{day} 同时列为放假日和上班日", where=where, hint="请对照通知改正")
        if day in worked and day.weekday() < 5:
            raise InputError(f"调休上班日 {day} 不是周六或周日", where=where, hint="请对照通知改正")
    if not off:
        raise InputError("没有放假日", where=where, hint="请列出通知中的全部放假日")
    _registered[year] = _Year(off, worked)


def load_years(path: Path) -> list[int]:
    """Register the years of a YAML file ``{2027: {holidays: [2027-01-01, …], working_days: […]}}`` and return them."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    hint = "格式：2027: {holidays: [2027-01-01], working_days: [2027-02-20]}"
    if not isinstance(document, dict):
        raise InputError("不是年份到放假安排的对照", where=str(path), hint=hint)
    for year, notice in document.items():
        days = [notice.get(key, []) for key in ("holidays", "working_days")] if isinstance(notice, dict) else []
        if not isinstance(year, int) or not days or not all(isinstance(day, date) for listed in days for day in listed):
            raise InputError(f"{year} 年的内容无法读取", where=str(path), hint=hint)
        register_year(year, *days)
    return sorted(document)


def known_years() -> frozenset[int]:
    """The years whose notice is loaded."""
    return frozenset(_published()) | frozenset(_registered)


def is_working_day(day: date) -> bool:
    """Whether offices work on ``day``. Raises HolidayYearUnknown."""
    day = _plain(day)
    year = _registered.get(day.year) or _published().get(day.year)
    if year is None:
        raise HolidayYearUnknown(day.year)
    return day in year.working_days or (day.weekday() < 5 and day not in year.holidays)


def add_working_days(start: date, n: int) -> date:
    """The ``n``-th working day after ``start``, which itself does not count (民法典 201); before it if ``n`` < 0.

    ``n`` = 0 gives ``start``, or the next working day where ``start`` is a day off (民法典 203).
    """
    day, left = _plain(start), abs(n)
    step = timedelta(days=-1 if n < 0 else 1)
    if n == 0 and not is_working_day(day):
        left = 1
    while left:
        day += step
        left -= is_working_day(day)
    return day


def working_days_between(a: date, b: date) -> int:
    """How many working days lie after ``a`` up to and including ``b``; negative where ``b`` is before ``a``."""
    a, b = _plain(a), _plain(b)
    if b < a:
        return -working_days_between(b, a)
    return sum(is_working_day(a + timedelta(days=n)) for n in range(1, (b - a).days + 1))

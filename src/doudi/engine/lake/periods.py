"""Periods of feeds: ``YYYY-MM``, the month a delivery speaks of.

A quarter is named by its last month, a year by December, a school term by the month in which it begins. Quarters,
terms and years may also be written as departments write them.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from doudi.engine.errors import InputError

_PERIOD = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_QUARTER = re.compile(r"((?:19|20)[0-9]{2})(?:-?Q|年第?)([1-4一二三四])(?:季度)?", re.IGNORECASE)
_TERM = re.compile(r"(20[0-9]{2})(?:-(20[0-9]{2}))(?:学年|-)第?([12一二上下])(?:学期)?")
_YEAR = re.compile(r"((?:19|20)[0-9]{2})年?")
_FIGURE = str.maketrans("一二三四上下", "123412")


def _quarter(found: re.Match[str]) -> str:
    return f"{found[1]}-{int(found[2].translate(_FIGURE)) * 3:02d}"


def _term(found: re.Match[str]) -> str:
    """The first term begins in September, the second in March."""
    first, last, which = int(found[1]), int(found[2]), found[3].translate(_FIGURE)
    if last != first + 1:
        return ""
    return f"{first}-09" if which == "1" else f"{last}-03"


def _year(found: re.Match[str]) -> str:
    return f"{found[1]}-12"


_WRITTEN: dict[str, tuple[re.Pattern[str], Callable[[re.Match[str]], str], str]] = {
    "quarter": (_QUARTER, _quarter, "2025-Q1 或季末月 2025-03"),
    "term": (_TERM, _term, "2024-2025学年第一学期或月份 2024-09"),
    "year": (_YEAR, _year, "2025 或 2025-12"),
}


def check_period(text: str, cadence: str = "month", *, where: str = "period") -> str:
    """The period as ``YYYY-MM``, from what may be written for a feed of that ``cadence``. Raises InputError."""
    plain = re.sub(r"\s", "", text)
    if _PERIOD.fullmatch(plain):
        return plain
    pattern, name, example = _WRITTEN.get(cadence, (_PERIOD, lambda found: found[0], "2025-03"))
    found = pattern.fullmatch(plain)
    period = name(found) if found else ""
    if not period:
        raise InputError(f"账期“{text[:40]}”格式不对", where=where, hint=f"请写成 {example}")
    return period


def find_period(text: str) -> str | None:
    """The one period that stands in a file name."""
    found = set(_PERIOD.findall(text))
    return found.pop() if len(found) == 1 else None


def last_day(period: str) -> date:
    """The last day of the period's month."""
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, monthrange(year, month)[1])


def last_day_after(period: str) -> date:
    """The last day of the month after the period: nobody in the delivery was born later, for it is sent within it."""
    return last_day(f"{last_day(period) + timedelta(days=1):%Y-%m}")


def fresh_until(period: str, freshness_days: int) -> date:
    """The last day on which a delivery of ``period`` is fresh; by then the next one is due."""
    return last_day(period) + timedelta(days=freshness_days)

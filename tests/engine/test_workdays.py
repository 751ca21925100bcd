"""Working days by the State Council's notices of 2024 and 2025, and of years loaded by the installation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from doudi.engine import workdays
from doudi.engine.errors import InputError
from doudi.engine.workdays import (
    HolidayYearUnknown,
    add_working_days,
    is_working_day,
    known_years,
    load_years,
    register_year,
    working_days_between,
)


@pytest.fixture(autouse=True)
def _forget_registered_years() -> Iterator[None]:
    before = dict(workdays._registered)
    yield
    workdays._registered.clear()
    workdays._registered.update(before)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 1, 27), True),  # Monday before the Spring Festival of 2025
        (date(2025, 1, 28), False),
        (date(2025, 2, 4), False),
        (date(2025, 2, 5), True),
        (date(2025, 1, 26), True),  # Sunday worked
        (date(2025, 2, 8), True),  # Saturday worked
        (date(2025, 2, 15), False),  # plain Saturday
        (date(2024, 9, 29), True),  # Sunday worked before National Day
        (date(2024, 10, 1), False),
        (date(2024, 10, 7), False),
        (date(2024, 10, 8), True),
        (date(2024, 10, 12), True),  # Saturday worked
        (date(2025, 1, 1), False),
    ],
)
def test_days_of_the_notices(day: date, works: bool) -> None:
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        (date(2025, 1, 24), 1, date(2025, 1, 26)),  # Friday → the Sunday worked
        (date(2025, 1, 27), 1, date(2025, 2, 5)),  # over the Spring Festival
        (date(2025, 1, 27), 4, date(2025, 2, 8)),  # ends on a Saturday worked
        (date(2024, 9, 30), 5, date(2024, 10, 12)),
        (date(2024, 12, 30), 2, date(2025, 1, 2)),  # over the year's end
        (date(2025, 10, 1), 0, date(2025, 10, 9)),
        (date(2025, 3, 3), 0, date(2025, 3, 3)),
        (date(2025, 2, 5), -1, date(2025, 1, 27)),
        (datetime(2025, 3, 3, 23, 59), 1, date(2025, 3, 4)),
    ],
)
def test_adding_days(start: date, n: int, end: date) -> None:
    assert add_working_days(start, n) == end


@pytest.mark.parametrize(
    ("a", "b", "n"),
    [
        (date(2025, 1, 27), date(2025, 2, 5), 1),
        (date(2025, 1, 27), date(2025, 1, 27), 0),
        (date(2024, 12, 31), date(2025, 1, 2), 1),
        (date(2025, 2, 5), date(2025, 1, 27), -1),
        (date(2024, 12, 31), date(2025, 12, 31), 248),
    ],
)
def test_counting_days(a: date, b: date, n: int) -> None:
    assert working_days_between(a, b) == n


def test_counting_undoes_adding() -> None:
    start = date(2024, 9, 14)
    assert [working_days_between(start, add_working_days(start, n)) for n in range(1, 60)] == list(range(1, 60))


@pytest.mark.parametrize(
    "call", [lambda: is_working_day(date(2099, 1, 4)), lambda: add_working_days(date(2098, 12, 31), 1)]
)
def test_unknown_year_is_never_guessed(call) -> None:
    with pytest.raises(HolidayYearUnknown, match=r"放假调休安排尚未载入.*国务院办公厅") as caught:
        call()
    assert caught.value.year in (2098, 2099)


def test_registered_year_counts_from_then_on() -> None:
    register_year(2099, [date(2099, 1, 1)], [date(2099, 1, 4)])
    assert 2099 in known_years()
    assert [is_working_day(date(2099, 1, day)) for day in (1, 2, 3, 4)] == [False, True, False, True]


def test_year_file(tmp_path: Path) -> None:
    notice = tmp_path / "holidays.yaml"
    notice.write_text("2099: {holidays: [2099-01-01, 2099-01-02], working_days: [2099-01-04]}\n", encoding="utf-8")
    assert load_years(notice) == [2099]
    assert add_working_days(date(2099, 1, 1), 1) == date(2099, 1, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[2099]", "不是年份"),
        ("2099: {holidays: [yes]}", "无法读取"),
        ("2099: 1", "无法读取"),
        ("2099: {holidays: [2098-01-01]}", "不属于 2099"),
        ("2099: {holidays: [2099-01-03], working_days: [2099-01-03]}", "同时"),
        ("2099: {holidays: [2099-01-01], working_days: [2099-01-02]}", "不是周六或周日"),
        ("2099: {working_days: [2099-01-04]}", "没有放假日"),
    ],
)
def test_bad_year_file_changes_nothing(tmp_path: Path, text: str, message: str) -> None:
    notice = tmp_path / "holidays.yaml"
    notice.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_years(notice)
    assert 2099 not in known_years()

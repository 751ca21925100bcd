"""Periods as departments write them."""

from __future__ import annotations

from datetime import date

import pytest

from doudi.engine.errors import InputError
from doudi.engine.lake.periods import check_period, find_period, fresh_until, last_day_after


@pytest.mark.parametrize(
    ("text", "cadence", "period"),
    [
        ("2025-03", "month", "2025-03"),
        (" 2025-03 ", "event", "2025-03"),
        ("2025-03", "quarter", "2025-03"),
        ("2025-Q1", "quarter", "2025-03"),
        ("2025q4", "quarter", "2025-12"),
        ("2025年第二季度", "quarter", "2025-06"),
        ("2025年3季度", "quarter", "2025-09"),
        ("2024-2025学年第一学期", "term", "2024-09"),
        ("2024-2025学年下学期", "term", "2025-03"),
        ("2024-2025-2", "term", "2025-03"),
        ("2025-04", "term", "2025-04"),
        ("2025", "year", "2025-12"),
        ("2025年", "year", "2025-12"),
    ],
)
def test_periods_that_are_understood(text: str, cadence: str, period: str) -> None:
    assert check_period(text, cadence) == period


@pytest.mark.parametrize(
    ("text", "cadence"),
    [
        ("2025-13", "month"),
        ("2025-3", "month"),
        ("2025-Q1", "month"),
        ("2025-Q5", "quarter"),
        ("2024-2026学年第一学期", "term"),
        ("2024-1", "term"),
        ("202", "year"),
        ("", "month"),
        ("2025-03; rm", "month"),
    ],
)
def test_periods_that_are_refused_say_how_to_write_them(text: str, cadence: str) -> None:
    with pytest.raises(InputError, match="请写成"):
        check_period(text, cadence)


def test_period_of_a_file_name_is_taken_where_it_is_the_only_one() -> None:
    assert (find_period("MED 2025-03 v2"), find_period("2025-03 to 2025-04"), find_period("x")) == (
        "2025-03",
        None,
        None,
    )


def test_days_of_a_period() -> None:
    assert last_day_after("2024-01") == date(2024, 2, 29)
    assert last_day_after("2024-12") == date(2025, 1, 31)
    assert fresh_until("2025-03", 40) == date(2025, 5, 10)

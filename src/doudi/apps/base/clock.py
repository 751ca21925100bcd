"""The platform's clock: one place to ask for now, so that the real services can live through a sample history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

_set_to: ContextVar[dt.datetime | None] = ContextVar("doudi_clock", default=None)


def now() -> dt.datetime:
    """The current time, aware."""
    return _set_to.get() or timezone.now()


def today() -> dt.date:
    """The current date in the installation's time zone (Asia/Shanghai)."""
    return timezone.localtime(now()).date()


def at_noon(day: dt.date) -> dt.datetime:
    """The moment that stands for an event of which only the day is known."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Live at ``moment`` inside the block (sample history and tests only)."""
    token = _set_to.set(moment)
    try:
        yield
    finally:
        _set_to.reset(token)

"""Time limits of casework in working days. No document gives a figure: each is a default, shown as such."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from doudi.apps.monitoring.services.deadlines import deadline as count_from


@dataclass(frozen=True)
class Limit:
    """``days`` working days; ``origin`` says whether a document gives them or the platform assumes them."""

    label: str
    days: int
    origin: str = "default"


LIMITS = {
    "visit": Limit("入户走访", 5),
    "referral_accept": Limit("部门签收", 2),
    "referral_handle": Limit("部门办理并反馈", 10),
    "conference": Limit("一事一议", 15),
    "application": Limit("申请办理", 30),
}
# How often a family that was not met is visited before the office decides what to do.
VISIT_TRIES = 2


@dataclass(frozen=True)
class Deadline:
    """``on`` None where the year's holidays are not known; ``note`` then says so."""

    on: dt.date | None
    note: str = ""


def deadline(name: str, start: dt.date) -> Deadline:
    """The last working day of limit ``name`` counted from ``start`` (which does not count); never a guess."""
    return Deadline(*count_from(start, LIMITS[name].days))

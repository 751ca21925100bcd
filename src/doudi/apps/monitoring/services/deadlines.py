"""Deadlines in working days: counted when an alert opens or when its year's holidays are loaded, marked when passed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pghistory
from django.db import transaction
from django.utils import timezone

from doudi.apps.accounts.models import User
from doudi.apps.audit import services as audit
from doudi.apps.audit.models import Action
from doudi.apps.base import clock
from doudi.apps.chain import services as chain
from doudi.apps.chain.models import Kind
from doudi.apps.monitoring.models import Alert, SupervisionItem
from doudi.apps.monitoring.queries.alerts import overdue
from doudi.apps.monitoring.rules import rules
from doudi.engine.indicators import load_indicators
from doudi.engine.workdays import HolidayYearUnknown, add_working_days


def deadline(start: dt.date, working_days: int) -> tuple[dt.date | None, str]:
    """(due date, '') or, where a year's holidays are not loaded, (None, what is to be done). Never a guess."""
    try:
        return add_working_days(start, working_days), ""
    except HolidayYearUnknown as unknown:
        return None, (
            f"{start:%Y-%m-%d} 起 {working_days} 个工作日；"
            f"{unknown.year} 年放假调休安排尚未载入，载入后自动算出截止日期"
        )


@transaction.atomic
def deadlines_refresh(*, actor: User | None = None) -> int:
    """Fill the deadlines that could not be counted when alerts and matters of supervision opened; returns how many."""
    days = {code: indicator.deadline_working_days for code, indicator in load_indicators().items()}
    alerts = Alert.objects.select_for_update().filter(due_on=None, state__in=("NEW", "ASSIGNED", "VERIFIED"))
    items = SupervisionItem.objects.select_for_update().filter(due_on=None, state="OPEN")
    with pghistory.context(actor=actor.pk if actor else None, action="alert.deadline"):
        return _fill(Alert, alerts, lambda row: days[row.indicator]) + _fill(
            SupervisionItem, items, lambda row: rules()[row.rule].working_days
        )


def _fill(model: Any, rows: Any, days: Callable[[Any], int]) -> int:
    known = []
    for row in rows.order_by("pk"):
        row.due_on, row.due_note = deadline(timezone.localtime(row.created_at).date(), days(row))
        if row.due_on:
            known.append(row)
    model.objects.bulk_update(known, ["due_on", "due_note"], batch_size=1000)
    return len(known)


@transaction.atomic
def overdue_mark(*, actor: User | None = None) -> dict[str, int]:
    """Mark the alerts whose deadline has passed, each once; returns the new marks by county code.

    Each household's chain gets one event that counts its newly overdue alerts; the county finds them in lists and
    counters, and in the access log's summary of this job.
    """
    late = list(
        Alert.objects.select_for_update()
        .filter(overdue(), overdue_at=None)
        .order_by("household_id", "pk")
        .only("pk", "household_id", "county_code", "alert_no")
    )
    if not late:
        return {}
    with pghistory.context(actor=actor.pk if actor else None, action="alert.overdue"):
        Alert.objects.filter(pk__in=[alert.pk for alert in late]).update(overdue_at=clock.now())
    numbers: dict[int, list[str]] = {}
    for alert in late:
        numbers.setdefault(alert.household_id, []).append(alert.alert_no)
    chain.append_many(
        {
            "kind": Kind.ALERT,
            "household_id": household_id,
            "title": f"{len(listed)} 条预警超过办理时限",
            "body": {"预警编号": "、".join(listed)},
        }
        for household_id, listed in numbers.items()
    )
    counties = Counter(alert.county_code for alert in late)
    for county, number in sorted(counties.items()):
        audit.record(Action.RUN, actor=actor, object_type="overdue", county_code=county, detail={"alerts": number})
    return dict(counties)

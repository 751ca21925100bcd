"""Deadlines that wait for a holiday notice, and the mark of what is overdue."""

from __future__ import annotations

import datetime as dt

import pytest

from doudi.apps.audit.models import AccessLog
from doudi.apps.base import clock
from doudi.apps.chain.models import ChainEvent
from doudi.apps.monitoring import queries, services
from doudi.apps.monitoring.services.deadlines import deadline
from doudi.engine import workdays
from tests.apps.monitoring.builders import make_alert
from tests.factories import COUNTY, TOWN_B, VILLAGE_B, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (dt.date(2025, 1, 24), 2, dt.date(2025, 1, 27)),  # the Sunday worked for Spring Festival counts
        (dt.date(2025, 1, 27), 1, dt.date(2025, 2, 5)),  # eight days off
        (dt.date(2025, 9, 30), 1, dt.date(2025, 10, 9)),  # National Day and Mid-Autumn together
        (dt.date(2024, 12, 31), 1, dt.date(2025, 1, 2)),  # across the year
    ],
)
def test_deadlines_count_working_days(start: dt.date, days: int, due: dt.date) -> None:
    assert deadline(start, days) == (due, "")


def test_a_deadline_into_an_unknown_year_is_not_guessed_and_filled_when_the_notice_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workdays, "_registered", {})
    due, note = deadline(dt.date(2098, 3, 3), 5)
    assert due is None
    assert "2098 年放假调休安排尚未载入" in note
    alert = make_alert(due_on=None, due_note=note, created_at=dt.datetime(2098, 3, 3, 2, tzinfo=dt.UTC))
    assert services.deadlines_refresh() == 0
    workdays.register_year(2098, [dt.date(2098, 3, 5)], [])
    assert services.deadlines_refresh() == 1
    alert.refresh_from_db()
    assert (alert.due_on, alert.due_note) == (dt.date(2098, 3, 11), "")
    assert services.deadlines_refresh() == 0


def test_overdue_alerts_are_marked_once_counted_for_the_county_and_told_on_the_chain() -> None:
    late = make_alert(due_on=dt.date(2025, 4, 7))
    make_alert(household=late.household, indicator="CPX-01", due_on=dt.date(2025, 4, 1))
    make_alert(VILLAGE_B, due_on=dt.date(2025, 4, 8))
    make_alert(due_on=dt.date(2025, 4, 1), state="CLOSED")
    with clock.at(dt.datetime(2025, 4, 8, 2, tzinfo=dt.UTC)):
        assert services.overdue_mark() == {COUNTY: 2}
        assert services.overdue_mark() == {}
        assert queries.counters(make_user("CNTY_LEAD"))["overdue"] == 2
        assert queries.counters(make_user("TOWN_HEAD", TOWN_B))["overdue"] == 0
    event = ChainEvent.objects.get()
    assert (event.household_id, event.title) == (late.household_id, "2 条预警超过办理时限")
    assert AccessLog.objects.get(object_type="overdue").detail == {"alerts": 2}

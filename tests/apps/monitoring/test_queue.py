"""What to visit first and why; the county's weekly capacity; alerts in numbers."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from doudi.apps.audit.models import AccessLog
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.monitoring import queries, services
from doudi.apps.monitoring.models import Alert, VisitCapacity
from tests.apps.monitoring.builders import make_alert
from tests.apps.monitoring.test_indicators import judged
from tests.apps.monitoring.test_pages import signed_in
from tests.apps.pages import queries_of
from tests.factories import (
    CITY,
    COUNTY,
    OTHER_COUNTY,
    OTHER_VILLAGE,
    TOWN_A,
    TOWN_B,
    VILLAGE_A,
    VILLAGE_B,
    make_divisions,
    make_household,
    make_user,
)

pytestmark = pytest.mark.django_db


def waiting(days: int = 0, village: str = VILLAGE_A, **fields: Any) -> Alert:
    alert = make_alert(village, **fields)
    Alert.objects.filter(pk=alert.pk).update(created_at=clock.now() - dt.timedelta(days=days))
    return alert


def order(user: Any = None) -> list[int]:
    return [one.household.pk for one in queries.visit_queue(actor=user or make_user("CNTY_REVIEW")).visits]


def test_red_before_orange_before_yellow_however_long_the_others_wait() -> None:
    yellow = waiting(90, severity="yellow")
    red = waiting(0, severity="red")
    orange = waiting(60, severity="orange")
    assert order() == [red.household_id, orange.household_id, yellow.household_id]


def test_of_one_severity_the_likelier_comes_first_until_the_other_has_waited() -> None:
    judged(40, 10, "NHD-01")
    judged(10, 40, "NCE-05")
    often, seldom = waiting(0, indicator="NHD-01"), waiting(0, indicator="NCE-05")
    assert order() == [often.household_id, seldom.household_id]
    Alert.objects.filter(pk=seldom.pk).update(created_at=clock.now() - dt.timedelta(days=90))
    assert order() == [seldom.household_id, often.household_id]


def test_one_lucky_visit_does_not_send_everybody_there() -> None:
    judged(1, 0, "NHD-04")
    judged(70, 30, "NHD-01")
    known, lucky = waiting(indicator="NHD-01"), waiting(indicator="NHD-04")
    queue = queries.visit_queue(actor=make_user("CNTY_REVIEW"))
    first, second = queue.visits
    assert {first.household.pk, second.household.pk} == {known.household_id, lucky.household_id}
    assert abs(first.usefulness - second.usefulness) < 0.06  # not 1.0 against 0.7


def test_a_visit_checks_all_alerts_of_its_household() -> None:
    household = make_household(VILLAGE_A, category="DIBAO")
    waiting(household=household, indicator="NHD-01")
    waiting(household=household, indicator="NCE-05", severity="red")
    single = waiting(severity="red")
    queue = queries.visit_queue(actor=make_user("CNTY_REVIEW"))
    assert [one.household.pk for one in queue.visits] == [household.pk, single.household_id]
    assert [reason.alert.severity for reason in queue.visits[0].reasons] == ["red", "orange"]
    assert queue.by_severity == {"red": 2, "orange": 0, "yellow": 0}


def test_the_row_says_why() -> None:
    judged(13, 18, "NHD-01")
    waiting(6, indicator="NHD-01", severity="red")
    reason = queries.visit_queue(actor=make_user("CNTY_REVIEW")).visits[0].reasons[0]
    assert reason.text == "红色；已等 6 天；同类预警近6个月属实 42%（核查 31 件）"


def test_the_row_says_where_little_is_known() -> None:
    judged(1, 0, "NHD-01")
    waiting(0, indicator="NHD-01")
    waiting(0, indicator="NCE-05")
    texts = {one.reasons[0].text for one in queries.visit_queue(actor=make_user("CNTY_REVIEW")).visits}
    assert texts == {
        "橙色；已等 0 天；同类预警近6个月属实 100%（只核查 1 件，按 59% 估计）",
        "橙色；已等 0 天；同类预警近6个月没有核查，按全县平均 55% 估计",
    }


def test_days_waited_are_days_of_the_calendar() -> None:
    now = timezone.make_aware(dt.datetime(2025, 4, 8, 8, 0))
    with clock.at(now):
        alert = make_alert()
        Alert.objects.filter(pk=alert.pk).update(created_at=timezone.make_aware(dt.datetime(2025, 4, 7, 23, 50)))
        assert queries.visit_queue(actor=make_user("CNTY_REVIEW")).visits[0].reasons[0].waited == 1


def test_what_was_checked_waits_no_more() -> None:
    for state in ("VERIFIED", "DISPOSING", "RESOLVED", "WATCHING", "CLOSED"):
        make_alert(state=state)
    assert order() == []


def test_the_capacity_draws_the_line_over_the_whole_county() -> None:
    red, orange = waiting(severity="red", village=VILLAGE_B), waiting(severity="orange", village=VILLAGE_A)
    services.capacity_set(actor=make_user("CNTY_LEAD"), county=COUNTY, visits=1)
    seen = {one.household.pk: one.this_week for one in queries.visit_queue(actor=make_user("CNTY_REVIEW")).visits}
    assert seen == {red.household_id: True, orange.household_id: False}
    town = queries.visit_queue(actor=make_user("TOWN_CLERK", TOWN_A))
    assert [(one.rank, one.this_week) for one in town.visits] == [(1, False)]  # the other town's red one comes first


@pytest.mark.parametrize("visits", [0, -1, 100_001])
def test_a_capacity_out_of_reason_is_refused(visits: int) -> None:
    make_divisions()
    with pytest.raises(Invalid):
        services.capacity_set(actor=make_user("CNTY_LEAD"), county=COUNTY, visits=visits)
    assert not VisitCapacity.objects.exists()


@pytest.mark.parametrize(("role", "county"), [("TOWN_HEAD", COUNTY), ("CNTY_SUP", COUNTY), ("CNTY_LEAD", OTHER_COUNTY)])
def test_who_may_not_set_the_capacity(role: str, county: str) -> None:
    make_divisions()
    with pytest.raises(Refused):
        services.capacity_set(actor=make_user(role), county=county, visits=50)
    assert not VisitCapacity.objects.exists()


def test_each_sees_his_own_part() -> None:
    ours, theirs = waiting(village=VILLAGE_A), waiting(village=VILLAGE_B)
    waiting(village=OTHER_VILLAGE)
    assert order(make_user("TOWN_CLERK", TOWN_A)) == [ours.household_id]
    assert order(make_user("TOWN_HEAD", TOWN_B)) == [theirs.household_id]
    assert set(order(make_user("CITY_CA", CITY))) == {ours.household_id, theirs.household_id}  # one county at a time
    assert signed_in(make_user("DEPT_MED")).get(reverse("monitoring:queue")).status_code == 403


def test_the_page_sets_the_capacity_and_says_what_is_wrong() -> None:
    waiting()
    client = signed_in(make_user("CNTY_LEAD"))
    assert client.post(reverse("monitoring:queue"), {"visits": "四十"}).status_code == 422
    assert client.post(reverse("monitoring:queue"), {"visits": "40"}).status_code == 302
    text = client.get(reverse("monitoring:queue")).content.decode()
    assert "40 户" in text
    assert "本周走访" in text


def test_statements_do_not_grow_with_the_queue() -> None:
    user = make_user("CNTY_REVIEW")

    def statements(number: int) -> int:
        for _ in range(number):
            waiting()
        with CaptureQueriesContext(connection) as captured:
            queries.visit_queue(actor=type(user).objects.get(pk=user.pk))
        return len(captured)

    assert statements(2) == statements(40)


def test_statements_of_the_pages() -> None:
    for _ in range(25):
        waiting()
    client = signed_in(make_user("CNTY_REVIEW"))
    queries_of(client, "monitoring:queue")
    queries_of(client, "monitoring:statistics")


def test_figures_add_up_and_lead_down() -> None:
    judged(3, 1)
    waiting(village=VILLAGE_B, due_on=clock.today() - dt.timedelta(days=1))
    found = queries.alert_statistics(actor=make_user("CNTY_REVIEW"))
    total = found.total
    assert (total.opened, total.open, total.overdue, total.checked, total.hits) == (5, 1, 1, 4, 3)
    assert (total.due, total.on_time, total.hit_rate) == (5, 4, 0.75)
    assert {row.key: row.opened for row in found.divisions} == {TOWN_A: 4, TOWN_B: 1}
    town = queries.alert_statistics(actor=make_user("CNTY_REVIEW"), division=TOWN_A)
    assert ({row.key: row.opened for row in town.divisions}, town.leads_down) == ({VILLAGE_A: 4}, False)


@pytest.mark.parametrize(
    ("role", "own", "division"),
    [("TOWN_CLERK", TOWN_A, TOWN_B), ("TOWN_CLERK", TOWN_A, COUNTY), ("CNTY_SUP", COUNTY, OTHER_COUNTY)],
)
def test_nobody_counts_what_is_not_his(role: str, own: str, division: str) -> None:
    make_divisions()
    with pytest.raises(NotFound):
        queries.alert_statistics(actor=make_user(role, own), division=division)


def test_statistics_look_back_as_far_as_asked() -> None:
    waiting(40)
    user = make_user("CNTY_REVIEW")
    assert queries.alert_statistics(actor=user, days=30).total.opened == 0
    assert queries.alert_statistics(actor=user, days=90).total.opened == 1


def test_the_workbook_holds_the_figures_and_is_logged() -> None:
    judged(3, 1)
    client = signed_in(make_user("CNTY_SUP"))
    assert client.get(reverse("monitoring:statistics")).status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("monitoring:statistics"), {"export": "1"}).content))
    assert book.sheetnames == ["按地区", "按类别", "按指标"]
    rows = list(book["按指标"].iter_rows(values_only=True))
    assert rows[0][:3] == ("指标", "预警", "未办结")
    assert (rows[1][0].split()[0], rows[1][1], rows[1][9]) == ("NHD-01", 4, 0.75)
    assert AccessLog.objects.filter(action="EXPORT").count() == 1

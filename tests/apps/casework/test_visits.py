"""Sending visitors and recording visits."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.casework import queries, services
from doudi.apps.casework.models import Visit, VisitTask
from doudi.apps.monitoring import queries as monitoring
from doudi.apps.registry import queries as registry
from doudi.apps.registry.models import Household
from tests.apps.casework.helpers import counts, fresh, kinds, open_grants
from tests.apps.monitoring.builders import make_alert
from tests.factories import TOWN_A, VILLAGE_A, VILLAGE_B, make_household, make_user

pytestmark = pytest.mark.django_db
FOUND = {"outcome": "TRUE_REFER", "findings": "老人长期住院，自付较多"}


def record(people, task, **values):
    arguments = {"uid": uuid.uuid4(), **FOUND, **values}
    return services.visit_record(actor=people.visitor, task_id=task.pk, **arguments)


def test_all_waiting_alerts_of_a_household_make_one_task_with_the_strictest_day(people):
    household = make_household(VILLAGE_A, category="DIBAO")
    first = make_alert(household=household, indicator="NHD-01", due_on=dt.date(2025, 3, 21))
    second = make_alert(household=household, indicator="PND-06", due_on=dt.date(2025, 3, 17))
    [task] = services.visit_assign(actor=people.clerk, alert_ids=[first.pk], visitor_id=people.visitor.pk)
    assert set(task.alerts.values_list("pk", flat=True)) == {first.pk, second.pk}
    assert task.due_on == dt.date(2025, 3, 17)
    second.refresh_from_db()
    assert (second.state, second.assignee_id) == ("ASSIGNED", people.visitor.pk)
    assert kinds(household.pk) == ["ASSIGNED", "ASSIGNED"]


def test_a_task_opens_the_household_to_its_visitor_only_while_it_is_open(people, assigned):
    household_id = assigned.household_id
    assert registry.household_get(fresh(people.visitor), household_id).pk == household_id
    record(people, assigned)
    with pytest.raises(NotFound):
        registry.household_get(fresh(people.visitor), household_id)
    assert open_grants(household_id) == []


def test_households_of_several_alerts_get_a_task_each(people):
    alerts = [make_alert(VILLAGE_A), make_alert(VILLAGE_A)]
    tasks = services.visit_assign(
        actor=people.clerk, alert_ids=[alert.pk for alert in alerts], visitor_id=people.visitor.pk
    )
    assert {task.household_id for task in tasks} == {alert.household_id for alert in alerts}


def test_transfer_shuts_the_first_visitor_out(people, alert, assigned):
    [second] = services.visit_assign(actor=people.clerk, alert_ids=[alert.pk], visitor_id=people.other_visitor.pk)
    assigned.refresh_from_db()
    assert assigned.state == "CANCELLED"
    assert open_grants(alert.household_id) == [f"visit:{second.pk}"]
    with pytest.raises(NotFound):
        registry.household_get(fresh(people.visitor), alert.household_id)
    with pytest.raises(Conflict):
        record(people, assigned)
    assert not Visit.objects.exists()


def test_assigning_twice_with_one_key_is_one_task(people, alert):
    for _ in range(2):
        services.visit_assign(actor=people.clerk, alert_ids=[alert.pk], visitor_id=people.visitor.pk, key="k1")
    assert VisitTask.objects.count() == 1
    assert kinds(alert.household_id) == ["ASSIGNED"]


def test_stale_page_cannot_assign(people, alert):
    services.visit_assign(
        actor=people.clerk, alert_ids=[alert.pk], visitor_id=people.visitor.pk, versions={alert.pk: 0}
    )
    before = counts()
    with pytest.raises(Conflict):
        services.visit_assign(
            actor=people.head, alert_ids=[alert.pk], visitor_id=people.other_visitor.pk, versions={alert.pk: 0}
        )
    assert counts() == before


@pytest.mark.parametrize("role", ["VIL_ASSIST", "DEPT_MED", "CNTY_DATA", "CNTY_SUP", "AUDITOR"])
def test_only_offices_assign(people, alert, role):
    before = counts()
    with pytest.raises(Refused):
        services.visit_assign(actor=make_user(role), alert_ids=[alert.pk], visitor_id=people.visitor.pk)
    assert counts() == before


def test_another_township_cannot_assign(people, alert):
    before = counts()
    with pytest.raises(NotFound):
        services.visit_assign(actor=people.town_b, alert_ids=[alert.pk], visitor_id=people.visitor.pk)
    assert counts() == before


def test_a_visitor_of_another_village_cannot_be_sent(people, alert):
    stranger = make_user("VIL_ASSIST", VILLAGE_B)
    before = counts()
    with pytest.raises(Invalid) as refused:
        services.visit_assign(actor=people.clerk, alert_ids=[alert.pk], visitor_id=stranger.pk)
    assert refused.value.where == "assignee"
    assert counts() == before


def test_a_visit_verifies_every_alert_of_the_task(people):
    household = make_household(VILLAGE_A, category="DIBAO")
    alerts = [make_alert(household=household, indicator=code) for code in ("NHD-01", "PND-06")]
    [task] = services.visit_assign(actor=people.clerk, alert_ids=[alerts[0].pk], visitor_id=people.visitor.pk)
    visit = record(people, task, suggestion="建议医疗救助", met="本人")
    for alert in alerts:
        alert.refresh_from_db()
        assert (alert.state, alert.outcome, alert.suggestion) == ("VERIFIED", "TRUE_REFER", "建议医疗救助")
    assert kinds(household.pk)[-3:] == ["VISIT", "DISPOSAL", "DISPOSAL"]
    assert Household.objects.get(pk=household.pk).last_visit_on == dt.date(2025, 3, 12)
    assert visit.task.state == "DONE"


def test_a_visit_sent_twice_is_recorded_once(people, assigned):
    uid = uuid.uuid4()
    first = record(people, assigned, uid=uid)
    before = counts()
    assert record(people, assigned, uid=str(uid)).pk == first.pk
    assert counts() == before


def test_a_second_visit_of_a_finished_task_is_refused(people, assigned):
    record(people, assigned)
    before = counts()
    with pytest.raises(Conflict):
        record(people, assigned)
    assert counts() == before


def test_nobody_else_records_the_visit(people, assigned):
    with pytest.raises(NotFound):
        services.visit_record(actor=people.other_visitor, task_id=assigned.pk, uid=uuid.uuid4(), **FOUND)
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"outcome": "SOMETHING"}, "outcome"),
        ({"findings": "  "}, "findings"),
        ({"findings": "长" * 2001}, "findings"),
        ({"method": "LETTER"}, "method"),
        ({"outcome": "WATCH"}, "next_visit_on"),
        ({"next_visit_on": dt.date(2025, 3, 12)}, "next_visit_on"),
        ({"visited_at": dt.datetime(2025, 3, 13, tzinfo=dt.UTC)}, "visited_at"),
        ({"visited_at": dt.datetime(2025, 1, 13, tzinfo=dt.UTC)}, "visited_at"),
        ({"uid": "not-a-uuid"}, "uid"),
    ],
)
def test_what_a_visit_record_must_say(people, assigned, values, where):
    before = counts()
    with pytest.raises(Invalid) as refused:
        record(people, assigned, **values)
    assert refused.value.where == where
    assert counts() == before


def test_home_visit_and_suggestion_where_the_pack_asks_for_them(people, assigned, settings):
    """R109: every alert is checked at home and ends with a suggestion."""
    settings.POLICY_PACKS = {"": "zhengzhou"}
    with pytest.raises(Invalid) as by_phone:
        record(people, assigned, method="PHONE", suggestion="建议医疗救助")
    with pytest.raises(Invalid) as silent:
        record(people, assigned)
    assert (by_phone.value.where, silent.value.where) == ("method", "suggestion")
    assert not Visit.objects.exists()
    assert record(people, assigned, suggestion="建议医疗救助").suggestion == "建议医疗救助"


def test_uncovered_families_are_checked_at_home(people, settings):
    """R355: whoever is not covered is verified at home; a covered family may be called."""
    settings.POLICY_PACKS = {"": "anyang"}
    uncovered = make_alert(household=make_household(VILLAGE_A, category=""), indicator="NCE-01")
    covered = make_alert(VILLAGE_A)
    [first, second] = services.visit_assign(
        actor=people.clerk, alert_ids=[uncovered.pk, covered.pk], visitor_id=people.visitor.pk
    )
    with pytest.raises(Invalid) as refused:
        record(people, first, method="PHONE")
    assert refused.value.where == "method"
    assert record(people, second, method="PHONE").method == "PHONE"


def test_a_family_not_met_is_visited_again_and_then_left_to_the_office(people, alert, assigned):
    record(people, assigned, outcome="NOT_FOUND", findings="家中无人")
    alert.refresh_from_db()
    assert alert.state == "ASSIGNED"
    second = VisitTask.objects.get(state="ASSIGNED")
    assert (second.visitor_id, second.assigned_by_id, second.due_on) == (
        people.visitor.pk,
        people.clerk.pk,
        assigned.due_on,
    )
    assert open_grants(alert.household_id) == [f"visit:{second.pk}"]
    record(people, second, outcome="NOT_FOUND", findings="仍无人")
    alert.refresh_from_db()
    assert (alert.state, alert.outcome) == ("VERIFIED", "NOT_FOUND")
    assert not VisitTask.objects.filter(state="ASSIGNED").exists()


def test_closing_the_only_alert_cancels_its_visit(people, alert, assigned):
    services.alert_close(actor=people.head, alert_id=alert.pk, reason="重复预警", outcome="DATA_ERROR")
    assigned.refresh_from_db()
    assert assigned.state == "CANCELLED"
    assert open_grants(alert.household_id) == []


def test_closing_one_of_two_alerts_keeps_the_visit(people):
    household = make_household(VILLAGE_A, category="DIBAO")
    first, second = (make_alert(household=household, indicator=code) for code in ("NHD-01", "PND-06"))
    [task] = services.visit_assign(actor=people.clerk, alert_ids=[first.pk], visitor_id=people.visitor.pk)
    services.alert_close(actor=people.head, alert_id=first.pk, reason="重复预警", outcome="DATA_ERROR")
    task.refresh_from_db()
    assert task.state == "ASSIGNED"
    assert list(task.alerts.values_list("pk", flat=True)) == [second.pk]


def test_the_visitor_sees_only_his_own_open_tasks(people, assigned):
    assert [task.pk for task in queries.own_tasks(actor=people.visitor)] == [assigned.pk]
    assert queries.own_tasks(actor=people.other_visitor) == []
    with pytest.raises(NotFound):
        queries.own_task(actor=people.other_visitor, task_id=assigned.pk)
    with pytest.raises(NotFound):
        monitoring.alert_get(actor=people.other_visitor, alert_id=assigned.alerts.get().pk)


def test_overdue_tasks_are_found(people, assigned):
    late = queries.VisitFilters(overdue=True)
    assert queries.visit_task_list(actor=people.reviewer, filters=late).count == 0
    with clock.at(dt.datetime(2025, 3, 20, 9, tzinfo=dt.UTC)):
        assert queries.visit_task_list(actor=people.reviewer, filters=late).count == 1
        assert queries.counters(actor=people.reviewer)["visits_overdue"] == 1


def test_a_clerk_can_be_the_visitor(people, alert):
    clerk = make_user("TOWN_CLERK", TOWN_A)
    [task] = services.visit_assign(actor=people.head, alert_ids=[alert.pk], visitor_id=clerk.pk)
    visit = services.visit_record(actor=clerk, task_id=task.pk, uid=uuid.uuid4(), **FOUND)
    assert visit.task.state == "DONE"


def test_a_task_takes_the_day_of_its_alerts_when_that_is_known(people):
    alert = make_alert(VILLAGE_A, due_on=None, due_note="放假安排尚未载入")
    [task] = services.visit_assign(actor=people.clerk, alert_ids=[alert.pk], visitor_id=people.visitor.pk)
    assert (task.due_on, task.due_note) == (None, "放假安排尚未载入")
    assert services.limits_refresh() == 0
    type(alert).objects.filter(pk=alert.pk).update(due_on=dt.date(2025, 3, 21), due_note="")
    assert services.limits_refresh() == 1
    task.refresh_from_db()
    assert (task.due_on, task.due_note) == (dt.date(2025, 3, 21), "")

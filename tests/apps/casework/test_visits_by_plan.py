"""Visits without an alert: by plan to key groups, and random inspections by somebody else (R196, R197)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.casework import queries, services
from doudi.apps.casework.models import VisitTask
from tests.apps.casework.helpers import counts, open_grants, titles
from tests.apps.casework.test_pages import page
from tests.apps.monitoring.builders import make_alert
from tests.factories import COUNTY, OTHER_VILLAGE, TOWN_B, VILLAGE_A, VILLAGE_A2, make_household, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(people):
    return make_household(VILLAGE_A, category="DIBAO")


def send(people, home, purpose="KEYGROUP", visitor=None, actor=None, **fields):
    return services.visit_send(
        actor=actor or people.clerk, household_id=home.pk, visitor_id=(visitor or people.visitor).pk, purpose=purpose,
        **fields,
    )  # fmt: skip


def record(visitor, task, outcome="UNCHANGED", **fields):
    return services.visit_record(
        actor=visitor, task_id=task.pk, uid=uuid.uuid4(), outcome=outcome, findings="在家，情况正常", **fields
    )


def test_a_planned_visit_is_a_task_with_its_limit_and_opens_the_family(people, home):
    task = send(people, home, instruction="了解用药")
    assert (task.purpose, task.state, task.due_on) == ("KEYGROUP", "ASSIGNED", dt.date(2025, 3, 19))
    assert open_grants(home.pk) == [f"visit:{task.pk}"]
    assert titles(home.pk)[-1] == "重点走访派发给村协理员"
    assert "重点走访" in page(people.visitor, "m_home")
    assert "了解救助政策落实情况" in page(people.visitor, "m_visit", task.pk)


def test_the_visit_ends_access_and_counts_as_the_last_visit(people, home):
    record(people.visitor, send(people, home))
    home.refresh_from_db()
    assert (home.last_visit_on, open_grants(home.pk)) == (dt.date(2025, 3, 12), [])


def test_sent_again_it_is_the_same_task(people, home):
    first = send(people, home)
    before = counts()
    assert send(people, home).pk == first.pk
    assert counts() == before


def test_sent_to_another_it_is_transferred(people, home):
    first = send(people, home)
    second = send(people, home, visitor=people.other_visitor)
    first.refresh_from_db()
    assert (first.state, second.state) == ("CANCELLED", "ASSIGNED")
    assert open_grants(home.pk) == [f"visit:{second.pk}"]


def test_a_family_whose_alert_is_visited_needs_no_second_visit(people, assigned):
    assert send(people, assigned.household, visitor=people.other_visitor).pk == assigned.pk
    assert VisitTask.objects.count() == 1


def test_an_alert_takes_the_planned_visit_over(people, home):
    planned = send(people, home)
    alert = make_alert(household=home)
    [task] = services.visit_assign(actor=people.clerk, alert_ids=[alert.pk], visitor_id=people.visitor.pk)
    planned.refresh_from_db()
    assert (planned.state, task.purpose, task.alerts.count()) == ("CANCELLED", "ALERT", 1)


def test_an_inspection_stands_beside_the_alerts_task(people, assigned):
    other = make_user("VIL_ASSIST", VILLAGE_A2)
    task = send(people, assigned.household, "INSPECTION", other)
    assert task.pk != assigned.pk
    assert [row.state for row in VisitTask.objects.order_by("pk")] == ["ASSIGNED", "ASSIGNED"]
    record(other, task)
    assigned.refresh_from_db()
    assert assigned.state == "ASSIGNED"
    again = services.visit_assign(
        actor=people.clerk, alert_ids=[assigned.alerts.get().pk], visitor_id=people.other_visitor.pk
    )
    assert [one.state for one in again] == ["ASSIGNED"]


def test_an_assistant_of_another_village_inspects_but_does_not_plan(people, home):
    other = make_user("VIL_ASSIST", VILLAGE_A2)
    with pytest.raises(Invalid, match="不能走访"):
        send(people, home, "KEYGROUP", other)
    with pytest.raises(Invalid, match="不能走访"):
        send(people, home, "INSPECTION", make_user("VIL_ASSIST", OTHER_VILLAGE))
    with pytest.raises(Invalid, match="不能走访"):
        send(people, home, "INSPECTION", make_user("TOWN_CLERK", TOWN_B))
    assert VisitTask.objects.count() == 0
    assert send(people, home, "INSPECTION", other).visitor == other


def test_a_visitor_who_left_is_not_sent(people, home):
    people.visitor.is_active = False
    people.visitor.save()
    with pytest.raises(Invalid, match="不能走访"):
        send(people, home)


def test_who_may_not_assign_or_not_see_sends_nobody(people, home):
    before = counts()
    with pytest.raises(Refused):
        send(people, home, actor=people.visitor)
    with pytest.raises(NotFound):
        send(people, home, actor=people.town_b)
    assert counts() == before


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"outcome": "UNCHANGED", "method": "PHONE"}, "须上门"),
        ({"outcome": "TRUE_REFER"}, "核查结论"),
        ({"outcome": ""}, "核查结论"),
    ],
)
def test_a_planned_visit_is_at_home_and_compares_with_the_file(people, home, fields, message):
    task = send(people, home)
    with pytest.raises(Invalid, match=message):
        record(people.visitor, task, **fields)
    task.refresh_from_db()
    assert task.state == "ASSIGNED"


def test_an_alert_is_not_answered_by_a_comparison(people, assigned):
    with pytest.raises(Invalid, match="核查结论"):
        record(people.visitor, assigned, "UNCHANGED")


def test_a_family_not_met_is_left_to_the_office(people, home):
    record(people.visitor, send(people, home), "NOT_FOUND")
    assert [task.state for task in VisitTask.objects.all()] == ["DONE"]


def test_a_due_day_in_the_past_is_refused(people, home):
    with pytest.raises(Invalid, match="时限"):
        send(people, home, due_on=clock.today() - dt.timedelta(days=1))
    assert send(people, home, due_on=clock.today()).due_on == clock.today()


def test_the_list_is_filtered_by_purpose(people, home, assigned):
    task = send(people, home)
    found = queries.visit_task_list(actor=people.clerk, filters=queries.VisitFilters(purpose="KEYGROUP"))
    assert [row.pk for row in found.rows] == [task.pk]
    reviewer = make_user("CNTY_REVIEW", COUNTY)
    assert set(queries.inspectors_for(COUNTY, [home.township_code])) == {
        people.visitor, people.other_visitor, people.clerk,
    }  # fmt: skip
    assert queries.visit_task_list(actor=reviewer, filters=queries.VisitFilters(purpose="INSPECTION")).rows == []

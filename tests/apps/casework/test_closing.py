"""Disposals that end with the officer himself: supplied at once, informed, watched, sent back, closed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from doudi.apps.assistance.models import AssistanceRecord
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.casework import services
from doudi.apps.chain.models import ChainEvent
from doudi.apps.monitoring.models import Alert
from tests.apps.casework.helpers import counts
from tests.factories import make_user

pytestmark = pytest.mark.django_db
TODAY = dt.date(2025, 3, 12)
SUPPLY = {"item": "B04", "given_on": TODAY, "amount": Decimal("100.00")}
INFORM = {"method": "visit", "informed_on": TODAY, "content": "低保边缘认定条件和乡镇窗口申办渠道"}
VERBS = {
    "alert_supply": SUPPLY,
    "alert_inform": INFORM,
    "alert_watch": {"until": dt.date(2025, 4, 1)},
    "alert_return": {"reason": "情况不清"},
    "alert_close": {"reason": "无需救助"},
}


def call(verb, actor, alert, **values):
    return getattr(services, verb)(actor=actor, alert_id=alert.pk, **(VERBS[verb] | values))


def test_what_is_supplied_at_once_is_recorded_and_resolves_the_alert(people, verified):
    """R033, R110: the policy is put into effect as soon as possible."""
    call("alert_supply", people.clerk, verified, note="已补发")
    verified.refresh_from_db()
    given = AssistanceRecord.objects.get()
    assert (verified.state, verified.disposal) == ("RESOLVED", "SUPPLY")
    assert (given.item, given.amount, given.unit_id) == ("B04", Decimal("100.00"), people.clerk.unit_id)


def test_an_alert_that_came_back_may_be_supplied_again(people, verified):
    call("alert_supply", people.clerk, verified)
    Alert.objects.filter(pk=verified.pk).update(state="VERIFIED")  # as a re-opened one is after its next visit
    call("alert_supply", people.clerk, verified)
    assert AssistanceRecord.objects.count() == 2


def test_another_departments_item_is_not_supplied_by_the_office(people, verified):
    before = counts()
    with pytest.raises(Invalid) as refused:
        call("alert_supply", people.clerk, verified, item="M03")
    assert refused.value.where == "item"
    assert counts() == before


def test_informing_leaves_a_notice_with_method_and_date(people, verified):
    """R274: the duty to inform is recorded on the chain."""
    call("alert_inform", people.clerk, verified)
    notice = ChainEvent.objects.get(kind="NOTICE")
    assert notice.body == {
        "告知方式": "上门告知",
        "告知日期": "2025-03-12",
        "告知内容": "低保边缘认定条件和乡镇窗口申办渠道",
    }
    verified.refresh_from_db()
    assert (verified.state, verified.disposal) == ("RESOLVED", "INFORM")


@pytest.mark.parametrize(
    ("verb", "values"),
    [
        ("alert_inform", {"method": "pigeon"}),
        ("alert_inform", {"informed_on": dt.date(2025, 3, 13)}),
        ("alert_inform", {"content": ""}),
        ("alert_watch", {"until": TODAY}),
        ("alert_return", {"reason": " "}),
        ("alert_close", {"reason": ""}),
        ("alert_supply", {"given_on": dt.date(2025, 3, 13)}),
    ],
)
def test_what_must_be_said(people, verified, verb, values):
    before = counts()
    with pytest.raises(Invalid):
        call(verb, people.head, verified, **values)
    assert counts() == before


@pytest.mark.parametrize("verb", VERBS)
def test_twice_with_one_key_is_once(people, verified, verb):
    call(verb, people.head, verified, key="k")
    before = counts()
    call(verb, people.head, verified, key="k")
    assert counts() == before


@pytest.mark.parametrize("verb", VERBS)
def test_a_stale_page_changes_nothing(people, verified, verb):
    before = counts()
    with pytest.raises(Conflict):
        call(verb, people.head, verified, version=0)
    assert counts() == before
    assert not AssistanceRecord.objects.exists()


@pytest.mark.parametrize("verb", VERBS)
def test_another_township_does_not_find_it(people, verified, verb):
    stranger = make_user("TOWN_HEAD", "410522101000")
    before = counts()
    with pytest.raises(NotFound):
        call(verb, stranger, verified)
    assert counts() == before


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", ["VIL_ASSIST", "DEPT_MED", "CITY_CA", "CNTY_SUP", "AUDITOR"])
def test_others_may_not(people, verified, verb, role):
    before = counts()
    with pytest.raises(Refused):
        call(verb, make_user(role), verified)
    assert counts() == before


def test_a_clerk_does_not_close(people, verified):
    before = counts()
    with pytest.raises(Refused):
        call("alert_close", people.clerk, verified)
    assert counts() == before


def test_a_finding_sent_back_is_visited_again(people, verified):
    call("alert_return", people.head, verified)
    [task] = services.visit_assign(actor=people.clerk, alert_ids=[verified.pk], visitor_id=people.other_visitor.pk)
    assert (task.state, task.visitor_id) == ("ASSIGNED", people.other_visitor.pk)

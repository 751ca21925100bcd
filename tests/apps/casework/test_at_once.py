"""Two officers at the same moment: one effect, and the second is told."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from doudi.apps.accounts.models import User
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict
from doudi.apps.casework import services
from doudi.apps.casework.models import CaseConference, Referral, Visit, VisitTask
from tests.apps.casework.helpers import kinds, open_grants
from tests.apps.monitoring.builders import make_alert
from tests.factories import VILLAGE_A, make_household

pytestmark = pytest.mark.django_db(transaction=True)
NOW = dt.datetime(2025, 3, 12, 2, tzinfo=dt.UTC)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads of their own, released together; what each returned or raised."""
    results: list[Any] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def one(index: int, call: Callable[[], Any]) -> None:
        try:
            with clock.at(NOW):
                gate.wait()
                results[index] = call()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def again(user: User) -> User:
    return User.objects.select_related("unit").get(pk=user.pk)


def conflicts(results: list[Any]) -> int:
    return sum(isinstance(result, Conflict) for result in results)


def test_two_clerks_assign_the_same_alert(people, alert):
    def assign(actor: User, visitor: User) -> Any:
        return services.visit_assign(
            actor=actor, alert_ids=[alert.pk], visitor_id=visitor.pk, versions={alert.pk: alert.version}
        )

    results = at_once(
        lambda: assign(again(people.clerk), people.visitor), lambda: assign(again(people.head), people.other_visitor)
    )
    assert conflicts(results) == 1
    assert VisitTask.objects.filter(state="ASSIGNED").count() == 1
    assert kinds(alert.household_id) == ["ASSIGNED"]
    assert len(open_grants(alert.household_id)) == 1


def test_two_alerts_of_one_household_still_make_one_task(people):
    household = make_household(VILLAGE_A, category="DIBAO")
    first, second = (make_alert(household=household, indicator=code) for code in ("NHD-01", "PND-06"))
    at_once(
        *[
            lambda pk=pk: services.visit_assign(actor=again(people.clerk), alert_ids=[pk], visitor_id=people.visitor.pk)
            for pk in (first.pk, second.pk)
        ]
    )
    assert VisitTask.objects.filter(state="ASSIGNED").count() == 1


def test_one_record_sent_by_two_connections(people, assigned):
    uid = uuid.uuid4()

    def send() -> Any:
        return services.visit_record(
            actor=again(people.visitor), task_id=assigned.pk, uid=uid, outcome="TRUE_REFER", findings="情况属实"
        )

    results = at_once(send, send)
    assert [result.pk for result in results] == [Visit.objects.get().pk] * 2


def test_one_key_sent_twice_at_once(people, verified):
    def send() -> Any:
        return services.referral_send(
            actor=again(people.clerk),
            alert_id=verified.pk,
            to_unit_id=people.med.unit_id,
            item="M03",
            need="请办理",
            key="same",
        )

    results = at_once(send, send)
    assert [result.pk for result in results] == [Referral.objects.get().pk] * 2


def test_accepting_and_rejecting_at_once(people, referral):
    results = at_once(
        lambda: services.referral_accept(actor=again(people.med), referral_id=referral.pk, version=0),
        lambda: services.referral_reject(actor=again(people.med), referral_id=referral.pk, reason="不符", version=0),
    )
    assert conflicts(results) == 1
    referral.refresh_from_db()
    assert referral.version == 1


def test_two_offices_propose_one_conference(people, verified):
    def propose(actor: User) -> Any:
        return services.conference_propose(actor=actor, alert_id=verified.pk, subject="困难叠加")

    results = at_once(lambda: propose(again(people.clerk)), lambda: propose(again(people.lead)))
    assert conflicts(results) == 1
    assert CaseConference.objects.count() == 1

"""Two officers at the same moment: one effect, and the second is told."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from doudi.apps.accounts.models import User
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict
from doudi.apps.policy import services
from doudi.apps.policy.models import LocalStandard, ParameterChange
from tests import factories as f
from tests.apps.policy.builders import draft, standards, try_out

pytestmark = pytest.mark.django_db(transaction=True)
NOW = dt.datetime(2025, 3, 12, 4, tzinfo=dt.UTC)


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


def test_two_leads_publish_the_same_change(drafter, lead):
    standards()
    change = try_out(lead, draft(drafter))
    other = f.make_user("CNTY_LEAD")
    results = at_once(
        *(
            lambda who=who: services.change_publish(actor=again(who), change_id=change.pk, version=0)
            for who in (lead, other)
        )
    )
    assert conflicts(results) == 1
    assert LocalStandard.objects.filter(change=change).count() == 1


def test_one_publishes_while_the_drafter_withdraws(drafter, lead):
    standards()
    change = try_out(lead, draft(drafter))
    results = at_once(
        lambda: services.change_publish(actor=again(lead), change_id=change.pk, version=0),
        lambda: services.change_withdraw(actor=again(drafter), change_id=change.pk, version=0, reason="有误"),
    )
    change.refresh_from_db()
    assert conflicts(results) == 1
    assert LocalStandard.objects.filter(change=change).count() == (change.state == "PUBLISHED")


def test_two_draft_the_same_number(drafter):
    other = f.make_user("POLICY_ADMIN")
    results = at_once(lambda: draft(again(drafter)), lambda: draft(again(other), value="670"))
    assert conflicts(results) == 1
    assert ParameterChange.objects.count() == 1

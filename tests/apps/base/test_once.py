"""A request sent twice has one effect."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from doudi.apps.base.errors import Conflict
from doudi.apps.base.idempotency import once
from doudi.apps.base.models import IdempotencyKey
from tests.factories import make_user


@pytest.mark.django_db
def test_the_second_call_returns_the_first_result():
    actor, done = make_user("TOWN_CLERK"), []
    first = once("k1", actor=actor, action="visit.record", do=lambda: done.append(1) or {"id": 7})
    second = once("k1", actor=actor, action="visit.record", do=lambda: done.append(2) or {"id": 8})
    assert (first, second, done) == (({"id": 7}, True), ({"id": 7}, False), [1])


@pytest.mark.django_db
def test_a_key_of_another_actor_is_a_conflict():
    done: list[int] = []
    once("k2", actor=make_user("TOWN_CLERK"), action="visit.record", do=lambda: 1)
    with pytest.raises(Conflict):
        once("k2", actor=make_user("TOWN_CLERK"), action="visit.record", do=lambda: done.append(1))
    assert done == []


@pytest.mark.django_db(transaction=True)
def test_a_crash_leaves_neither_key_nor_effect():
    actor = make_user("TOWN_CLERK")

    def fail() -> None:
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        once("k3", actor=actor, action="visit.record", do=fail)
    assert not IdempotencyKey.objects.filter(key="k3").exists()


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_have_one_effect():
    actor = make_user("TOWN_CLERK")
    done: list[int] = []
    started = threading.Barrier(2)

    def send() -> None:
        started.wait()
        try:
            with transaction.atomic():
                once("k4", actor=actor, action="visit.record", do=lambda: done.append(1) or 1)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [1]

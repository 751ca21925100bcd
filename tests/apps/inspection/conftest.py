"""A county with two townships, its offices and visitors, on a fixed day."""

from __future__ import annotations

import datetime as dt
import uuid
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from doudi.apps.base import clock
from doudi.apps.casework import services as casework
from tests.factories import COUNTY, TOWN_A, TOWN_B, VILLAGE_A, VILLAGE_A2, VILLAGE_B, make_household, make_user

NOW = dt.datetime(2025, 3, 12, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@pytest.fixture(autouse=True)
def _fixed_day():
    with clock.at(NOW):
        yield


@pytest.fixture
def people(db):
    return SimpleNamespace(
        lead=make_user("CNTY_LEAD", COUNTY),
        reviewer=make_user("CNTY_REVIEW", COUNTY),
        supervisor=make_user("CNTY_SUP", COUNTY),
        clerk=make_user("TOWN_CLERK", TOWN_A),
        head=make_user("TOWN_HEAD", TOWN_A),
        clerk_b=make_user("TOWN_CLERK", TOWN_B),
        own=make_user("VIL_ASSIST", VILLAGE_A),
        neighbour=make_user("VIL_ASSIST", VILLAGE_A2),
    )


@pytest.fixture
def register(db):
    """12 households in 甲一村, 6 in 甲二村, 6 in 乙一村, and some that are not in the register."""
    places = [VILLAGE_A] * 12 + [VILLAGE_A2] * 6 + [VILLAGE_B] * 6
    rows = [make_household(place, category="MARGIN" if at % 2 else "DIBAO") for at, place in enumerate(places)]
    make_household(VILLAGE_A)  # watched
    make_household(VILLAGE_A, register="ARCHIVED")
    return rows


def record(task, outcome="UNCHANGED", visitor=None, **fields):
    return casework.visit_record(
        actor=visitor or task.visitor, task_id=task.pk, uid=uuid.uuid4(), outcome=outcome, findings="入户查看", **fields
    )


def page(user, name, *args, status=200, **query):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse(f"inspection:{name}", args=args), query)
    assert answer.status_code == status, answer.content.decode()[:600]
    return answer


def post(user, name, *args, **data):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.post(reverse(f"inspection:{name}", args=args), data)

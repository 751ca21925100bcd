"""The access log: who reads it, how far, and that nobody edits it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from doudi.apps.accounts.roles import PERMISSIONS, ROLES
from doudi.apps.audit.models import AccessLog, Action
from doudi.apps.audit.queries import LogFilters, log_page
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.base.errors import Refused
from tests.apps.pages import queries_of
from tests.factories import CITY, COUNTY, OTHER_COUNTY, TOWN_A, make_household, make_user

pytestmark = pytest.mark.django_db


def counties(role: str, division: str) -> list[str]:
    page = log_page(actor=make_user(role, division), filters=LogFilters())
    return sorted({row.county_code for row in page.rows})


@pytest.fixture
def both() -> None:
    record(
        Action.READ,
        actor=make_user("TOWN_CLERK", TOWN_A, name="甲经办"),
        object_type="household",
        object_id=7,
        household_id=7,
    )
    record(
        Action.REVEAL,
        actor=make_user("CNTY_LEAD", OTHER_COUNTY, name="乙负责"),
        object_type="person",
        object_id=8,
        reason="核对身份",
    )


def test_an_auditor_reads_his_divisions_and_the_security_administrator_all(both: None) -> None:
    """R266: query log by authority."""
    assert counties("AUDITOR", COUNTY) == [COUNTY]
    assert counties("AUDITOR", CITY) == [COUNTY, OTHER_COUNTY]
    assert counties("AUDITOR", TOWN_A) == []
    assert counties("SEC_ADMIN", COUNTY) == [COUNTY, OTHER_COUNTY]


@pytest.mark.parametrize("role", [role for role in ROLES if role not in PERMISSIONS["audit.read"]])
def test_nobody_else_reads_it(role: str, both: None, client: Client) -> None:
    actor = make_user(role)
    with pytest.raises(Refused):
        log_page(actor=actor, filters=LogFilters())
    client.force_login(actor)
    answer = client.get("/audit/")
    assert answer.status_code == 403
    assert "甲经办" not in answer.content.decode()
    assert AccessLog.objects.filter(action="REFUSED", actor_id=actor.pk, object_id="/audit/").count() == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 2),
        ({"action": "REVEAL"}, 1),
        ({"who": "甲经"}, 1),
        ({"about": "8"}, 1),
        ({"household_id": "7"}, 1),
        ({"since": "2024-05-01", "until": "2024-05-01"}, 2),
        ({"until": "2024-04-30"}, 0),
    ],
)
def test_the_filters_stand_in_the_address(client: Client, query: dict[str, str], found: int) -> None:
    with clock.at(dt.datetime(2024, 5, 1, 15, 59, tzinfo=dt.UTC)):  # 23:59 in Shanghai
        record(Action.READ, actor=make_user("TOWN_CLERK", TOWN_A, name="甲经办"), object_id=7, household_id=7)
        record(Action.REVEAL, actor=make_user("CNTY_LEAD", COUNTY, name="乙负责"), object_id=8)
    client.force_login(make_user("AUDITOR"))
    answer = client.get("/audit/", query)
    assert (answer.status_code, answer.content.decode().count('data-label="时间" class')) == (200, found)


@pytest.mark.parametrize(
    "query",
    [{"since": "2024-13-01"}, {"action": "X"}, {"since": "2024-02-02", "until": "2024-02-01"}, {"household_id": "x"}],
)
def test_a_wrong_filter_is_said_and_shows_nothing(client: Client, both: None, query: dict[str, str]) -> None:
    client.force_login(make_user("SEC_ADMIN"))
    answer = client.get("/audit/", query)
    assert answer.status_code == 422
    assert 'data-label="时间" class' not in answer.content.decode()


def test_rows_can_neither_be_changed_nor_deleted(both: None) -> None:
    row = AccessLog.objects.order_by("id")[0]
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessLog.objects.filter(pk=row.pk).update(actor_name="别人")
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()
    assert AccessLog.objects.count() == 2


def test_a_household_out_of_scope_is_not_found_and_the_attempt_is_logged(client: Client) -> None:
    """R266: every refused access is logged."""
    household = make_household("410523100201", category="DIBAO")
    actor = make_user("TOWN_CLERK", TOWN_A)
    client.force_login(actor)
    answer = client.get(f"/households/{household.pk}/")
    assert answer.status_code == 404
    assert household.head_name not in answer.content.decode()
    assert AccessLog.objects.filter(action="REFUSED", actor_id=actor.pk).count() == 1


def test_paging_goes_there_and_back(client: Client) -> None:
    actor = make_user("SEC_ADMIN")
    for number in range(120):
        record(Action.READ, actor=actor, object_id=number)
    first = log_page(actor=actor, filters=LogFilters())
    second = log_page(actor=actor, filters=LogFilters(), cursor=first.next)
    back = log_page(actor=actor, filters=LogFilters(), cursor=second.previous)
    assert [row.object_id for row in first.rows[:2]] == ["119", "118"]
    assert [row.object_id for row in second.rows[:2]] == ["69", "68"]
    assert [row.pk for row in back.rows] == [row.pk for row in first.rows]
    client.force_login(actor)
    queries_of(client, "audit:log")

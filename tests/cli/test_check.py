"""``doudi check`` verifies every link of every chain and names the first broken one."""

from __future__ import annotations

import pytest
from django.db import connection

from doudi.apps.chain.services import append
from doudi.cli.check import inspect
from tests.factories import make_household

pytestmark = pytest.mark.django_db


def _line(report, name):
    return next(line for line in report["checks"] if line["name"] == name)


@pytest.fixture
def household():
    household = make_household(category="DIBAO")
    for number in range(3):
        append("VISIT", actor=None, household_id=household.pk, title=f"走访 {number}", body={"见到": "本人"})
    return household


def test_sound_chains_pass(household):
    report = inspect()
    assert _line(report, "assistance chains") == {
        "name": "assistance chains", "ok": True, "detail": "1 chains, every link holds"
    }  # fmt: skip
    assert report["broken"] == []


def test_the_first_broken_link_is_named(household):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE chain_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE chain_event SET title = '改动' WHERE seq >= 2")
    report = inspect()
    assert [(link["household_no"], link["seq"]) for link in report["broken"]] == [(household.household_no, 2)]
    assert not _line(report, "assistance chains")["ok"]
    assert household.household_no in _line(report, "assistance chains")["detail"]


def test_the_database_and_its_migrations_are_reported():
    report = inspect()
    assert _line(report, "database")["ok"]
    assert _line(report, "migrations")["detail"] == "up to date"

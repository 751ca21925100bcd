"""The chain refuses change, links without gaps under concurrency, and shows every kind of tampering."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError

from doudi.apps.chain import queries
from doudi.apps.chain.models import ChainEvent, ChainHead, Kind
from doudi.apps.chain.services import append, append_many
from doudi.apps.registry.services import grant_open
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def family():
    household = f.make_household(f.VILLAGE_A, category="DIBAO")
    actor = f.make_user("TOWN_CLERK", f.TOWN_A)
    for number in range(1, 6):
        append(
            Kind.VISIT,
            actor=actor,
            household_id=household.pk,
            title=f"第 {number} 次走访",
            document=f"visit:{number}",
            body={"情况": "稳定", "次数": number},
        )
    return household


def tampered(sql, *parameters):
    """Change the chain as only the owner of the database can: with its triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE chain_event DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE chain_head DISABLE TRIGGER USER")
        cursor.execute(sql, parameters)
        cursor.execute("ALTER TABLE chain_event ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE chain_head ENABLE TRIGGER USER")


def broken():
    return [(link.household_id, link.seq, link.why) for link in queries.verify()]


def test_whole_chain_verifies(family):
    other = f.make_household(f.VILLAGE_B)
    append_many(
        [{"kind": Kind.ALERT, "household_id": h.pk, "title": "预警"} for h in (family, other, family)], actor=None
    )
    assert broken() == []
    assert list(ChainEvent.objects.filter(household=family).order_by("id").values_list("seq", flat=True)) == [
        *range(1, 8)
    ]
    assert ChainHead.objects.get(household=other).seq == 1


@pytest.mark.parametrize(
    ("sql", "seq", "why"),
    [
        (
            "UPDATE chain_event SET title = '没有走访' WHERE household_id = %s AND seq = 3",
            3,
            "内容与摘要不符，记录被改动",
        ),
        ("UPDATE chain_event SET body = '{}' WHERE household_id = %s AND seq = 2", 2, "内容与摘要不符，记录被改动"),
        (
            "UPDATE chain_event SET at = at + interval '1 day' WHERE household_id = %s AND seq = 4",
            4,
            "内容与摘要不符，记录被改动",
        ),
        ("DELETE FROM chain_event WHERE household_id = %s AND seq = 3", 3, "缺少第 3 环"),
        ("DELETE FROM chain_event WHERE household_id = %s AND seq = 1", 1, "缺少第 1 环"),
        ("DELETE FROM chain_event WHERE household_id = %s AND seq = 5", 5, "链尾不符：应有 5 环，实有 4 环"),
        ("DELETE FROM chain_event WHERE household_id = %s", 1, "链尾不符：应有 5 环，实有 0 环"),
        ("DELETE FROM chain_head WHERE household_id = %s", 1, "没有链尾记录"),
    ],
)
def test_change_and_deletion_show(family, sql, seq, why):
    tampered(sql, family.pk)
    assert broken() == [(family.pk, seq, why)]


def test_event_pushed_into_the_middle_shows(family):
    tampered("UPDATE chain_event SET seq = seq + 100 WHERE household_id = %s AND seq > 2", family.pk)
    tampered("UPDATE chain_event SET seq = seq - 99 WHERE household_id = %s AND seq > 100", family.pk)
    tampered(
        "INSERT INTO chain_event (household_id, seq, at, kind, title, actor_name, unit_name, document, body, prev_hash,"
        " hash) SELECT household_id, 3, at, kind, '补记', actor_name, unit_name, document, body, hash, repeat('a', 64) "
        "FROM chain_event WHERE household_id = %s AND seq = 2",
        family.pk,
    )
    assert broken() == [(family.pk, 3, "内容与摘要不符，记录被改动")]


def test_reordering_shows(family):
    ids = list(ChainEvent.objects.filter(household=family).order_by("seq").values_list("id", flat=True))
    tampered("UPDATE chain_event SET seq = 99 WHERE id = %s", ids[1])
    tampered("UPDATE chain_event SET seq = 2 WHERE id = %s", ids[2])
    tampered("UPDATE chain_event SET seq = 3 WHERE id = %s", ids[1])
    assert broken() == [(family.pk, 2, "与上一环的链接不符")]


def test_tampering_one_household_leaves_the_others_proved(family):
    other = f.make_household(f.VILLAGE_B)
    append(Kind.VISIT, actor=None, household_id=other.pk, title="走访")
    tampered("UPDATE chain_event SET title = '改' WHERE household_id = %s AND seq = 1", other.pk)
    assert [row[0] for row in broken()] == [other.pk]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE chain_event SET title = '改' WHERE household_id = %s",
        "DELETE FROM chain_event WHERE household_id = %s",
        "DELETE FROM chain_head WHERE household_id = %s",
    ],
)
def test_database_refuses_change(family, sql):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [family.pk])
    assert broken() == []
    assert ChainEvent.objects.filter(household=family).count() == 5


def test_writer_cannot_choose_place_or_hash(family):
    event = append(Kind.NOTICE, actor=None, household_id=family.pk, title="告知")
    event.refresh_from_db()
    last = ChainEvent.objects.get(household=family, seq=5)
    assert (event.seq, event.prev_hash) == (6, last.hash)
    assert len(event.hash) == 64


@pytest.mark.django_db(transaction=True)
def test_concurrent_appends_give_a_gapless_chain():
    household = f.make_household(f.VILLAGE_A)

    def write(number):
        try:
            append(Kind.VISIT, actor=None, household_id=household.pk, title=f"第 {number} 次")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(20)))
    assert sorted(ChainEvent.objects.values_list("seq", flat=True)) == [*range(1, 21)]
    assert broken() == []


class TestWhoSeesWhat:
    def test_only_scope_opens_a_chain(self, family):
        assert queries.household_chain(actor=f.make_user("TOWN_CLERK", f.TOWN_B), household_id=family.pk).count() == 0
        assert queries.household_chain(actor=f.make_user("CNTY_REVIEW"), household_id=family.pk).count() == 5

    def test_payments_need_the_right_to_see_money(self, family):
        append(Kind.PAYMENT, actor=None, household_id=family.pk, title="发放 500.00 元")
        visitor = f.make_user("VIL_ASSIST", f.VILLAGE_A)
        grant_open(actor=None, household_id=family.pk, ref="visit:1", purpose="visit", user=visitor)
        assert queries.household_chain(actor=visitor, household_id=family.pk).count() == 5
        assert queries.household_chain(actor=f.make_user("CNTY_REVIEW"), household_id=family.pk).count() == 6

    def test_department_sees_only_its_own_steps(self, family):
        officer = f.make_user("DEPT_MED", f.COUNTY, department="MED")
        grant_open(actor=None, household_id=family.pk, ref="referral:1", purpose="M1", unit=officer.unit)
        append(Kind.REFERRAL_STEP, actor=officer, household_id=family.pk, title="已接收")
        titles = [event.title for event in queries.household_chain(actor=officer, household_id=family.pk)]
        assert titles == ["已接收"]


@pytest.mark.parametrize(
    ("document", "page"),
    [
        ("alert:12", ("casework:alert", 12)),
        ("decision:9", ("determination:decision", 9)),
        ("", None),
        ("history", None),
    ],
)
def test_event_names_the_page_of_its_document(document, page):
    assert ChainEvent(document=document).page == page

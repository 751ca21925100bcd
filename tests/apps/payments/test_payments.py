"""Payment lines: the same file twice is one effect; one event a household and import."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from doudi.apps.base.errors import Refused
from doudi.apps.chain.models import ChainEvent
from doudi.apps.payments import queries, services
from doudi.apps.payments.models import PaymentLine
from doudi.apps.payments.services import Line
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def family():
    return f.make_household(f.VILLAGE_A, category="DIBAO")


def line(household, period="2025-01", amount="500.00", result="paid", day=8, person=None, item="dibao"):
    return Line(
        household.pk, person, period, item, Decimal(amount), result, dt.date.fromisoformat(f"{period}-{day:02d}")
    )


def test_lines_come_in_once(family):
    lines = [
        line(family),
        line(family, "2025-02"),
        line(family, item="supplement", amount="100", person=family.head_id),
    ]
    assert services.import_lines(actor=None, lines=lines) == 3
    assert services.import_lines(actor=None, lines=lines) == 0
    assert PaymentLine.objects.count() == 3
    event = ChainEvent.objects.get()
    assert event.title == "2025-01 至 2025-02 发放 3 笔，合计 1,100.00 元"
    assert event.body == {"低保金": "1000.00", "分类施保增发": "100.00"}
    assert event.at.date() == dt.date(2025, 2, 8)


def test_only_new_lines_make_an_event(family):
    services.import_lines(actor=None, lines=[line(family)])
    services.import_lines(actor=None, lines=[line(family), line(family, "2025-02", "520.00")])
    assert ChainEvent.objects.order_by("-seq").first().title == "2025-02 发放 1 笔，合计 520.00 元"


def test_returned_line_stays_beside_the_one_paid_in_its_place(family):
    lines = [line(family, result="returned", day=6), line(family, day=12)]
    assert services.import_lines(actor=None, lines=lines) == 2
    assert ChainEvent.objects.get().title == "2025-01 发放 1 笔，合计 500.00 元，退票 1 笔"


def test_nothing_is_paid_twice(family):
    services.import_lines(actor=None, lines=[line(family)])
    assert services.import_lines(actor=None, lines=[line(family, day=20)]) == 0
    assert PaymentLine.objects.get().paid_on == dt.date(2025, 1, 8)


def test_empty_file_and_wrong_role_do_nothing(family):
    assert services.import_lines(actor=None, lines=[]) == 0
    with pytest.raises(Refused):
        services.import_lines(actor=f.make_user("CNTY_REVIEW"), lines=[line(family)])
    assert (PaymentLine.objects.count(), ChainEvent.objects.count()) == (0, 0)


def test_lines_are_seen_in_scope_by_those_who_may_see_money(family):
    services.import_lines(actor=None, lines=[line(family), line(family, "2025-02")])
    shown = queries.lines_of_household(f.make_user("TOWN_CLERK", f.TOWN_A), family.pk)
    assert [one.period for one in shown] == ["2025-02", "2025-01"]
    assert queries.lines_of_household(f.make_user("TOWN_CLERK", f.TOWN_B), family.pk) == []
    with pytest.raises(Refused):
        queries.lines_of_household(f.make_user("VIL_ASSIST", f.VILLAGE_A), family.pk)

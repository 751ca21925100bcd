"""Keyset pages: every row once, in order, forwards and back."""

from __future__ import annotations

import base64
import json

import pytest

from doudi.apps.base.paging import paginate
from doudi.apps.divisions.models import Division


@pytest.fixture
def divisions(db):
    Division.objects.all().delete()
    Division.objects.bulk_create(Division(code=f"41{n:010d}", name=f"村{n % 3}", level=5) for n in range(25))
    return Division.objects.all()


def _codes(page):
    return [row.code for row in page.rows]


def test_pages_hold_every_row_once(divisions):
    first = paginate(divisions, order=("name", "-code"), cursor=None, size=10)
    second = paginate(divisions, order=("name", "-code"), cursor=first.next, size=10)
    third = paginate(divisions, order=("name", "-code"), cursor=second.next, size=10)
    expected = list(divisions.order_by("name", "-code").values_list("code", flat=True))
    assert _codes(first) + _codes(second) + _codes(third) == expected
    assert (first.previous, third.next, third.count) == (None, None, 25)


def test_the_way_back_shows_the_same_page(divisions):
    first = paginate(divisions, order=("name", "-code"), cursor=None, size=10)
    second = paginate(divisions, order=("name", "-code"), cursor=first.next, size=10)
    back = paginate(divisions, order=("name", "-code"), cursor=second.previous, size=10)
    assert _codes(back) == _codes(first)


@pytest.mark.parametrize("spoilt", ["x", "bm8", "%%%", "W10"])
def test_a_spoilt_cursor_starts_at_the_first_page(divisions, spoilt):
    assert _codes(paginate(divisions, order=("code",), cursor=spoilt, size=3)) == [
        "410000000000",
        "410000000001",
        "410000000002",
    ]


@pytest.mark.parametrize("value", ["五", None, [1], {"a": 1}, "\x00", "1\x00", 1e400, True])
@pytest.mark.parametrize("order", ["level", "code"])
def test_a_cursor_of_another_kind_never_breaks_the_page(divisions, order, value):
    cursor = base64.urlsafe_b64encode(json.dumps([False, value, value]).encode()).decode()
    assert len(paginate(divisions, order=(order, "pk"), cursor=cursor, size=3).rows) in {0, 3}


def test_counts_are_capped(divisions, monkeypatch):
    monkeypatch.setattr("doudi.apps.base.paging.COUNT_CAP", 20)
    assert paginate(divisions, order=("code",), cursor=None).count_label == "20+"

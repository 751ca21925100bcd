"""Which disposals an alert is offered: by class, by pack, by finding."""

from __future__ import annotations

import pytest

from doudi.apps.casework.disposals import offered
from doudi.apps.casework.forms import DayField, MoneyField
from doudi.apps.casework.policy import switches_for


@pytest.mark.parametrize(
    ("alert_class", "pack", "outcome", "first"),
    [
        ("PND", "anyang", "", "REFER"),
        ("PND", "anyang", "TRUE_SUPPLY", "SUPPLY"),
        ("NCE", "anyang", "", "APPLY"),
        ("NCE", "hubei", "", "INFORM"),
        ("NHD", "hubei", "", "REFER"),
        ("CPX", "zhengzhou", "", "CONFERENCE"),
        ("MNE", "qingyang", "TRUE_ADJUST", "ADJUST"),
        ("MNE", "qingyang", "DATA_ERROR", "CLOSE"),
        ("NHD", "anyang", "TRUE_CASE", "CONFERENCE"),
        ("NHD", "anyang", "WATCH", "WATCH"),
        ("PND", "anyang", "NOT_FOUND", "REFER"),
    ],
)
def test_the_first_way_follows_class_pack_and_finding(alert_class, pack, outcome, first):
    ways = [way.code for way in offered(alert_class=alert_class, pack=pack, outcome=outcome)]
    assert ways[0] == first
    assert len(ways) == len(set(ways))
    assert {"WATCH", "CLOSE"} <= set(ways)


@pytest.mark.parametrize(
    ("code", "home_visit", "role", "body"),
    [
        ("410100000000", "all", "TOWN_HEAD", "县级社会救助工作联席会议"),
        ("410522000000", "uncovered", "TOWN_HEAD", "县级困难群众基本生活保障工作协调机制"),
        ("621000000000", "none_stated", "CNTY_LEAD", "县级困难群众基本生活保障工作协调机制"),
        ("420000000000", "none_stated", "CNTY_LEAD", "县级困难群众基本生活保障工作协调机制"),
        ("110000000000", "none_stated", "CNTY_LEAD", "县级困难群众基本生活保障工作协调机制"),
    ],
)
@pytest.mark.django_db
def test_switches_come_from_the_pack_of_the_place(code, home_visit, role, body):
    switches = switches_for(code)
    assert (switches.home_visit, switches.deciding_role, switches.conference_body) == (home_visit, role, body)


@pytest.mark.parametrize("typed", ["3000", "３０００", "3,000.00", " 3，000 元 ", "3000.00元"])
def test_money_as_people_type_it(typed):
    assert MoneyField(label="金额").clean(typed) == 3000


@pytest.mark.parametrize("typed", ["2025-03-12", "2025/3/12", "２０２５．０３．１２", "2025年3月12日", "20250312"])
def test_days_as_people_type_them(typed):
    assert DayField(label="日期").clean(typed).isoformat() == "2025-03-12"

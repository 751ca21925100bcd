"""Pages of indicators and settings; how often an indicator was right."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from doudi.apps.base import clock
from doudi.apps.monitoring import queries, services
from doudi.apps.monitoring.models import Alert, IndicatorSetting
from doudi.apps.monitoring.queries.precision import Precision
from doudi.engine.indicators import load_indicators
from tests.apps.monitoring.builders import make_alert
from tests.apps.monitoring.test_pages import signed_in
from tests.apps.pages import queries_of
from tests.factories import CITY, COUNTY, OTHER_VILLAGE, VILLAGE_A, make_divisions, make_household, make_user

pytestmark = pytest.mark.django_db


def judged(right: int, wrong: int, indicator: str = "NHD-01", **fields: Any) -> None:
    household = make_household(VILLAGE_A)
    for outcome, number in (("TRUE_REFER", right), ("NOT_NEEDED", wrong)):
        for _ in range(number):
            make_alert(household=household, indicator=indicator, state="CLOSED", outcome=outcome, **fields)


def test_precision_counts_what_visits_say_and_nothing_else() -> None:
    judged(2, 1)
    for outcome in ("NOT_FOUND", "MOVED", "WATCH", ""):
        make_alert(indicator="NHD-01", state="CLOSED", outcome=outcome)
    make_alert(OTHER_VILLAGE, indicator="NHD-01", state="CLOSED", outcome="TRUE_APPLY")
    found = queries.county_precision(COUNTY).of("NHD-01")
    assert (found.checked, found.hits, found.rate) == (3, 2, 2 / 3)


def test_precision_looks_back_six_months() -> None:
    judged(1, 0)
    Alert.objects.update(created_at=clock.now() - dt.timedelta(days=183, minutes=-1))
    assert queries.county_precision(COUNTY).of("NHD-01").checked == 1
    Alert.objects.update(created_at=clock.now() - dt.timedelta(days=183, minutes=1))
    assert queries.county_precision(COUNTY).of("NHD-01").checked == 0


@pytest.mark.parametrize(
    ("hits", "checked", "flagged"),
    [(0, 9, False), (0, 10, True), (1, 10, False), (1, 11, True), (9, 100, True), (10, 100, False), (0, 0, False)],
)
def test_below_a_tenth_an_indicator_is_flagged(hits: int, checked: int, flagged: bool) -> None:
    assert Precision(checked, hits, 0.5).flagged is flagged


def test_few_visits_are_drawn_towards_the_countys_mean() -> None:
    judged(1, 0, "NHD-01")
    judged(30, 69, "NCE-05")
    county = queries.county_precision(COUNTY)
    assert county.prior == pytest.approx((31 + 5) / 110)
    assert county.of("NHD-01").expected == pytest.approx((1 + 10 * county.prior) / 11)
    assert county.of("MNE-01").expected == pytest.approx(county.prior)
    assert abs(county.of("NCE-05").expected - 30 / 99) < 0.01


@pytest.mark.parametrize("code", [*load_indicators()])
def test_every_indicator_has_a_page(code: str) -> None:
    make_divisions()
    response = signed_in(make_user("CNTY_REVIEW")).get(reverse("monitoring:indicator", args=[code]))
    text = response.content.decode()
    assert response.status_code == 200
    assert load_indicators()[code].title in text
    assert "算例" in text


def test_the_page_says_what_is_looked_for_with_what_why_and_how_often_it_was_right() -> None:
    make_divisions()
    judged(3, 1, "NCE-02")
    text = signed_in(make_user("CNTY_REVIEW")).get(reverse("monitoring:indicator", args=["NCE-02"])).content.decode()
    assert "医保结算" in text
    assert "安政办〔2024〕1号" in text
    assert "文件规定" in text
    assert "近 6 个月核查 4 件，属实 3 件" in text
    assert "近12个月政策范围内自付 3,000.00 元" in text  # the worked example's sentence
    assert "差一分" in text  # and whom it spares


def test_an_unknown_indicator_is_not_found() -> None:
    make_divisions()
    assert signed_in(make_user("CNTY_REVIEW")).get(reverse("monitoring:indicator", args=["XXX-01"])).status_code == 404


def test_a_threshold_is_drafted_published_and_shown_with_its_origin() -> None:
    make_divisions()
    drafter, lead = signed_in(make_user("CNTY_DATA")), signed_in(make_user("CNTY_LEAD"))
    form = {
        "division": COUNTY, "threshold": "unemployed_months", "value": "６", "valid_from": "2025-01-01",
        "reason": "三个月过短", "document": "", "idempotency_key": "k1",
    }  # fmt: skip
    path = reverse("monitoring:indicator", args=["NCE-05"])
    sent = [drafter.post(path, form) for _ in range(2)]
    setting = IndicatorSetting.objects.get()
    assert [answer.status_code for answer in sent] == [302, 302]
    shown = lead.get(reverse("monitoring:setting", args=[setting.pk])).content.decode()
    assert "发布" in shown
    assert lead.post(
        reverse("monitoring:setting_step", args=[setting.pk, "publish"]), {"version": "0"}
    ).status_code == 302  # fmt: skip
    page = drafter.get(path).content.decode()
    assert "本地设定" in page
    assert "6 个月" in page
    assert "三个月过短" in page


def test_a_state_may_be_typed_as_its_label_and_lists_show_it() -> None:
    make_divisions()
    client = signed_in(make_user("CNTY_DATA"))
    form = {"division": COUNTY, "threshold": "", "value": "停用", "valid_from": "2025-01-01", "reason": "数据不可用"}
    client.post(reverse("monitoring:indicator", args=["NCE-05"]), form)
    setting = IndicatorSetting.objects.get()
    assert setting.value == "off"
    services.setting_publish(actor=make_user("CNTY_LEAD"), setting_id=setting.pk, version=0)
    listed = client.get(reverse("monitoring:indicators"), {"show": "off"}).content.decode()
    assert "NCE-05" in listed
    assert "PND-01" not in listed


def test_a_wrong_number_is_told_beside_its_field() -> None:
    make_divisions()
    form = {
        "division": COUNTY,
        "threshold": "unemployed_months",
        "value": "许多",
        "valid_from": "2025-01-01",
        "reason": "x",
    }
    answer = signed_in(make_user("CNTY_DATA")).post(reverse("monitoring:indicator", args=["NCE-05"]), form)
    assert answer.status_code == 422
    assert "请填写数字" in answer.content.decode()
    assert not IndicatorSetting.objects.exists()


@pytest.mark.parametrize("role", ["TOWN_CLERK", "AUDITOR", "CNTY_LEAD"])
def test_who_may_not_draft_gets_no_form_and_is_refused(role: str) -> None:
    make_divisions()
    client = signed_in(make_user(role))
    path = reverse("monitoring:indicator", args=["NCE-05"])
    assert 'name="threshold"' not in client.get(path).content.decode()
    form = {"division": COUNTY, "threshold": "", "value": "off", "valid_from": "2025-01-01", "reason": "x"}
    assert client.post(path, form).status_code in (403, 422)
    assert not IndicatorSetting.objects.exists()


def test_the_policy_administrator_sees_indicators_too() -> None:
    make_divisions()
    assert signed_in(make_user("POLICY_ADMIN")).get(reverse("monitoring:indicators")).status_code == 200
    assert signed_in(make_user("CITY_CA", CITY)).get(reverse("monitoring:indicators")).status_code == 200
    assert signed_in(make_user("DEPT_MED")).get(reverse("monitoring:indicators")).status_code == 403


def test_statements_of_an_indicators_page() -> None:
    make_divisions()
    queries_of(signed_in(make_user("CNTY_REVIEW")), "monitoring:indicator", "NCE-02")

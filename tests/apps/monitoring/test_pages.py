"""Pages and API of monitoring: scope in lists, counts, numbers and addresses; what runs and indicators show."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from doudi.apps.audit.models import AccessLog
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound, Refused
from doudi.apps.monitoring import queries
from doudi.apps.monitoring.models import MonitorRun
from doudi.apps.monitoring.queries import AlertFilters
from doudi.apps.registry.models import HouseholdGrant
from tests.apps.monitoring.builders import make_alert
from tests.apps.pages import queries_of
from tests.factories import (
    CITY,
    COUNTY,
    OTHER_COUNTY,
    OTHER_VILLAGE,
    TOWN_A,
    TOWN_B,
    VILLAGE_A,
    VILLAGE_A2,
    VILLAGE_B,
    make_household,
    make_person,
    make_user,
)

pytestmark = pytest.mark.django_db


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def seen(user: Any, **filters: Any) -> set[str]:
    page = queries.alert_list(actor=user, filters=AlertFilters(**filters))
    assert page.count == len(page.rows)
    return {alert.alert_no for alert in page.rows}


@pytest.fixture
def three() -> dict[str, Any]:
    return {"a": make_alert(VILLAGE_A), "b": make_alert(VILLAGE_B), "other": make_alert(OTHER_VILLAGE)}


@pytest.mark.parametrize(
    ("role", "division", "expected"),
    [
        ("TOWN_CLERK", TOWN_A, {"a"}),
        ("TOWN_HEAD", TOWN_B, {"b"}),
        ("CNTY_REVIEW", COUNTY, {"a", "b"}),
        ("CNTY_SUP", OTHER_COUNTY, {"other"}),
        ("CITY_CA", CITY, {"a", "b", "other"}),
    ],
)
def test_each_sees_the_alerts_of_his_division_in_list_counters_and_trend(
    three: dict[str, Any], role: str, division: str, expected: set[str]
) -> None:
    user = make_user(role, division)
    assert seen(user) == {three[name].alert_no for name in expected}
    assert queries.counters(user)["open"] == len(expected)
    assert sum(sum(one["values"]) for one in queries.trend(user)["series"]) == len(expected)
    assert sum(one["opened"] for one in queries.indicator_figures(user).values()) == len(expected)


@pytest.mark.parametrize("role", ["VIL_ASSIST", "DEPT_MED", "SYS_ADMIN", "CNTY_DATA", "POLICY_ADMIN"])
def test_roles_without_the_list_are_refused_and_count_nothing(three: dict[str, Any], role: str) -> None:
    user = make_user(role)
    with pytest.raises(Refused):
        queries.alert_list(actor=user)
    assert queries.counters(user) == {}
    assert sum(sum(one["values"]) for one in queries.trend(user)["series"]) == 0
    assert signed_in(user).get(reverse("monitoring:list")).status_code == 403
    assert AccessLog.objects.filter(action="REFUSED", actor_id=user.pk).count() == 1


def test_an_alert_of_another_township_is_not_there(three: dict[str, Any]) -> None:
    user = make_user("TOWN_CLERK", TOWN_A)
    with pytest.raises(NotFound):
        queries.alert_get(actor=user, alert_id=three["b"].pk)
    with pytest.raises(NotFound):
        queries.alert_by_no(actor=user, alert_no=three["b"].alert_no)
    assert queries.open_alerts_of_household(actor=user, household_id=three["b"].household_id) == []
    assert seen(user, q=three["b"].alert_no) == set()
    assert seen(user, division=TOWN_B) == set()
    assert seen(user, township=TOWN_B) == set()


def grant(alert: Any, **to: Any) -> None:
    HouseholdGrant.objects.create(
        household=alert.household, purpose="x", ref=f"test:{alert.pk}", opened_at=clock.now(), **to
    )


def test_a_visitor_sees_the_alerts_of_his_task_only(three: dict[str, Any]) -> None:
    visitor = make_user("VIL_ASSIST", VILLAGE_A)
    other = make_alert(VILLAGE_A)
    grant(three["a"], user=visitor)
    assert queries.alert_get(actor=visitor, alert_id=three["a"].pk) == three["a"]
    with pytest.raises(NotFound):
        queries.alert_get(actor=visitor, alert_id=other.pk)


def test_a_department_sees_no_alert_even_of_a_household_referred_to_it(three: dict[str, Any]) -> None:
    officer = make_user("DEPT_MED", department="MED")
    grant(three["a"], unit=officer.unit)
    with pytest.raises(Refused):
        queries.alert_get(actor=officer, alert_id=three["a"].pk)
    assert queries.open_alerts_of_household(actor=officer, household_id=three["a"].household_id) == []


def test_an_inactive_user_sees_nothing(three: dict[str, Any]) -> None:
    user = make_user("CNTY_REVIEW", is_active=False)
    with pytest.raises(Refused):
        queries.alert_list(actor=user)


@pytest.mark.parametrize(
    "filters",
    [
        {"alert_class": "PND"},
        {"severity": "red"},
        {"state": "ASSIGNED"},
        {"indicator": "PND-01"},
        {"division": VILLAGE_A2},
        {"village": VILLAGE_A2},
        {"period": "2025-04"},
        {"overdue": True},
        {"q": "赵"},
        {"q": "赵小河"},
    ],
)
def test_each_filter_narrows(filters: dict[str, Any]) -> None:
    make_alert()
    household = make_household(VILLAGE_A2, category="DIBAO", members=[("head", make_person("赵小河"))])
    wanted = make_alert(
        household=household,
        indicator="PND-01",
        severity="red",
        state="ASSIGNED",
        period="2025-04",
        due_on=dt.date(2025, 4, 2),
    )
    assert seen(make_user("CNTY_REVIEW"), **filters) == {wanted.alert_no}


def test_open_leaves_closed_ones_out() -> None:
    wanted = make_alert()
    make_alert(state="CLOSED")
    assert seen(make_user("CNTY_REVIEW"), state="OPEN") == {wanted.alert_no}


def test_the_list_pages_by_key_without_gap_or_repeat() -> None:
    made = {make_alert().alert_no for _ in range(25)}
    user = make_user("CNTY_REVIEW")
    first = queries.alert_list(actor=user)
    second = queries.alert_list(actor=user, cursor=first.next)
    found = [alert.alert_no for alert in [*first.rows, *second.rows]]
    assert (len(first.rows), len(second.rows), second.next) == (20, 5, None)
    assert sorted(found) == sorted(made)


def test_on_time_rate_is_by_the_level_below() -> None:
    make_alert(VILLAGE_A, state="CLOSED", due_on=dt.date(2099, 1, 1))
    make_alert(VILLAGE_A, due_on=dt.date(2025, 1, 2))
    make_alert(VILLAGE_B, due_on=dt.date(2099, 1, 1))
    county = {one.division: (one.done, one.on_time) for one in queries.on_time_rate(make_user("CNTY_LEAD"))}
    assert county == {TOWN_A: (2, 1)}
    town = {one.division: (one.done, one.on_time) for one in queries.on_time_rate(make_user("TOWN_HEAD", TOWN_A))}
    assert town == {VILLAGE_A: (2, 1)}


def test_the_list_page_shows_rows_and_keeps_its_search_in_the_address() -> None:
    alert = make_alert(due_on=dt.date(2025, 1, 2))
    make_alert(severity="yellow")
    text = (
        signed_in(make_user("TOWN_CLERK", TOWN_A)).get(reverse("monitoring:list"), {"overdue": "on"}).content.decode()
    )
    assert alert.alert_no in text
    assert "已超期" in text
    assert "共 1 条" in text
    assert "甲镇 甲一村" in text


def test_a_spoilt_search_shows_the_list() -> None:
    make_alert()
    page = signed_in(make_user("CNTY_REVIEW")).get(reverse("monitoring:list"), {"severity": "'; --", "cursor": "%%%"})
    assert page.status_code == 200
    assert "共 1 条" in page.content.decode()


RUN = {"pack": "anyang", "state": "DONE", "period": "2025-03", "signals": 3, "opened": 1, "continued": 1}
REPORT = {
    "indicators": {"MNE-01": {"title": "死亡未停发", "signals": 3, "periods": {"funeral": ["2025-03"]}, "notes": []}},
    "skipped": [{"indicator": "PND-06", "title": "住院医疗救助未落实", "message": "缺少医保结算"}],
    "fates": {"reopened": 0, "settled": 0, "unregistered": 1, "silent": 0},
    "unregistered": [
        {"indicator": "NCE-01", "severity": "orange", "person_key": "-77", "explanation": "新持有一级证", "sources": []}
    ],
}


def make_run(county: str = COUNTY, **fields: Any) -> MonitorRun:
    make_household(VILLAGE_A, category="DIBAO")
    return MonitorRun.objects.create(county_id=county, started_at=clock.now(), **({"report": REPORT} | RUN | fields))


def test_a_run_says_what_ran_what_did_not_and_who_is_outside_the_register() -> None:
    run = make_run()
    text = signed_in(make_user("CNTY_DATA")).get(reverse("monitoring:run", args=[run.pk])).content.decode()
    assert "死亡未停发" in text
    assert "缺少医保结算" in text
    assert "新持有一级证" in text
    assert "<code>-77</code>" in text


@pytest.mark.parametrize(
    ("role", "division", "status"),
    [
        ("CNTY_LEAD", COUNTY, 200),
        ("CITY_CA", CITY, 200),
        ("CNTY_DATA", OTHER_COUNTY, 404),
        ("TOWN_CLERK", TOWN_A, 403),
        ("DEPT_MED", COUNTY, 403),
    ],
)
def test_a_run_is_seen_by_its_county_and_above(role: str, division: str, status: int) -> None:
    run = make_run()
    assert signed_in(make_user(role, division)).get(reverse("monitoring:run", args=[run.pk])).status_code == status


def test_a_failed_run_says_why() -> None:
    run = make_run(state="FAILED", error="缺少低保标准", report={})
    text = signed_in(make_user("CNTY_DATA")).get(reverse("monitoring:run", args=[run.pk])).content.decode()
    assert "运行失败：缺少低保标准" in text


@pytest.mark.django_db(transaction=True)
def test_starting_a_run_twice_by_double_click_queues_one() -> None:
    make_household(VILLAGE_A, category="DIBAO")
    client = signed_in(make_user("CNTY_DATA"))
    posts = [
        client.post(reverse("monitoring:runs"), {"county": COUNTY, "period": "2025-03", "idempotency_key": "k"})
        for _ in range(2)
    ]
    run = MonitorRun.objects.get()
    assert {response.headers["Location"] for response in posts} == {reverse("monitoring:run", args=[run.pk])}
    assert run.state == "QUEUED"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"period": "2025-3"}, "请写成 2025-03"),
        ({"period": ""}, "请填写监测期"),
        ({"period": "2098-01"}, "监测期不能晚于本月"),
        ({"county": OTHER_COUNTY}, "请选择本辖区的县（市、区）"),
    ],
)
def test_a_wrong_start_comes_back_with_its_input(fields: dict[str, str], said: str) -> None:
    make_household(VILLAGE_A, category="DIBAO")
    response = signed_in(make_user("CNTY_DATA")).post(
        reverse("monitoring:runs"), {"county": COUNTY, "period": "2025-03"} | fields
    )
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not MonitorRun.objects.exists()


@pytest.mark.parametrize("role", ["CNTY_LEAD", "CITY_CA"])
def test_who_only_reads_runs_cannot_start_one(role: str) -> None:
    make_household(VILLAGE_A, category="DIBAO")
    client = signed_in(make_user(role, CITY if role == "CITY_CA" else COUNTY))
    assert 'name="period"' not in client.get(reverse("monitoring:runs")).content.decode()
    assert client.post(reverse("monitoring:runs"), {"county": COUNTY, "period": "2025-03"}).status_code == 403
    assert not MonitorRun.objects.exists()


def test_indicators_show_state_and_why_one_did_not_run() -> None:
    make_run()
    text = signed_in(make_user("CNTY_REVIEW")).get(reverse("monitoring:indicators")).content.decode()
    assert "MNE-01 死亡未停发" in text
    assert "缺少医保结算" in text
    assert "默认值" in text


def test_the_household_page_has_a_tab_of_its_alerts() -> None:
    from doudi.apps.registry.tabs import tabs_for

    alert = make_alert()
    make_alert(household=alert.household, indicator="MNE-01", state="CLOSED")
    user = make_user("TOWN_CLERK", TOWN_A)
    tab = next(tab for tab in tabs_for(user) if tab.key == "alerts")
    assert [one.state for one in tab.context(user, alert.household)["alerts"]] == ["NEW", "CLOSED"]
    other = make_user("TOWN_CLERK", TOWN_B)
    assert tab.context(other, alert.household)["alerts"] == []


def test_the_api_lists_in_scope_only(three: dict[str, Any]) -> None:
    client = signed_in(make_user("TOWN_CLERK", TOWN_A))
    listed = client.get("/api/v1/alerts/").json()
    assert [alert["alert_no"] for alert in listed["alerts"]] == [three["a"].alert_no]
    assert listed["count"] == "1"


def test_the_api_explains_an_alert_and_logs_the_read(three: dict[str, Any]) -> None:
    client = signed_in(make_user("TOWN_CLERK", TOWN_A))
    found = client.get(f"/api/v1/alerts/{three['a'].alert_no}").json()
    assert found["why"]["clauses"][0]["cite"]
    assert AccessLog.objects.get(action="READ").household_id == three["a"].household_id


@pytest.mark.parametrize("which", ["b", "other"])
def test_the_api_does_not_find_others_alerts(three: dict[str, Any], which: str) -> None:
    client = signed_in(make_user("TOWN_CLERK", TOWN_A))
    response = client.get(f"/api/v1/alerts/{three[which].alert_no}")
    assert response.status_code == 404
    assert three[which].subject_name not in response.content.decode()
    assert AccessLog.objects.filter(action="REFUSED").count() == 1


def test_the_api_wants_a_sign_in(three: dict[str, Any]) -> None:
    assert Client().get("/api/v1/alerts/").status_code == 401


@pytest.mark.parametrize("name", ["monitoring:list", "monitoring:runs", "monitoring:indicators"])
def test_statements_of_lists(name: str) -> None:
    for _ in range(25):
        make_alert()
    make_run()
    queries_of(signed_in(make_user("CNTY_DATA" if name == "monitoring:runs" else "CNTY_REVIEW")), name)

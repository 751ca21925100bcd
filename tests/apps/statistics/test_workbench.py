"""The workbench: what each role gets, counted in its own divisions, each number a link that leads somewhere."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from doudi.apps.statistics import queries
from tests.apps.monitoring.builders import make_alert
from tests.apps.pages import queries_of
from tests.factories import COUNTY, TOWN_A, TOWN_B, VILLAGE_A, VILLAGE_B, make_household, make_unit, make_user

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def county(db):
    """Three alerts in one township, one in another."""
    for village, severity in ((VILLAGE_A, "red"), (VILLAGE_A, "orange"), (VILLAGE_A, "orange"), (VILLAGE_B, "yellow")):
        make_alert(village, severity=severity, household=make_household(village, category="DIBAO"))


@pytest.mark.parametrize(
    ("role", "division", "number"), [("TOWN_CLERK", TOWN_A, 3), ("TOWN_CLERK", TOWN_B, 1), ("CNTY_LEAD", COUNTY, 4)]
)
def test_counters_are_those_of_the_own_division(county, role, division, number):
    actor = make_user(role, division)
    assert queries.menu_counters(actor)["alerts"] == number
    assert queries.menu_counters(actor)["todo"] == number
    assert len(queries.todo(actor)) == number
    assert [item["value"] for item in queries.register_chart(actor)["items"]] == [number]


def test_every_number_leads_to_its_list(county):
    client = signed_in(make_user("TOWN_CLERK", TOWN_A))
    text = client.get("/").content.decode()
    links = re.findall(r'<a class="figure" href="([^"]+)"', text)
    assert len(links) == 5
    assert [client.get(link.replace("&amp;", "&")).status_code for link in links] == [200] * 5


def test_the_village_assistant_goes_to_his_tasks():
    response = signed_in(make_user("VIL_ASSIST", VILLAGE_A)).get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/m/")


@pytest.mark.parametrize("role", ["SYS_ADMIN", "SEC_ADMIN", "POLICY_ADMIN"])
def test_administrators_see_no_business_figures(county, role):
    actor = make_user(role, department="PLATFORM")
    text = signed_in(actor).get("/").content.decode()
    assert queries.figures(actor) == []
    assert "未办结预警" not in text
    assert queries.todo(actor) == []


@pytest.mark.parametrize(
    "role", ["CITY_CA", "CNTY_SUP", "AUDITOR", "CNTY_DATA", "DEPT_MED", "TOWN_HEAD", "CNTY_REVIEW"]
)
def test_every_role_has_a_workbench(county, role):
    department = "MED" if role == "DEPT_MED" else "CIVIL_AFFAIRS"
    assert signed_in(make_user(role, COUNTY, unit=make_unit(COUNTY, department))).get("/").status_code == 200


def test_a_department_counts_its_inbox_only(county):
    actor = make_user("DEPT_MED", COUNTY, unit=make_unit(COUNTY, "MED"))
    assert [figure.label for figure in queries.figures(actor)] == ["待签收转办", "办理中转办", "超期转办"]
    assert queries.menu_counters(actor)["alerts"] == 0


def test_the_workbench_costs_what_is_pinned(county):
    queries_of(signed_in(make_user(["CNTY_LEAD", "CNTY_REVIEW"], COUNTY)), "statistics:workbench")

"""The decision page shows its computation; trial computation by a button, once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from doudi.apps.audit.models import AccessLog
from doudi.apps.determination import services
from doudi.apps.determination.models import Decision
from doudi.apps.policy.services import StandardRow, standards_import
from tests import factories as f
from tests.apps.pages import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def family():
    rows = [
        StandardRow("dibao_standard", f.COUNTY, "rural", dt.date(2024, 1, 1), 600),
        StandardRow("disposable_income", f.COUNTY, "", dt.date(2024, 1, 1), 36000),
    ]
    standards_import(actor=None, rows=rows, is_sample=True)
    return f.make_household(f.VILLAGE_A, members=[("head", f.make_person("张大山"))], income=1200)


def signed_in(client, role, division=f.COUNTY):
    user = f.make_user(role, division)
    client.force_login(user)
    return user


def compute(client, family, key="k1"):
    return client.post(reverse("determination:compute", args=[family.pk]), {"idempotency_key": key})


def test_button_computes_once_and_leads_to_the_page(client, family):
    signed_in(client, "TOWN_CLERK", f.TOWN_A)
    first, second = compute(client, family), compute(client, family)
    decision = Decision.objects.get()
    assert first["Location"] == second["Location"] == reverse("determination:decision", args=[decision.pk])


def test_page_shows_result_numbers_clause_and_sample_mark(client, family):
    signed_in(client, "TOWN_CLERK", f.TOWN_A)
    compute(client, family)
    text = client.get(reverse("determination:decision", args=[Decision.objects.get().pk])).content.decode()
    wanted = ["500.00", "家庭人均月收入", "低保标准 600.00", "样例值", "张大山", "安政办〔2024〕1号", "<q>"]
    assert [word for word in wanted if word not in text] == []
    assert AccessLog.objects.filter(action="READ", object_type="decision").count() == 1


def test_page_names_what_is_missing(client):
    household = f.make_household(f.VILLAGE_A)
    signed_in(client, "TOWN_CLERK", f.TOWN_A)
    compute(client, household)
    text = client.get(reverse("determination:decision", args=[Decision.objects.get().pk])).content.decode()
    assert "需要补充的当地规定" in text
    assert "低保标准" in text


@pytest.mark.parametrize(
    ("role", "division", "status"),
    [
        ("TOWN_CLERK", f.TOWN_B, 404),
        ("CITY_CA", f.CITY, 403),
        ("VIL_ASSIST", f.VILLAGE_A, 403),
        ("DEPT_MED", f.COUNTY, 403),
    ],
)
def test_computing_is_refused_and_leaves_nothing(client, family, role, division, status):
    signed_in(client, role, division)
    assert compute(client, family).status_code == status
    assert Decision.objects.count() == 0


@pytest.mark.parametrize(
    ("role", "division", "status"),
    [("TOWN_CLERK", f.TOWN_B, 404), ("CITY_CA", f.CITY, 200), ("DEPT_MED", f.COUNTY, 403)],
)
def test_page_in_scope_only(client, family, role, division, status):
    decision = services.decision_compute(actor=None, household_id=family.pk)
    signed_in(client, role, division)
    assert client.get(reverse("determination:decision", args=[decision.pk])).status_code == status


def test_list_shows_scope_and_state(client, family):
    services.decision_compute(actor=None, household_id=family.pk)
    signed_in(client, "TOWN_CLERK", f.TOWN_B)
    assert "张大山" not in client.get(reverse("determination:decisions")).content.decode()
    signed_in(client, "TOWN_CLERK", f.TOWN_A)
    assert "张大山" in client.get(reverse("determination:decisions")).content.decode()
    assert "张大山" not in client.get(reverse("determination:decisions"), {"state": "IN_FORCE"}).content.decode()


@pytest.mark.parametrize("decisions", [1, 15])
def test_list_costs_the_same_for_any_number_of_rows(client, family, decisions):
    for _ in range(decisions):
        services.decision_compute(actor=None, household_id=family.pk)
    signed_in(client, "CNTY_REVIEW")
    queries_of(client, "determination:decisions")

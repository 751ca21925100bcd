"""The pages of linkage: masked, logged, scoped, at a constant cost."""

from __future__ import annotations

import pytest
from django.urls import reverse

from doudi.apps.audit.models import AccessLog
from doudi.apps.linkage import services
from doudi.apps.linkage.models import Decision, LinkageRun, Suggestion
from doudi.apps.registry.models import Person
from tests import factories as f
from tests.apps.pages import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def suggestion(pair):
    actor = f.make_user("CNTY_DATA")
    services.run_execute(run_id=services.run_start(actor=actor, division=f.COUNTY).pk)
    return Suggestion.objects.get()


@pytest.fixture
def reviewer(client):
    user = f.make_user("CNTY_REVIEW")
    client.force_login(user)
    return user


def post(client, suggestion, **values):
    return client.post(reverse("linkage:suggestion", args=[suggestion.pk]), values)


def test_list_shows_what_agrees_and_no_number_in_clear(suggestion, pair, reviewer, client):
    shown = client.get(reverse("linkage:list")).content.decode()
    assert "姓名同音不同字" in shown
    assert "有疑点" in shown
    assert pair[0].id_number not in shown
    assert pair[1].id_number not in shown


def test_list_costs_the_same_whatever_its_length(suggestion, reviewer, client):
    queries_of(client, "linkage:list")


def test_filters_narrow_the_list(suggestion, reviewer, client):
    found = client.get(reverse("linkage:list"), {"state": "DIFFERENT"}).content.decode()
    assert "没有符合条件的疑似同一人" in found


def test_reading_a_pair_is_logged_for_both_households(suggestion, pair, reviewer, client):
    shown = client.get(reverse("linkage:suggestion", args=[suggestion.pk])).content.decode()
    assert "两个身份证号都有效且不相同" in shown
    read = AccessLog.objects.filter(object_type="suggestion", object_id=str(suggestion.pk))
    assert set(read.values_list("household_id", flat=True)) == {household.pk for household in pair[2]}


def test_two_officers_merge_through_the_page(suggestion, pair, reviewer, client):
    values = {"reason": "已核对户口簿，旧号已注销"}
    assert post(client, suggestion, event="propose", remains=pair[0].pk, **values).status_code == 302
    assert post(client, suggestion, event="confirm", **values).status_code == 422
    client.force_login(f.make_user("CNTY_LEAD"))
    assert post(client, suggestion, event="confirm", **values).status_code == 302
    assert Person.objects.get(pk=pair[1].pk).merged_into == pair[0]
    members = client.get(reverse("registry:household", args=[pair[2][1].pk]), {"tab": "members"}).content.decode()
    assert "已并入另一登记记录" in members


@pytest.mark.parametrize("missing", ["event", "reason", "remains"])
def test_what_is_missing_is_said_and_nothing_happens(suggestion, pair, reviewer, client, missing):
    values = {"event": "propose", "reason": "已核对户口簿", "remains": pair[0].pk}
    answer = post(client, suggestion, **{name: value for name, value in values.items() if name != missing})
    assert answer.status_code == 422
    assert Decision.objects.count() == 0


def test_search_is_started_from_the_page(reviewer, client, db):
    assert client.post(reverse("linkage:run")).status_code == 302
    assert LinkageRun.objects.get().started_by == reviewer


@pytest.mark.parametrize(
    ("role", "division", "status"), [("TOWN_CLERK", f.TOWN_A, 403), ("CNTY_REVIEW", f.OTHER_COUNTY, 404)]
)
def test_others_do_not_see_the_pair(suggestion, client, role, division, status):
    client.force_login(f.make_user(role, division))
    assert client.get(reverse("linkage:suggestion", args=[suggestion.pk])).status_code == status

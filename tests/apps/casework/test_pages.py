"""Pages of casework: the loop from alert to closure, what each person sees, wrong input, double submits."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from doudi.apps.assistance.models import AssistanceRecord
from doudi.apps.audit.models import AccessLog
from doudi.apps.casework import services
from doudi.apps.casework.models import Application, CaseConference, Referral, Visit, VisitTask
from tests.apps.casework.helpers import counts, kinds
from tests.apps.monitoring.builders import make_alert
from tests.apps.pages import queries_of
from tests.factories import OTHER_VILLAGE, make_household, make_person, make_user

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(user, name, *args) -> str:
    response = signed_in(user).get(reverse(f"casework:{name}", args=args))
    assert response.status_code == 200, response.content.decode()[:500]
    return response.content.decode()


def post(user, name, /, *args, **data):
    return signed_in(user).post(reverse(f"casework:{name}", args=args), data)


def step(user, row, kind, name, /, **data):
    """Send one step's form as the page would: with the row's version and a key."""
    row.refresh_from_db()
    data = {"version": row.version, "idempotency_key": uuid.uuid4().hex, **data}
    return post(user, f"{kind}_step", row.pk, name, **data)


def test_the_whole_loop_through_the_pages(people, alert):
    """Alert → visit on the phone → referral → the department's answer → closed, each step on the chain."""
    assert "派发核查" in page(people.clerk, "alert", alert.pk)
    sent = step(people.clerk, alert, "alert", "assign", visitor_id=people.visitor.pk, instruction="请本周内走访")
    assert (sent.status_code, sent.headers["Location"]) == (302, f"/alerts/{alert.pk}/")
    task = VisitTask.objects.get()
    assert alert.subject_name in page(people.visitor, "m_home")
    assert alert.explanation in page(people.visitor, "m_visit", task.pk)
    form = page(people.visitor, "m_record", task.pk)
    uid = re.search(r'name="uid" value="([0-9a-f-]{36})"', form)[1]
    visit = {"uid": uid, "outcome": "TRUE_REFER", "method": "HOME", "findings": "住院三次，自付较多", "met": "本人"}
    assert post(people.visitor, "m_record", task.pk, **visit).status_code == 302
    assert "接下来" in page(people.visitor, "m_visit", task.pk)
    shown = page(people.clerk, "alert", alert.pk)
    assert "住院三次，自付较多" in shown
    refer = {"kind": "HANDLE", "item": "M03", "to_unit_id": people.med.unit_id, "need": "请落实住院医疗救助"}
    assert step(people.clerk, alert, "alert", "refer", **refer).status_code == 302
    referral = Referral.objects.get()
    assert referral.referral_no in page(people.med, "referrals")
    assert step(people.med, referral, "referral", "accept").status_code == 302
    answer = {"given": "yes", "item": "M03", "given_on": "2025-03-12", "amount": "3，000.00 元", "note": "一次性救助"}
    assert step(people.med, referral, "referral", "feedback", **answer).status_code == 302
    assert str(AssistanceRecord.objects.get().amount) == "3000.00"
    assert step(people.head, alert, "alert", "close", reason="救助已落实").status_code == 302
    alert.refresh_from_db()
    assert alert.state == "CLOSED"
    assert " ".join(kinds(alert.household_id)) == (
        "ASSIGNED VISIT DISPOSAL DISPOSAL REFERRAL REFERRAL_STEP REFERRAL_STEP ASSISTANCE DISPOSAL REFERRAL_STEP CLOSED"
    )
    for shown_to, name, args in (
        (people.clerk, "alert", [alert.pk]),
        (people.med, "referral", [referral.pk]),
        (people.lead, "visits", []),
        (people.lead, "visit", [task.pk]),
        (people.visitor, "m_done", []),
    ):
        page(shown_to, name, *args)


def test_the_conference_through_the_pages(people, verified):
    assert step(people.clerk, verified, "alert", "conference", subject="多重困难").status_code == 302
    conference = CaseConference.objects.get()
    assert conference.conference_no in page(people.lead, "conferences")
    assert "记录议定事项" in page(people.lead, "conference", conference.pk)
    decided = {
        "held_on": "2025-03-12",
        "participant_ids": [people.lead.unit_id, people.med.unit_id],
        "minutes": "研究了该户情况",
        "resolution": "给予临时救助",
        "item": "T04",
        "amount": "6000",
        "responsible_unit_id": people.lead.unit_id,
        "execute_by": "2025-03-31",
    }
    assert step(people.lead, conference, "conference", "decide", **decided).status_code == 302
    closing = {"note": "已发放", "carried_out_on": "2025-03-12", "amount": ""}
    assert step(people.lead, conference, "conference", "close", **closing).status_code == 302
    assert str(AssistanceRecord.objects.get().amount) == "6000.00"
    assert "给予临时救助" in page(people.lead, "conference", conference.pk)


def test_the_application_through_the_pages(people, verify):
    household = make_household(members=[("head", make_person("赵一"))], income=1200)
    alert = verify(make_alert(household=household, indicator="NCE-01"), "TRUE_APPLY")
    assert step(people.clerk, alert, "alert", "apply", reason="核查属实").status_code == 302
    application = Application.objects.get()
    assert application.application_no in page(people.clerk, "applications")
    assert step(people.clerk, application, "application", "review", opinion="建议认定").status_code == 302
    assert "测算结果" in page(people.head, "application", application.pk)
    assert step(people.head, application, "application", "decide", approve="no", reason="标准未录入").status_code == 302
    application.refresh_from_db()
    assert application.state == "REFUSED"


def test_a_household_shows_its_visits_referrals_and_help(people, referral):
    services.referral_accept(actor=people.med, referral_id=referral.pk)
    for tab in ("visits", "referrals", "assistance"):
        path = reverse("registry:household", args=[referral.household_id])
        assert signed_in(people.clerk).get(path, {"tab": tab}).status_code == 200


def test_a_missing_field_stands_beside_it_and_the_input_is_kept(people, verified):
    before = counts()
    response = step(people.clerk, verified, "alert", "refer", kind="HANDLE", item="M03", need="请尽快办理该户事项")
    text = response.content.decode()
    assert response.status_code == 422
    assert "请选择承办单位" in text
    assert "请尽快办理该户事项" in text
    assert counts() == before


def test_what_the_service_refuses_stands_beside_the_field(people, verified):
    before = counts()
    refer = {"kind": "HANDLE", "item": "O04", "to_unit_id": people.med.unit_id, "need": "请办理"}
    response = step(people.clerk, verified, "alert", "refer", **refer)
    assert response.status_code == 422
    assert "该单位不办理此项目或不服务本地" in response.content.decode()
    assert counts() == before


@pytest.mark.parametrize(
    "data",
    [
        {"uid": str(uuid.uuid4()), "outcome": "TRUE_REFER", "method": "HOME", "findings": ""},
        {"uid": "x", "outcome": "TRUE_REFER", "method": "HOME", "findings": "情况"},
        {"uid": str(uuid.uuid4()), "outcome": "", "method": "HOME", "findings": "情况"},
        {"uid": str(uuid.uuid4()), "outcome": "WATCH", "method": "HOME", "findings": "情况"},
    ],
)
def test_a_wrong_visit_record_is_shown_again(people, assigned, data):
    response = post(people.visitor, "m_record", assigned.pk, **data)
    assert response.status_code == 422
    assert not Visit.objects.exists()


def test_the_same_form_sent_twice_has_one_effect(people, alert):
    client, path = signed_in(people.clerk), reverse("casework:alert_step", args=[alert.pk, "assign"])
    data = {"version": 0, "idempotency_key": "once", "visitor_id": people.visitor.pk, "instruction": ""}
    client.post(path, data)
    before = counts()
    assert client.post(path, data).status_code == 302
    assert counts() == before


def test_the_phone_sending_twice_records_one_visit(people, assigned):
    client, path = signed_in(people.visitor), reverse("casework:m_record", args=[assigned.pk])
    data = {"uid": str(uuid.uuid4()), "outcome": "NOT_NEEDED", "method": "HOME", "findings": "无困难"}
    client.post(path, data)
    before = counts()
    assert client.post(path, data).status_code == 302
    assert counts() == before


def test_a_stale_page_is_a_conflict(people, verified):
    before = counts()
    response = post(people.clerk, "alert_step", verified.pk, "watch", version=0, until="2025-04-01")
    assert response.status_code == 409
    assert counts() == before


def test_an_unknown_step_is_not_there(people, verified):
    assert step(people.clerk, verified, "alert", "explode").status_code == 404


def test_reading_an_alert_is_logged(people, alert):
    page(people.clerk, "alert", alert.pk)
    logged = AccessLog.objects.get(action="READ", object_type="alert")
    assert (logged.actor_id, logged.household_id) == (people.clerk.pk, alert.household_id)


def test_a_department_sees_its_purpose_only(people, referral):
    """R014: for its item; the family by masked name and number, no name, address or phone."""
    head = referral.household.head
    text = page(people.med, "referral", referral.pk)
    assert head.name not in text
    assert head.id_number not in text
    assert head.phone not in text
    assert "打开家庭档案" not in text


def test_a_department_no_longer_sees_the_family_after_the_end(people, verified, referral):
    services.referral_reject(actor=people.med, referral_id=referral.pk, reason="材料不全")
    text = page(people.med, "referral", referral.pk)
    assert "家庭信息不再开放" in text
    assert referral.household.household_no not in text


def test_no_page_shows_an_identity_number_or_phone(people, verified, referral):
    head = referral.household.head
    for user, name, args in (
        (people.clerk, "alert", [verified.pk]),
        (people.clerk, "referral", [referral.pk]),
        (people.clerk, "visits", []),
        (people.lead, "referrals", []),
        (people.med, "referrals", []),
    ):
        text = page(user, name, *args)
        assert head.id_number not in text
        assert head.phone not in text


@pytest.mark.parametrize("name", ["visits", "referrals", "conferences", "applications"])
def test_lists_cost_what_is_pinned(people, verified, referral, name):
    services.conference_propose(actor=people.clerk, alert_id=verified.pk, subject="困难叠加")
    services.application_submit(actor=people.clerk, household_id=verified.household_id, reason="申请")
    queries_of(signed_in(people.lead), f"casework:{name}")


def test_the_phones_list_costs_what_is_pinned(people, assigned):
    queries_of(signed_in(people.visitor), "casework:m_home")


LISTS = ("visits", "referrals", "conferences", "applications")


@pytest.mark.parametrize("name", LISTS)
def test_lists_show_nothing_of_another_township(people, verified, referral, name):
    services.conference_propose(actor=people.clerk, alert_id=verified.pk, subject="困难叠加")
    services.application_submit(actor=people.clerk, household_id=verified.household_id, reason="申请")
    own, other = page(people.clerk, name), page(people.town_b, name)
    assert verified.subject_name in own
    assert verified.subject_name not in other


PAGES = ("alert", "visit", "referral", "conference", "application")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", ["town_b", "other_county", "dpf", "other_visitor", "administrator"])
def test_pages_of_others_are_not_there(people, verified, referral, name, who):
    conference = services.conference_propose(actor=people.clerk, alert_id=verified.pk, subject="困难叠加")
    application = services.application_submit(actor=people.clerk, household_id=verified.household_id, reason="申请")
    ids = {
        "alert": verified.pk,
        "visit": VisitTask.objects.get().pk,
        "referral": referral.pk,
        "conference": conference.pk,
        "application": application.pk,
    }
    users = {"other_county": ("CNTY_LEAD", OTHER_VILLAGE[:6] + "000000"), "administrator": ("SYS_ADMIN",)}
    user = make_user(*users[who]) if who in users else getattr(people, who)
    response = signed_in(user).get(reverse(f"casework:{name}", args=[ids[name]]))
    assert response.status_code in (403, 404)
    assert verified.subject_name not in response.content.decode()
    assert AccessLog.objects.filter(action="REFUSED", actor_id=user.pk).exists()


def test_nobody_unsigned_gets_in(alert):
    response = Client().get(reverse("casework:alert", args=[alert.pk]))
    assert (response.status_code, response.headers["Location"].startswith("/login/")) == (302, True)


def test_visits_through_the_api(people, assigned):
    client = signed_in(people.visitor)
    listed = client.get("/api/v1/visits/").json()
    assert [task["task"] for task in listed["tasks"]] == [assigned.pk]
    uid = str(uuid.uuid4())
    data = {"uid": uid, "outcome": "TRUE_APPLY", "findings": "无收入来源", "visited_at": "2025-03-12T09:30:00"}
    path = f"/api/v1/visits/{assigned.pk}/record"
    first = client.post(path, data, content_type="application/json")
    again = client.post(path, data, content_type="application/json")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "status"),
    [({"outcome": "X"}, 422), ({"findings": ""}, 422), ({"uid": "x"}, 422), ({"latitude": 1000}, 422)],
)
def test_the_api_refuses_wrong_records(people, assigned, data, status):
    record = {"uid": str(uuid.uuid4()), "outcome": "TRUE_APPLY", "findings": "情况", **data}
    path = f"/api/v1/visits/{assigned.pk}/record"
    response = signed_in(people.visitor).post(path, record, content_type="application/json")
    assert response.status_code == status
    assert not Visit.objects.exists()


def test_the_api_hides_the_tasks_of_others(people, assigned):
    client = signed_in(people.other_visitor)
    assert client.get("/api/v1/visits/").json() == {"tasks": []}
    data = {"uid": str(uuid.uuid4()), "outcome": "TRUE_APPLY", "findings": "x"}
    path = f"/api/v1/visits/{assigned.pk}/record"
    assert client.post(path, data, content_type="application/json").status_code == 404
    assert not Visit.objects.exists()

"""Pages and API of the registry: what they show, whom they refuse, what they log, what they cost."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from doudi.apps.audit.models import AccessLog
from doudi.apps.chain.services import append
from doudi.apps.registry import services
from doudi.apps.registry.models import Health
from tests import factories as f
from tests.apps.pages import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def family():
    head = f.make_person("张大山", birth=dt.date(1960, 3, 4), phone="13912345678", account="6222020200012345678")
    wife = f.make_person("王小花", birth=dt.date(1962, 5, 6), sex="female")
    household = f.make_household(
        f.VILLAGE_A, members=[("head", head), ("spouse", wife)], category="DIBAO", income=12000, address="三组 12 号"
    )
    services.fact_record(
        actor=None,
        fact=Health,
        subject_id=head.pk,
        as_of=dt.date(2024, 2, 1),
        source="verified",
        disease="慢性肾衰竭",
        serious_illness=True,
    )
    append("VISIT", actor=None, household_id=household.pk, title="入户走访，情况稳定", document="visit:3")
    return household


def signed_in(client, role, division=f.COUNTY, **fields):
    user = f.make_user(role, division, **fields)
    client.force_login(user)
    return user


def page(household, **query):
    return reverse("registry:household", args=[household.pk]) + "?" + "&".join(f"{k}={v}" for k, v in query.items())


TABS = ["chain", "members", "economy", "decisions", "payments"]


class TestList:
    def test_shows_scope_only_and_keeps_the_search(self, client, family):
        f.make_household(f.VILLAGE_B)
        signed_in(client, "TOWN_CLERK", f.TOWN_A)
        text = client.get(reverse("registry:list"), {"name": "张大"}).content.decode()
        assert "张大山" in text
        assert 'value="张大"' in text
        assert "共 1 户" in text

    def test_other_township_sees_neither_row_nor_choice(self, client, family):
        signed_in(client, "TOWN_CLERK", f.TOWN_B)
        text = client.get(reverse("registry:list")).content.decode()
        assert "张大山" not in text
        assert "甲镇" not in text

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ({"id_last6": "12"}, "最后 6 位"),
            ({"id_number": "410522196003040010"}, "校验码不符"),
            ({"category": "x"}, "请从列表中选择"),
        ],
    )
    def test_wrong_search_says_so_and_keeps_the_input(self, client, family, query, message):
        signed_in(client, "CNTY_REVIEW")
        answer = client.get(reverse("registry:list"), query)
        assert answer.status_code == 422
        assert message in answer.content.decode()
        assert "张大山" not in answer.content.decode()

    def test_full_width_digits_are_understood(self, client, family):
        signed_in(client, "CNTY_REVIEW")
        last = family.head.id_number[-6:].translate(str.maketrans("0123456789", "０１２３４５６７８９"))
        assert "张大山" in client.get(reverse("registry:list"), {"id_last6": last}).content.decode()

    @pytest.mark.parametrize("role", ["SYS_ADMIN", "DEPT_MED", "POLICY_ADMIN"])
    def test_refused_and_logged(self, client, family, role):
        signed_in(client, role)
        assert client.get(reverse("registry:list")).status_code == 403
        assert AccessLog.objects.filter(action="REFUSED").count() == 1

    @pytest.mark.parametrize("rows", [1, 19])
    def test_costs_the_same_for_any_number_of_rows(self, client, family, rows):
        for _ in range(rows):
            f.make_household(f.VILLAGE_A)
        signed_in(client, "CNTY_REVIEW")
        queries_of(client, "registry:list")


class TestHousehold:
    @pytest.mark.parametrize("tab", TABS)
    def test_every_tab_opens_and_is_logged(self, client, family, tab):
        user = signed_in(client, "CNTY_REVIEW")
        answer = client.get(page(family, tab=tab))
        assert answer.status_code == 200
        row = AccessLog.objects.get(action="READ")
        assert (row.actor_id, row.household_id, row.detail) == (user.pk, family.pk, {"tab": tab})

    @pytest.mark.parametrize("tab", TABS)
    def test_no_tab_shows_a_number_in_clear(self, client, family, tab):
        signed_in(client, "CNTY_REVIEW")
        text = client.get(page(family, tab=tab)).content.decode()
        secrets = [family.head.id_number, "13912345678", "6222020200012345678"]
        assert [secret for secret in secrets if secret in text] == []

    def test_opens_on_the_chain(self, client, family):
        signed_in(client, "CNTY_REVIEW")
        text = client.get(page(family)).content.decode()
        assert "入户走访，情况稳定" in text
        assert 'aria-current="page">救助链' in text

    @pytest.mark.parametrize(
        ("role", "division", "status"),
        [
            ("TOWN_CLERK", f.TOWN_B, 404),
            ("CNTY_REVIEW", f.OTHER_COUNTY, 404),
            ("VIL_ASSIST", f.VILLAGE_A, 404),
            ("DEPT_MED", f.COUNTY, 404),
            ("SYS_ADMIN", f.COUNTY, 403),
        ],
    )
    def test_outside_scope_no_field_appears(self, client, family, role, division, status):
        signed_in(client, role, division)
        answer = client.get(page(family))
        assert answer.status_code == status
        assert "张" not in answer.content.decode()
        assert AccessLog.objects.filter(action="READ").count() == 0
        assert AccessLog.objects.filter(action="REFUSED").count() == 1

    def test_department_sees_its_purpose_and_masked_names(self, client, family):
        user = signed_in(client, "DEPT_MED", department="MED")
        services.grant_open(actor=None, household_id=family.pk, ref="referral:1", purpose="M1", unit=user.unit)
        text = client.get(page(family, tab="members")).content.decode()
        assert "慢性肾衰竭" in text
        hidden = ["张大山", "王小花", "三组 12 号", "139****5678", "经济状况", "待遇发放"]
        assert [word for word in hidden if word in text] == []

    def test_visitor_sees_names_but_no_money_and_no_disease(self, client, family):
        user = signed_in(client, "VIL_ASSIST", f.VILLAGE_A)
        services.grant_open(actor=None, household_id=family.pk, ref="visit:1", purpose="visit", user=user)
        text = client.get(page(family, tab="members")).content.decode()
        assert "张大山" in text
        assert "重特大疾病" in text
        hidden = ["慢性肾衰竭", "月保障金", "查看明文", "/reveal/"]
        assert [word for word in hidden if word in text and word != "查看明文"] == []

    def test_unknown_or_closed_tab_falls_back_to_the_chain(self, client, family):
        user = signed_in(client, "VIL_ASSIST", f.VILLAGE_A)
        services.grant_open(actor=None, household_id=family.pk, ref="visit:1", purpose="visit", user=user)
        assert "一户一条救助链" in client.get(page(family, tab="economy")).content.decode()

    @pytest.mark.parametrize("events", [1, 30])
    def test_costs_the_same_for_any_history(self, client, family, events):
        for number in range(events):
            append("VISIT", actor=None, household_id=family.pk, title=f"第 {number} 次")
        signed_in(client, "CNTY_REVIEW")
        queries_of(client, "registry:household", family.pk)


class TestReveal:
    def url(self, family, field="id_number"):
        return reverse("registry:reveal", args=[family.head_id, field])

    def test_value_after_a_reason_only_in_the_answer(self, client, family):
        signed_in(client, "TOWN_CLERK", f.TOWN_A)
        number = family.head.id_number
        assert number not in client.get(self.url(family)).content.decode()
        answer = client.post(self.url(family), {"reason": "电话核实家庭收入"})
        assert number in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
        assert AccessLog.objects.filter(action="REVEAL", reason="电话核实家庭收入").count() == 1

    def test_too_short_a_reason_shows_the_form_again(self, client, family):
        signed_in(client, "TOWN_CLERK", f.TOWN_A)
        answer = client.post(self.url(family), {"reason": "看"})
        assert answer.status_code == 422
        assert family.head.id_number not in answer.content.decode()
        assert AccessLog.objects.filter(action="REVEAL").count() == 0

    @pytest.mark.parametrize(
        ("role", "division", "status"),
        [("TOWN_CLERK", f.TOWN_B, 404), ("VIL_ASSIST", f.VILLAGE_A, 403), ("DEPT_MED", f.COUNTY, 403)],
    )
    def test_refused(self, client, family, role, division, status):
        signed_in(client, role, division)
        assert client.post(self.url(family), {"reason": "电话核实家庭收入"}).status_code == status
        assert AccessLog.objects.filter(action="REVEAL").count() == 0

    def test_unknown_field_is_not_found(self, client, family):
        signed_in(client, "TOWN_CLERK", f.TOWN_A)
        assert client.get(self.url(family, "name")).status_code == 404


class TestSearch:
    def test_single_hit_opens(self, client, family):
        signed_in(client, "TOWN_CLERK", f.TOWN_A)
        answer = client.get(reverse("registry:search"), {"q": family.household_no})
        assert answer["Location"] == reverse("registry:household", args=[family.pk])

    def test_nothing_found_in_another_township(self, client, family):
        signed_in(client, "TOWN_CLERK", f.TOWN_B)
        text = client.get(reverse("registry:search"), {"q": "张大山"}).content.decode()
        assert "没有找到" in text
        assert family.household_no not in text

    def test_markup_in_the_query_stays_text(self, client, family):
        signed_in(client, "TOWN_CLERK", f.TOWN_A)
        text = client.get(reverse("registry:search"), {"q": "<script>alert(1)</script>"}).content.decode()
        assert "<script>alert" not in text


class TestApi:
    LIST = "/api/v1/households/"

    def test_list_and_search_in_scope(self, client, family):
        f.make_household(f.VILLAGE_B)
        signed_in(client, "TOWN_CLERK", f.TOWN_A)
        body = client.get(self.LIST).json()
        assert (body["count"], body["items"][0]["household_no"]) == (1, family.household_no)
        assert client.get(self.LIST, {"q": family.head.id_number[-6:]}).json()["count"] == 1

    def test_one_household_is_masked_and_logged(self, client, family):
        signed_in(client, "CNTY_REVIEW")
        answer = client.get(f"{self.LIST}{family.household_no}")
        assert answer.json()["members"][0]["name"] == "张大山"
        assert answer.json()["register_status"] == "ACTIVE"
        assert family.head.id_number not in answer.content.decode()
        assert AccessLog.objects.get(action="READ").detail == {"via": "api"}

    def test_outside_scope_is_not_found_and_logged(self, client, family):
        signed_in(client, "TOWN_CLERK", f.TOWN_B)
        answer = client.get(f"{self.LIST}{family.household_no}")
        assert (answer.status_code, answer.json()["error"]) == (404, "notfound")
        assert AccessLog.objects.filter(action="REFUSED").count() == 1

    def test_without_the_operation_refused(self, client, family):
        signed_in(client, "DEPT_MED")
        assert client.get(self.LIST).status_code == 403

    def test_signed_out(self, client, family):
        assert client.get(self.LIST).status_code == 401

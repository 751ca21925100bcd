"""Pages of policy: what everybody reads, what two persons do, and what it costs."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from django.urls import reverse

from doudi.apps.audit.models import AccessLog
from doudi.apps.base import clock
from doudi.apps.determination import services as determination
from doudi.apps.determination.models import ArrearsList
from doudi.apps.policy import queries, services
from doudi.apps.policy.models import LocalStandard, ParameterChange, Simulation
from tests import factories as f
from tests.apps.pages import queries_of
from tests.apps.policy.builders import PAPER, draft, publish, standards, try_out

pytestmark = pytest.mark.django_db
MARCH = dt.date(2025, 3, 1)


def signed_in(client, user):
    client.force_login(user)
    return client


def text_of(client, name, *args, **query) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def missing(text: str, *words: str) -> list[str]:
    return [word for word in words if word not in text]


FORM = {
    "division": f.COUNTY,
    "area": "rural",
    "value": "660",
    "valid_from": "2025-03-01",
    "document": PAPER,
    "reason": "提标",
    "idempotency_key": "k1",
}


class TestReading:
    """R002 R081 R161 R245 R320: each document with its number, issuer, date; R162: what is inherited says so."""

    @pytest.mark.parametrize("role", ["TOWN_CLERK", "VIL_ASSIST", "DEPT_MED", "SYS_ADMIN", "POLICY_ADMIN"])
    def test_packs_are_read_by_all_staff(self, client, role):
        signed_in(client, f.make_user(role, f.TOWN_A if role == "TOWN_CLERK" else f.COUNTY))
        text = text_of(client, "policy:packs")
        assert missing(text, "安政办〔2024〕1号", "庆政办发〔2024〕12号", "鄂民政发〔2024〕21号", "本地区适用") == []

    @pytest.mark.parametrize(
        ("tab", "words"),
        [
            ("parameters", ["低保边缘倍数", "文件规定", "平台默认", "未规定", "样例值", "沿用"]),
            ("rules", ["家庭人均月收入", "低保标准"]),
            ("items", ["特困", "防返贫", "✓", "条件"]),
            ("clauses", ["安政办〔2024〕1号 二(一)4"]),
            ("cases", ["例证", "低保对象"]),
        ],
    )
    def test_pack_by_tab(self, client, tab, words):
        standards()
        signed_in(client, f.make_user("TOWN_CLERK", f.TOWN_A))
        assert missing(text_of(client, "policy:pack", "anyang", tab=tab), *words) == []

    @pytest.mark.parametrize("name", ["no-such-pack", "templates"])
    def test_a_name_is_no_path(self, client, name):
        signed_in(client, f.make_user("TOWN_CLERK", f.TOWN_A))
        assert client.get(reverse("policy:pack", args=[name])).status_code == 404
        assert client.get(reverse("policy:compare"), {"a": "../../etc", "b": "anyang"}).status_code == 404

    def test_pack_of_another_place_shows_no_local_numbers(self, client):
        standards()
        signed_in(client, f.make_user("TOWN_CLERK", f.TOWN_A))
        assert "样例值" not in text_of(client, "policy:pack", "zhengzhou")

    def test_two_packs_side_by_side(self, client):
        signed_in(client, f.make_user("TOWN_CLERK", f.TOWN_A))
        text = text_of(client, "policy:compare", a="anyang", b="zhengzhou")
        assert missing(text, "安阳 与 郑州", "认定标准", "专项救助对象", "安政办〔2024〕1号") == []

    def test_parameter_through_time(self, client, drafter, lead):
        standards()
        publish(drafter, lead, parameter="margin_multiplier", area="", value="2")
        signed_in(client, f.make_user("TOWN_CLERK", f.TOWN_A))
        text = text_of(client, "policy:parameter", "anyang", "margin_multiplier")
        assert missing(text, "2 倍", "1.5 倍", "本地调整", PAPER, "安政办〔2024〕1号 二(一)4", "两人发布") == []
        assert client.get(reverse("policy:parameter", args=["anyang", "nothing"])).status_code == 404

    def test_standards_with_their_papers_and_the_gaps(self, client):
        standards()
        signed_in(client, f.make_user("TOWN_CLERK", f.TOWN_A))
        text = text_of(client, "policy:standards")
        assert missing(text, "低保标准", "每人每月 600 元", "样例值", "尚未填报", "特困人员基本生活标准") == []


class TestChange:
    def test_form_drafts_once(self, client, drafter):
        standards()
        signed_in(client, drafter)
        path = reverse("policy:change_new", args=["dibao_standard"])
        assert missing(text_of(client, "policy:change_new", "dibao_standard"), "现行取值", "依据文件") == []
        first, second = client.post(path, FORM), client.post(path, FORM)
        change = ParameterChange.objects.get()
        assert first["Location"] == second["Location"] == reverse("policy:change", args=[change.pk])
        assert (change.value, change.drafted_by_id) == ("660", drafter.pk)

    def test_wrong_number_keeps_what_was_typed(self, client, drafter):
        signed_in(client, drafter)
        response = client.post(reverse("policy:change_new", args=["dibao_standard"]), {**FORM, "value": "六百"})
        assert response.status_code == 422
        assert missing(response.content.decode(), "不是数字", "六百", PAPER) == []
        assert ParameterChange.objects.count() == 0

    @pytest.mark.parametrize("role", ["CNTY_LEAD", "TOWN_CLERK", "DEPT_MED"])
    def test_form_is_refused_to_others(self, client, role):
        signed_in(client, f.make_user(role, f.TOWN_A if role == "TOWN_CLERK" else f.COUNTY))
        assert client.get(reverse("policy:change_new", args=["dibao_standard"])).status_code == 403
        assert client.post(reverse("policy:change_new", args=["dibao_standard"]), FORM).status_code == 403
        assert ParameterChange.objects.count() == 0

    def test_from_draft_to_effect_by_two_persons(self, client, drafter, lead):
        standards()
        f.make_household(f.VILLAGE_B, income=630 * 12, since=dt.date(2024, 6, 1))
        change = draft(drafter)
        page = reverse("policy:change", args=[change.pk])
        signed_in(client, drafter).post(reverse("policy:change_step", args=[change.pk, "try"]), {"version": "0"})
        services.simulation_execute(simulation_id=Simulation.objects.get().pk)
        text = client.get(page).content.decode()
        assert missing(text, "每人每月 600 元 → 每人每月 660 元", "须由起草人以外", "低保边缘家庭") == []
        refused = client.post(reverse("policy:change_step", args=[change.pk, "publish"]), {"version": "0"})
        assert refused.status_code == 403
        signed_in(client, lead)
        assert "待您发布" in text_of(client, "policy:changes")
        assert (
            missing(text_of(client, "policy:change_moves", change.pk), "乙镇", "低保边缘家庭", "低保对象", "30.00")
            == []
        )
        sent = {"version": "0", "idempotency_key": "p1"}
        for _ in range(2):
            response = client.post(reverse("policy:change_step", args=[change.pk, "publish"]), sent)
            assert response["Location"] == page
        assert LocalStandard.objects.filter(change=change).count() == 1
        assert "已发布" in client.get(page).content.decode()
        assert AccessLog.objects.filter(object_type="parameter_change", action="ADMIN").count() == 1

    @pytest.mark.parametrize(("version", "status"), [("1", 409), ("", 409), ("x", 409)])
    def test_stale_page_publishes_nothing(self, client, drafter, lead, version, status):
        standards()
        change = try_out(lead, draft(drafter))
        signed_in(client, lead)
        sent = client.post(reverse("policy:change_step", args=[change.pk, "publish"]), {"version": version})
        assert sent.status_code == status
        change.refresh_from_db()
        assert change.state == "TRIED"

    def test_withdrawal_asks_for_the_reason(self, client, drafter):
        change = draft(drafter)
        signed_in(client, drafter)
        path = reverse("policy:change_step", args=[change.pk, "withdraw"])
        assert client.post(path, {"version": "0", "reason": ""}).status_code == 422
        client.post(path, {"version": "0", "reason": "文件作废"})
        change.refresh_from_db()
        assert (change.state, change.closed_reason) == ("WITHDRAWN", "文件作废")

    def test_edit_page(self, client, drafter):
        change = draft(drafter)
        signed_in(client, drafter)
        assert 'value="660"' in text_of(client, "policy:change_edit", change.pk)
        client.post(reverse("policy:change_edit", args=[change.pk]), {**FORM, "value": "655", "version": "0"})
        change.refresh_from_db()
        assert (change.value, change.version) == ("655", 1)

    def test_another_countys_change_is_not_found(self, client, drafter):
        change = draft(drafter)
        signed_in(client, f.make_user("CNTY_LEAD", f.OTHER_COUNTY))
        assert client.get(reverse("policy:change", args=[change.pk])).status_code == 404

    def test_drafter_sees_figures_but_no_households(self, client, drafter, lead):
        standards()
        change = try_out(lead, draft(drafter))
        signed_in(client, drafter)
        assert client.get(reverse("policy:change_moves", args=[change.pk])).status_code == 403
        assert reverse("policy:change_moves", args=[change.pk]) not in text_of(client, "policy:change", change.pk)


class TestSimulation:
    def request(self, client, **more):
        form = {
            "title": "倍数放宽",
            "division": f.COUNTY,
            "as_of": "2025-03-12",
            "parameter_1_1": "margin_multiplier",
            "area_1_1": "",
            "value_1_1": "2",
            "parameter_2_1": "dibao_standard",
            "area_2_1": "rural",
            "value_2_1": "660",
            "idempotency_key": "s1",
            **more,
        }
        return client.post(reverse("policy:simulation_new"), form)

    def test_cases_as_table_chart_and_workbook(self, client, lead):
        """V-MARGIN: 1.5 → 2 times moves a family at 1,100 a month into the margin."""
        standards()
        f.make_household(f.VILLAGE_B, income=1100 * 12, since=dt.date(2024, 6, 1))
        f.make_household(f.VILLAGE_B, income=630 * 12, since=dt.date(2024, 6, 1))
        signed_in(client, lead)
        first, second = self.request(client), self.request(client)
        assert first["Location"] == second["Location"]
        simulation = Simulation.objects.get()
        assert "正在排队" in text_of(client, "policy:simulation", simulation.pk)
        services.simulation_execute(simulation_id=simulation.pk)
        text = text_of(client, "policy:simulation", simulation.pk)
        assert missing(text, "方案一", "方案二", "2 倍", 'data-chart="bar"', "低保边缘家庭", "下载表格", "乙镇") == []
        book = client.get(reverse("policy:simulation_workbook", args=[simulation.pk]))
        assert zipfile.ZipFile(io.BytesIO(book.content)).testzip() is None
        assert AccessLog.objects.filter(action="EXPORT", object_type="simulation").count() == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"value_1_1": "20"},
            {"value_1_1": ""},
            {"parameter_1_1": ""},
            {"parameter_1_1": "", "value_1_1": "", "parameter_2_1": "", "value_2_1": ""},
            {"division": f.OTHER_COUNTY},
            {"as_of": "soon"},
        ],
    )
    def test_wrong_case_is_told(self, client, lead, wrong):
        signed_in(client, lead)
        assert self.request(client, **wrong).status_code == 422
        assert Simulation.objects.count() == 0

    @pytest.mark.parametrize(("role", "status"), [("TOWN_CLERK", 403), ("DEPT_MED", 403), ("POLICY_ADMIN", 200)])
    def test_who_simulates(self, client, role, status):
        signed_in(client, f.make_user(role, f.TOWN_A if role == "TOWN_CLERK" else f.COUNTY))
        assert client.get(reverse("policy:simulation_new")).status_code == status

    def test_of_another_county_is_not_found(self, client, lead):
        signed_in(client, lead)
        self.request(client)
        signed_in(client, f.make_user("CNTY_LEAD", f.OTHER_COUNTY))
        assert client.get(reverse("policy:simulation", args=[Simulation.objects.get().pk])).status_code == 404


class TestArrears:
    def test_list_lines_and_workbook(self, client, drafter, lead):
        standards()
        household = f.make_household(f.VILLAGE_A, income=1200, category="DIBAO", since=dt.date(2024, 6, 1))
        with clock.at(clock.at_noon(dt.date(2025, 1, 10))):
            decision = determination.decision_compute(actor=None, household_id=household.pk)
            determination.decision_confirm(
                actor=f.make_user("TOWN_HEAD", f.TOWN_A), decision_id=decision.pk, opinion="同意"
            )
        publish(drafter, lead, valid_from=dt.date(2025, 2, 1))
        arrears = determination.arrears_execute(arrears_id=ArrearsList.objects.get().pk)
        signed_in(client, lead)
        assert (
            missing(text_of(client, "determination:arrears_lists"), "低保标准（农村）改为 每人每月 660 元", "60.00")
            == []
        )
        text = text_of(client, "determination:arrears", arrears.pk)
        assert missing(text, "2025-02", "500.00", "560.00", "60.00", "不自动执行") == []
        book = client.get(reverse("determination:arrears_workbook", args=[arrears.pk]))
        assert zipfile.ZipFile(io.BytesIO(book.content)).testzip() is None
        assert AccessLog.objects.filter(action="EXPORT", object_type="arrears").count() == 1
        client.post(reverse("determination:arrears_compute", args=[arrears.change_id]), {"idempotency_key": "a1"})
        assert ArrearsList.objects.count() == 2

    def test_not_for_every_role(self, client):
        signed_in(client, f.make_user("TOWN_CLERK", f.TOWN_A))
        assert client.get(reverse("determination:arrears_lists")).status_code == 403


@pytest.mark.parametrize("rows", [1, 12])
@pytest.mark.parametrize("page", ["policy:changes", "policy:simulations", "policy:standards", "policy:packs"])
def test_cost_of_pages(client, drafter, lead, rows, page):
    standards()
    names = ["dibao_standard", "margin_multiplier", "rigid_ratio", "disposable_income"]
    numbers = ["700", "2", "0.6", "40000"]
    for _ in range(rows // 4 or 1):
        for name, number in zip(names[: min(rows, 4)], numbers, strict=False):
            change = draft(drafter, parameter=name, area="", value=number)
            services.change_withdraw(actor=drafter, change_id=change.pk, version=0, reason="试")
    for _ in range(rows):
        services.simulation_request(
            actor=lead, division=f.COUNTY, title="试", as_of=MARCH,
            cases={"方案一": [services.Assumption("margin_multiplier", "", "2")]},
        )  # fmt: skip
    signed_in(client, lead)
    queries_of(client, page)


@pytest.mark.parametrize("households", [1, 8])
def test_cost_of_moved_households(client, drafter, lead, households):
    standards()
    for _ in range(households):
        f.make_household(f.VILLAGE_A, income=1200, since=dt.date(2024, 6, 1))
    change = try_out(lead, draft(drafter))
    signed_in(client, lead)
    queries_of(client, "policy:change_moves", change.pk)
    assert queries.move_list(lead, queries.trial_of(change)).count == households


@pytest.mark.parametrize("households", [1, 5])
def test_cost_of_arrears(client, drafter, lead, households):
    standards()
    head = f.make_user("TOWN_HEAD", f.TOWN_A)
    with clock.at(clock.at_noon(dt.date(2025, 1, 10))):
        for _ in range(households):
            household = f.make_household(f.VILLAGE_A, income=1200, category="DIBAO", since=dt.date(2024, 6, 1))
            decision = determination.decision_compute(actor=None, household_id=household.pk)
            determination.decision_confirm(actor=head, decision_id=decision.pk, opinion="同意")
    publish(drafter, lead, valid_from=dt.date(2025, 2, 1))
    arrears = determination.arrears_execute(arrears_id=ArrearsList.objects.get().pk)
    signed_in(client, lead)
    queries_of(client, "determination:arrears", arrears.pk)
    queries_of(client, "determination:arrears_lists")

"""告知书: what it says, that it is a readable PDF with its font inside, who may take it out."""

from __future__ import annotations

import datetime as dt
import re
import struct
import zlib

import pytest
import typst
from django.urls import reverse

from doudi.apps.audit.models import AccessLog
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict
from doudi.apps.determination import notice, services
from doudi.apps.determination.explanation import explain
from doudi.apps.determination.notice import Addressee, chinese_font, notice_content, notice_pdf, render, title_of
from doudi.apps.policy.services import StandardRow, standards_import
from tests import factories as f

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 3, 1)
TO = Addressee("张大山", "410522********271X", "4105220000001", "崔家桥镇东曹马村")


@pytest.fixture(autouse=True)
def _on_the_day():
    with clock.at(clock.at_noon(DAY)):
        yield


@pytest.fixture(autouse=True)
def _standards():
    numbers = {("dibao_standard", "rural"): 600, ("disposable_income", ""): 36000, ("pay_day", ""): 10}
    rows = [StandardRow(name, f.COUNTY, area, dt.date(2024, 1, 1), n) for (name, area), n in numbers.items()]
    standards_import(actor=None, rows=rows, is_sample=True)


def decided(income, *, refuse="", name="张大山", **fields):
    """A household of one, computed by the clerk and decided by the head of the township."""
    household = f.make_household(f.VILLAGE_A, members=[("head", f.make_person(name))], income=income, **fields)
    clerk, head = f.make_user("TOWN_CLERK", f.TOWN_A), f.make_user("TOWN_HEAD", f.TOWN_A)
    trial = services.decision_compute(actor=clerk, household_id=household.pk)
    if refuse:
        return services.decision_refuse(actor=head, decision_id=trial.pk, reason=refuse)
    return services.decision_confirm(actor=head, decision_id=trial.pk, opinion="同意")


def content(decision, to=TO):
    names = {str(decision.household.head_id): to.name}
    return notice_content(decision, explain(decision, names), to, names)


def pdf_of(decision, to=TO):
    names = {str(decision.household.head_id): to.name}
    return notice_pdf(decision, explain(decision, names), to, names)


def pages_and_fonts(pdf):
    """What the PDF's objects say: number of pages, names of embedded fonts."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    text = pdf
    for stream in streams:
        try:
            text += zlib.decompress(stream)
        except zlib.error:
            continue
    return len(re.findall(rb"/Type\s*/Page\b", text)), set(re.findall(rb"/FontName\s*/([\w+-]+)", text))


class TestApproved:
    def test_it_gives_amount_computation_clause_begin_and_pay_day(self):
        """R332: the numbers put in, the clause with its sentence. 600 − 100 = 500.00 a month."""
        said = content(decided(1200))
        assert said["title"] == "认定结果告知书"
        assert said["members"] == [{"name": "张大山", "category": "低保对象", "route": "整户保"}]
        line = said["lines"][0]
        assert (line["label"], line["amount"], said["total"]) == ("低保金", "每月 500.00 元", "合计：每月 500.00 元")
        assert {
            "label": "低保月差额",
            "formula": "低保标准 600.00 × 共同生活人数 1 − 家庭年收入 1200.00 ÷ 12",
            "value": "500.00 元/月",
        } in line["steps"]
        assert line["cite"] == "安政办〔2024〕1号 二(四)1"
        assert "最低生活保障" in line["sentence"]
        assert said["payment"] == ["自 2025年3月 起计发。", "每月 10 日前发放到账。"]
        assert (said["issuer"], said["date"]) == (f.make_unit(f.TOWN_A).name, "2025年3月1日")
        assert any("《行政复议法》" in row for row in said["objection"])

    def test_it_says_why_no_higher_category_and_leaves_the_lower_ones_out(self):
        said = content(decided(9600))  # 800 a month: above 600, below 900
        assert [reason["label"] for reason in said["reasons"] if "：" in reason["label"]][:2] == [
            "特困人员：不符合",
            "低保对象：不符合",
        ]
        assert said["reasons"][1]["conditions"][0]["text"] == (
            "家庭人均月收入 800.00 元 不低于 低保标准 600.00 元，超出 200.00 元。"
        )
        assert said["members"][0]["category"] == "低保边缘"


class TestRefused:
    def test_reasons_are_written_for_every_category_with_number_and_clause(self):
        """A refusal gives its reasons in writing (《社会救助暂行办法》: 不予批准的，书面说明理由)."""
        said = content(decided(60000))
        assert said["title"] == "不予认定告知书"
        texts = {reason["label"]: [c["text"] for c in reason["conditions"]] for reason in said["reasons"]}
        assert texts["低保对象：不符合"] == ["家庭人均月收入 5000.00 元 不低于 低保标准 600.00 元，超出 4400.00 元。"]
        assert texts["低保边缘：不符合"] == [
            "家庭人均月收入 5000.00 元 不低于 低保标准 600.00 × 低保边缘倍数 1.5（即 900.00 元），超出 4100.00 元。"
        ]
        assert {"刚性支出困难：不符合", "其他困难：不符合", "特困人员：不符合"} <= texts.keys()
        assert all(c["cite"] for reason in said["reasons"] for c in reason["conditions"])
        assert (said["lines"], said["payment"], said["members"], said["total"]) == ([], [], [], "")

    def test_the_authoritys_own_reason_stands_where_it_does_not_follow_the_computation(self):
        said = content(decided(1200, refuse="入户核实发现隐瞒经营收入"))
        assert (said["title"], said["opinion"]) == ("不予认定告知书", "入户核实发现隐瞒经营收入")
        assert said["lines"] == []


def test_a_trial_has_no_notice():
    household = f.make_household(f.VILLAGE_A)
    trial = services.decision_compute(actor=None, household_id=household.pk)
    assert title_of(trial) == ""
    with pytest.raises(Conflict, match="试算结果不能出具告知书"):
        content(trial)


@pytest.mark.parametrize("income", [1200, 60000], ids=["approved", "refused"])
def test_the_pdf_embeds_a_chinese_font(income):
    pages, fonts = pages_and_fonts(pdf_of(decided(income)))
    assert pages >= 1
    family = chinese_font()[1].replace(" ", "").removesuffix("SC").encode()
    assert [name for name in fonts if family in name]


def white_margins(png, least):
    """Whether the picture is white at its left and right edges, ``least`` of its width each (8 bits a channel)."""
    width, height, _, colour = struct.unpack(">IIBB", png[16:26])
    size = {2: 3, 6: 4}[colour]
    chunks, at = b"", 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        chunks += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += length + 12
    raw, stride, row = zlib.decompress(chunks), width * size, bytearray(width * size)
    edge = int(width * least) * size
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        for x in range(stride):
            left, up = line[x - size] if x >= size else 0, row[x]
            corner = row[x - size] if x >= size else 0
            near = min(
                (abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner)
            )
            line[x] = (line[x] + (0, left, up, (left + up) // 2, near[2])[kind]) & 255
        row = line
        if set(row[:edge]) | set(row[-edge:]) != {255}:
            return False
    return True


def test_the_longest_names_and_addresses_stay_on_the_page():
    name = "古丽巴哈尔·阿卜杜热合曼·买买提明·努尔艾合买提江" * 2
    to = Addressee(name, "410522********271X", "4105220000001" * 3, "新疆维吾尔自治区" * 12 + "A" * 120)
    pages = render(content(decided(60000, refuse="理由" * 150), to) | {"issuer": "某某" * 30}, "png", ppi=36)
    assert len(pages) >= 2
    assert [white_margins(page, 0.08) for page in pages] == [True] * len(pages)


def test_data_is_never_read_as_markup():
    to = Addressee('#read("/etc/passwd") *x* $y$ @z', "", "1", "#panic()")
    assert pdf_of(decided(1200), to).startswith(b"%PDF")


def test_without_a_chinese_font_the_package_is_named(monkeypatch):
    monkeypatch.setattr(typst.Fonts, "families", lambda self: ["DejaVu Sans"], raising=False)
    monkeypatch.setattr(notice, "FONTS", ("No Such Font",))
    chinese_font.cache_clear()
    decision = decided(1200)
    with pytest.raises(Conflict, match="fonts-noto-cjk"):
        pdf_of(decision)
    chinese_font.cache_clear()


class TestPage:
    def open(self, client, decision, role="TOWN_CLERK", division=f.TOWN_A):
        client.force_login(f.make_user(role, division))
        return client.get(reverse("determination:notice", args=[decision.pk]))

    def test_it_comes_as_pdf_and_is_logged(self, client):
        decision = decided(1200)
        answer = self.open(client, decision)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF")
        logged = AccessLog.objects.get(action="EXPORT")
        assert (logged.object_type, logged.object_id) == ("decision", str(decision.pk))

    def test_it_never_holds_a_whole_id_number(self, client):
        decision = decided(1200)
        members = content(decision, Addressee("张", "410522********271X", "1", "村"))
        assert decision.household.head.id_number not in str(members)

    @pytest.mark.parametrize(
        ("role", "division", "status"),
        [("TOWN_CLERK", f.TOWN_B, 404), ("DEPT_MED", f.COUNTY, 403), ("VIL_ASSIST", f.VILLAGE_A, 403)],
    )
    def test_it_is_refused_like_the_decision_and_nothing_goes_out(self, client, role, division, status):
        assert self.open(client, decided(1200), role, division).status_code == status
        assert AccessLog.objects.filter(action="EXPORT").count() == 0

    def test_a_trial_is_a_conflict(self, client):
        trial = services.decision_compute(actor=None, household_id=f.make_household(f.VILLAGE_A).pk)
        assert self.open(client, trial).status_code == 409
        assert AccessLog.objects.filter(action="EXPORT").count() == 0

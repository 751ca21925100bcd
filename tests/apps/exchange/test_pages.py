"""Pages of exchange: what each role sees, what goes in and out, how many statements a list costs."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from doudi.apps.audit.models import AccessLog
from doudi.apps.base import clock
from doudi.apps.exchange.models import ApiKey, Batch, HeadingRule
from tests.apps.exchange.files import HEADINGS, envelope, funeral, number, row, send
from tests.apps.pages import queries_of
from tests.factories import COUNTY, OTHER_COUNTY, TOWN_A, make_divisions, make_household, make_user

pytestmark = pytest.mark.django_db
BAD = "410522194001010018"
MIXED = funeral([row(1), f"{BAD},李四,2025-02-11,", f"{number(3)},=cmd|calc,某日,"])


@pytest.fixture(autouse=True)
def _divisions() -> None:
    make_divisions()


def signed_in(role: str = "CNTY_DATA", **where: Any) -> Client:
    client = Client()
    client.force_login(make_user(role, **where), backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Client, content: bytes = MIXED, **fields: Any) -> Any:
    values = {
        "feed": "funeral",
        "period": "2025-03",
        "file": SimpleUploadedFile("殡葬.csv", content),
        "idempotency_key": "k1",
    }
    return client.post(reverse("exchange:deliver"), values | fields)


def test_a_delivery_leads_to_its_receipt() -> None:
    client = signed_in()
    response = post(client)
    batch = Batch.objects.get()
    assert response.headers["Location"] == reverse("exchange:batch", args=[batch.pk])
    text = client.get(response.headers["Location"]).content.decode()
    assert "报送回执" in text
    assert "“身份证号码”" in text or "校验" in text
    receipt = client.get(reverse("exchange:receipt", args=[batch.pk])).json()
    assert (receipt["received"], receipt["accepted"], receipt["quarantined"]) == (3, 1, 2)


def test_the_same_form_twice_is_one_delivery() -> None:
    client = signed_in()
    post(client)
    post(client)
    assert Batch.objects.get().deliveries == 1


def test_an_envelope_is_read() -> None:
    post(signed_in(), envelope=SimpleUploadedFile("e.json", envelope(MIXED, record_count=9)))
    assert Batch.objects.get().state == "REFUSED"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"file": ""}, "请选择数据文件"),
        ({"period": "2025-3"}, "请写成 2025-03"),
        ({"period": "2098-01"}, "账期不能晚于本月"),
        ({"feed": "disability"}, "请选择本单位的数据"),
    ],
)
def test_a_wrong_form_comes_back_with_its_input(fields: dict[str, str], said: str) -> None:
    response = post(signed_in(), **fields)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Batch.objects.exists()


@pytest.mark.parametrize("role", ["TOWN_CLERK", "VIL_ASSIST", "SYS_ADMIN", "CNTY_LEAD", "CITY_CA"])
def test_roles_without_upload_get_no_form_and_no_effect(role: str) -> None:
    response = post(signed_in(role))
    assert response.status_code == 403
    assert not Batch.objects.exists()


@pytest.mark.parametrize("name", ["feeds", "batches"])
@pytest.mark.parametrize("role", ["TOWN_CLERK", "TOWN_HEAD", "VIL_ASSIST", "SYS_ADMIN"])
def test_roles_without_feeds_are_refused_and_logged(name: str, role: str) -> None:
    assert signed_in(role, division=TOWN_A).get(reverse(f"exchange:{name}")).status_code == 403
    assert AccessLog.objects.filter(action="REFUSED").count() == 1


BATCH_PAGES = {"batch": "殡葬", "receipt": "batch_id", "quarantine": "殡葬"}


@pytest.mark.parametrize("name", BATCH_PAGES)
@pytest.mark.parametrize(
    ("role", "where", "status"),
    [
        ("CNTY_DATA", {}, 200),
        ("CITY_CA", {"division": "410500000000"}, 200),
        ("CNTY_DATA", {"division": OTHER_COUNTY}, 404),
        ("DEPT_MED", {"department": "MED"}, 404),
        ("TOWN_CLERK", {"division": TOWN_A}, 403),
    ],
)
def test_a_batch_is_seen_by_its_county_and_its_department_only(
    name: str, role: str, where: dict[str, str], status: int
) -> None:
    batch = send(MIXED)
    response = signed_in(role, **where).get(reverse(f"exchange:{name}", args=[batch.pk]))
    assert response.status_code == status
    assert (BATCH_PAGES[name] in response.content.decode()) == (status == 200)


def test_a_department_sees_its_own_feeds_and_batches() -> None:
    settlements = (
        "结算流水号,证件号码,人员姓名,医疗类别,结算日期,定点机构,"
        "医疗费总额,政策范围内费用,基本医保支付,大病保险支付,医疗救助支付\r\n"
    )
    own = send(settlements.encode(), feed="medical_settlement")
    send(MIXED)
    client = signed_in("DEPT_MED", department="MED")
    text = client.get(reverse("exchange:feeds")).content.decode()
    assert "医保结算" in text
    assert "殡葬" not in text
    listed = client.get(reverse("exchange:batches")).content.decode()
    assert reverse("exchange:batch", args=[own.pk]) in listed
    assert "共 1 批" in listed


def test_quarantine_is_masked_on_the_page() -> None:
    batch = send(MIXED)
    text = signed_in().get(reverse("exchange:quarantine", args=[batch.pk])).content.decode()
    assert "410522********0018" in text
    assert BAD not in text
    assert number(3) not in text
    assert "李四" not in text
    assert "李*" in text


def test_quarantine_narrows_to_a_reason() -> None:
    batch = send(MIXED)
    text = signed_in().get(reverse("exchange:quarantine", args=[batch.pk]), {"reason": "DATE_FORMAT"}).content.decode()
    assert "第 3 条" in text
    assert "第 2 条" not in text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_bad_rows_come_back_as_delivered_with_their_reasons_and_leave_a_trace(encoding: str) -> None:
    """The cells stay byte for byte, so that the corrected file can be delivered again."""
    content = funeral([row(1), f"{BAD},李四,2025-02-11,", f"{number(3)},=cmd|calc,某日,"], encoding)
    batch = send(content)
    response = signed_in().post(reverse("exchange:quarantine_file", args=[batch.pk]), {"form": "original"})
    lines = b"".join(response.streaming_content).decode(encoding).splitlines()
    assert lines[0] == f"{HEADINGS},退回原因"
    assert lines[1].startswith(f"{BAD},李四,2025-02-11,,")
    assert lines[2].startswith(f"{number(3)},=cmd|calc,某日,,")
    log = AccessLog.objects.get(action="EXPORT")
    assert (log.object_id, log.detail["rows"]) == (str(batch.pk), 2)
    assert "attachment" in response.headers["Content-Disposition"]


def test_the_corrected_file_is_accepted_with_its_reason_column() -> None:
    batch = send(MIXED)
    response = signed_in().post(reverse("exchange:quarantine_file", args=[batch.pk]), {"form": "original"})
    returned = b"".join(response.streaming_content)
    fixed = returned.replace(BAD.encode(), number(2).encode()).replace("某日".encode(), b"2025-02-12")
    assert (send(fixed).accepted, send(fixed).quarantined) == (2, 0)


def test_bad_rows_open_in_a_spreadsheet_as_texts_that_carry_nothing_out() -> None:
    """A cell that begins like a formula, and a row that cannot be split, are texts; the file can be delivered again."""
    batch = send(funeral([row(1), f"{BAD},=cmd|' /C calc'!A0,2025-02-11,", f"{number(3)},+1,某日,", 'a"b']))
    response = signed_in().post(reverse("exchange:quarantine_file", args=[batch.pk]))
    content = b"".join(response.streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}
    assert not any("<f>" in text or "<f " in text for text in parts.values())
    cells = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert cells[0] == [*HEADINGS.split(","), "退回原因"]
    assert cells[1][:4] == [BAD, "=cmd|' /C calc'!A0", "2025-02-11", ""]
    assert cells[3][0] == 'a"b'
    again = send(content, file_name="隔离.xlsx")
    assert (again.state, again.quarantined) == ("STAGED", 3)


@pytest.mark.parametrize(
    ("role", "where", "status"),
    [
        ("CNTY_LEAD", {}, 403),
        ("AUDITOR", {}, 403),
        ("DEPT_MED", {"department": "MED"}, 404),
        ("CNTY_DATA", {"division": OTHER_COUNTY}, 404),
    ],
)
def test_bad_rows_are_not_given_to_others(role: str, where: dict[str, str], status: int) -> None:
    batch = send(MIXED)
    response = signed_in(role, **where).post(reverse("exchange:quarantine_file", args=[batch.pk]))
    assert response.status_code == status
    assert not AccessLog.objects.filter(action="EXPORT").exists()


def test_a_download_needs_a_post() -> None:
    batch = send(MIXED)
    assert signed_in().get(reverse("exchange:quarantine_file", args=[batch.pk])).status_code == 405


@pytest.mark.parametrize("name", ["exchange:feeds", "exchange:batches"])
def test_statements_of_lists(name: str) -> None:
    for at in range(25):
        send(funeral([row(at)]), period="2025-03")
    queries_of(signed_in(), name)


def test_the_difference_of_a_correction_is_seen_before_the_second_click() -> None:
    first, second = send(funeral([row(1), row(2)])), send(funeral([row(2, died="2025-02-12"), row(3)]))
    client = signed_in()
    text = client.get(reverse("exchange:difference", args=[second.pk])).content.decode()
    assert '<del class="muted">2025-02-11</del> → <b>2025-02-12</b>' in text
    assert "张" not in text
    assert number(2) not in text
    posted = {"against": first.version}
    assert client.post(reverse("exchange:accept", args=[second.pk]), {"against": "old"}).status_code == 409
    assert client.post(reverse("exchange:accept", args=[second.pk]), posted).status_code == 302
    second.refresh_from_db()
    assert second.state == "ACCEPTED"
    assert client.get(reverse("exchange:difference", args=[second.pk])).status_code == 302


def test_a_correction_is_refused_with_a_reason_on_the_page() -> None:
    send(funeral([row(1), row(2)]))
    second = send(funeral([row(3)]))
    client = signed_in()
    path = reverse("exchange:discard", args=[second.pk])
    assert "请写明不采用的原因" in client.post(path, {"reason": ""}).content.decode()
    client.post(path, {"reason": "错账期"})
    text = client.get(reverse("exchange:batch", args=[second.pk])).content.decode()
    assert "本批次未采用：错账期" in text


@pytest.mark.parametrize("role", ["CNTY_LEAD", "CITY_CA", "AUDITOR", "CNTY_SUP"])
def test_others_see_the_difference_without_the_buttons(role: str) -> None:
    send(funeral([row(1), row(2)]))
    second = send(funeral([row(3)]))
    where = {"division": "410500000000"} if role == "CITY_CA" else {}
    client = signed_in(role, **where)
    text = client.get(reverse("exchange:difference", args=[second.pk])).content.decode()
    assert "确认生效" not in text
    assert "不采用本批次" not in text
    assert client.post(reverse("exchange:accept", args=[second.pk]), {"against": "x"}).status_code == 403
    assert client.post(reverse("exchange:discard", args=[second.pk]), {"reason": "x"}).status_code == 403


def test_a_key_is_shown_once_on_its_page() -> None:
    make_household()
    client = signed_in("SYS_ADMIN")
    values = {
        "county": COUNTY, "feeds": ["funeral", "marriage"], "holder": "殡葬系统", "days": "30",
        "per_minute": "60", "idempotency_key": "n1",
    }  # fmt: skip
    text = client.post(reverse("exchange:key_new"), values).content.decode()
    key = re.search(r"ddk_[0-9a-f]{12}_[\w-]{43}", text)
    assert key is not None
    assert "只显示这一次" in text
    assert client.post(reverse("exchange:key_new"), values).status_code == 302
    text = client.get(reverse("exchange:keys")).content.decode()
    assert key[0] not in text
    assert "殡葬系统" in text
    made = ApiKey.objects.get()
    client.post(reverse("exchange:key_revoke", args=[made.pk]))
    assert "已停用" in client.get(reverse("exchange:keys")).content.decode()


def test_a_key_for_two_departments_is_refused_on_its_page() -> None:
    make_household()
    values = {
        "county": COUNTY,
        "feeds": ["funeral", "disability"],
        "holder": "x",
        "days": "1",
        "per_minute": "1",
    }
    response = signed_in("SYS_ADMIN").post(reverse("exchange:key_new"), values)
    assert response.status_code == 422
    assert "一把密钥只能用于一个部门的数据" in response.content.decode()
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("role", ["CNTY_DATA", "SEC_ADMIN", "CNTY_LEAD"])
def test_others_do_not_see_keys(role: str) -> None:
    assert signed_in(role).get(reverse("exchange:keys")).status_code == 403
    assert signed_in(role).get(reverse("exchange:key_new")).status_code == 403


def test_a_batch_shows_its_score_with_parts_doubts_and_other_deliveries() -> None:
    """SUP-12: each rule by its number; a feed that shrank by more than a fifth clears no alert."""
    send(funeral([row(at) for at in range(10)]), period="2025-02")
    batch = send(funeral([row(1), row(2, died="2025-09-01")]))
    other = send(funeral([row(3)]))
    text = signed_in().get(reverse("exchange:batch", args=[batch.pk])).content.decode()
    assert "DQ-905 比上期减少 80.0%，超过 20%" in text
    assert "不据此消除预警" in text
    assert "DQ-202" in text
    assert "死亡日期晚于报送日期" in text
    assert reverse("exchange:batch", args=[other.pk]) in text
    assert batch.trusted is False
    assert f"{batch.score} 分" in text


def test_lights_say_how_many_days() -> None:
    send(funeral([row(1)]), period="2025-03")
    client = signed_in()
    for day, said in (
        (dt.date(2025, 4, 20), "正常"),
        (dt.date(2025, 5, 5), "还有 5 天"),
        (dt.date(2025, 5, 10), "还有 0 天"),
        (dt.date(2025, 5, 13), "迟到 3 天"),
    ):
        with clock.at(clock.at_noon(day)):
            client.force_login(make_user("CNTY_DATA"), backend="django.contrib.auth.backends.ModelBackend")
            text = client.get(reverse("exchange:feeds")).content.decode()
        assert said in text
        assert "未接入" in text


OWN = "公民身份号码（本人）,逝者姓名（全名）,死亡日期,火化时间,经办科室\r\n"


def own_headings(at: int = 1) -> bytes:
    return (OWN + f"{number(at)},张三,2025-02-11,2025-02-12,一科\r\n").encode()


def test_an_owners_headings_are_asked_once_and_remembered() -> None:
    refused = send(own_headings())
    assert refused.state == "REFUSED"
    client = signed_in()
    path = reverse("exchange:headings", args=[refused.pk])
    assert path in client.get(reverse("exchange:batch", args=[refused.pk])).content.decode()
    text = client.get(path).content.decode()
    asked = refused.unknown_headings["unknown"]
    assert "经办科室" in asked
    fields = {
        "公民身份号码（本人）": "id_number",
        "逝者姓名（全名）": "name",
        "火化时间": "cremated_on",
        "经办科室": "-",
    }
    for heading, name in fields.items():
        if heading in refused.unknown_headings["proposed"]:
            assert f'<option value="{name}" selected>' in text
    posted = {f"h{at}": fields[heading] for at, heading in enumerate(asked)}
    assert client.post(path, posted | {"h0": ""}).status_code == 422
    assert client.post(path, dict.fromkeys(posted, "died_on")).status_code == 422
    assert client.post(path, posted).status_code == 302
    assert send(own_headings()).state == "ACCEPTED"
    assert send(own_headings(2), period="2025-02").state == "ACCEPTED"
    assert send(own_headings(2), county=OTHER_COUNTY).state == "REFUSED"
    text = client.get(reverse("exchange:heading_rules")).content.decode()
    assert "逝者姓名（全名）" in text
    rule = HeadingRule.objects.get(heading="逝者姓名（全名）")
    client.post(reverse("exchange:heading_forget", args=[rule.pk]))
    assert send(own_headings(3), period="2025-01").state == "REFUSED"


def test_others_do_not_say_what_headings_mean() -> None:
    refused = send(own_headings())
    path = reverse("exchange:headings", args=[refused.pk])
    for role, where, status in (
        ("CNTY_LEAD", {}, 403),
        ("DEPT_MED", {"department": "MED"}, 404),
        ("CNTY_DATA", {"division": OTHER_COUNTY}, 404),
        ("CITY_CA", {"division": "410500000000"}, 403),
    ):
        assert signed_in(role, **where).get(path).status_code == status
        assert signed_in(role, **where).post(path, {"h0": "name"}).status_code == status
    assert not HeadingRule.objects.exists()


def test_a_persons_row_in_place_of_headings_is_not_kept() -> None:
    refused = send(f"{number(1)},张三,死亡日期\r\n{number(2)},李四,2025-02-11\r\n".encode())
    assert (refused.state, refused.unknown_headings) == ("REFUSED", None)

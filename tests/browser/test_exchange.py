"""Deliveries as their people walk them: a list, its correction with the difference, an owner's headings, a key."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest

PAGES = [
    ("data", "/feeds/batches/"), ("data", "/feeds/headings/"), ("dpf", "/feeds/"), ("dpf", "/feeds/batches/"),
    ("city", "/feeds/"), ("audit", "/feeds/batches/"), ("admin", "/feeds/keys/"), ("admin", "/feeds/keys/new/"),
]  # fmt: skip
HEADINGS = "身份证号码,姓名,死亡日期,火化日期"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _number(at: int) -> str:
    """A valid number of somebody who is not in the sample county."""
    body = f"110101{dt.date(1930, 1, 1) + dt.timedelta(days=at):%Y%m%d}{at % 1000:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def _file(rows: list[str], headings: str = HEADINGS) -> bytes:
    return ("\r\n".join([headings, *rows]) + "\r\n").encode()


def _rows(start: int, count: int, died: str = "2020-03-05") -> list[str]:
    return [f"{_number(at)},张三,{died},{died}" for at in range(start, start + count)]


def _deliver(person, content: bytes, period: str) -> None:
    person.open("/feeds/deliver/?feed=funeral")
    person.page.fill("input[name=period]", period)
    person.page.set_input_files("input[name=file]", {"name": "殡葬.csv", "mimeType": "text/csv", "buffer": content})
    person.page.locator("main button[type=submit]", has_text="报送").click()
    person.page.wait_for_url(re.compile(r"/feeds/batches/\d+/"))
    person.check()


def _fits(person) -> bool:
    return bool(person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"))


@pytest.mark.parametrize("phone", [False, True], ids=["1366x768", "390x844"])
@pytest.mark.parametrize(("username", "path"), PAGES, ids=lambda value: str(value))
def test_the_page_opens_without_a_fault(sit_down, username, path, phone):
    person = sit_down(username, phone=phone)
    assert person.open(path) == 200
    assert _fits(person)


@pytest.mark.parametrize("phone", [False, True], ids=["1366x768", "390x844"])
def test_a_correction_counts_after_its_difference_was_seen(sit_down, phone):
    """R025: a delivery, its receipt with score and reasons, and a correction that waits for the second click."""
    period = "2020-05" if phone else "2020-04"
    start = 700 if phone else 100
    data = sit_down("data", phone=phone)
    _deliver(data, _file([*_rows(start, 5), "110101193001010000,李四,2020-03-05,"]), period)
    assert "质量评分" in data.text()
    assert "DQ-005" in data.text()
    assert _fits(data)
    _deliver(data, _file([*_rows(start, 3), *_rows(start + 3, 1, "2020-03-06"), *_rows(start + 50, 2)]), period)
    assert "待县数据岗核对差异" in data.text()
    data.page.click("text=查看差异并确认")
    data.page.wait_for_load_state()
    data.check()
    assert _fits(data)
    assert "2020-03-06" in data.text()
    data.page.on("dialog", lambda dialog: dialog.accept())
    data.page.click("button:has-text('确认生效')")
    if data.page.locator("dialog[open] button").count():
        data.page.locator("dialog[open] button.btn-primary").click()
    data.page.wait_for_url(re.compile(r"/feeds/batches/\d+/$"))
    assert "更正已生效" in data.text()
    assert "已被更正" in data.text()


def test_an_owners_headings_are_asked_once(sit_down):
    own = f"逝者证号{uuid.uuid4().hex[:4]},姓名,死亡日期,火化日期"
    data = sit_down("data")
    _deliver(data, _file(_rows(400, 2), own), "2020-06")
    data.page.click("text=对应列名")
    data.page.wait_for_load_state()
    data.check()
    data.page.select_option("select[name=h0]", "id_number")
    data.page.click("main button[type=submit]")
    data.page.wait_for_url(re.compile(r"/feeds/batches/\d+/$"))
    assert "列名对应已记住" in data.text()
    _deliver(data, _file(_rows(400, 2), own), "2020-06")
    assert "已入库" in data.text()


def test_a_key_is_shown_once(sit_down):
    admin = sit_down("admin")
    admin.open("/feeds/keys/new/")
    admin.page.check("input[name=feeds][value=disability]")
    admin.page.fill("input[name=holder]", "县残联 证件系统")
    admin.page.click("main button[type=submit]")
    admin.page.wait_for_load_state()
    admin.check()
    assert re.search(r"ddk_[0-9a-f]{12}_", admin.text())
    admin.open("/feeds/keys/")
    assert not re.search(r"ddk_[0-9a-f]{12}_", admin.text())

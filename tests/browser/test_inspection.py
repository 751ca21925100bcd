"""Random inspection, screening and key groups before a real Chromium, on both screen sizes."""

from __future__ import annotations

import re

import pytest

PAGES = [
    ("lead", "/inspection/draws/"), ("lead", "/inspection/screenings/"), ("lead", "/inspection/key-groups/"),
    ("lead", "/inspection/key-groups/?state=all"), ("clerk", "/inspection/draws/"),
    ("clerk", "/inspection/key-groups/"), ("clerk", "/inspection/screenings/"), ("clerk", "/inspection/findings/"),
    ("clerk", "/visits/?purpose=INSPECTION"),
]  # fmt: skip


def draw_and_send(person) -> str:
    """Draw 5% of the county, send visitors, and return the draw's address."""
    person.open("/inspection/draws/")
    page = person.page
    title = f"抽查 {page.viewport_size['width']}"
    page.fill("#draw_title", title)
    page.fill("#draw_ratio", "5")
    page.locator("main form button", has_text="抽取").click()
    page.locator("dialog button", has_text="确定").click()
    page.wait_for_url(re.compile(r"/inspection/draws/\d+/"))
    person.check()
    address = page.url
    for box in page.locator("input[name=visitor_ids]").all():
        box.check()
    page.locator("form button", has_text="派发").click()
    page.wait_for_load_state()
    assert "已派发" in person.text()
    return address


@pytest.mark.parametrize("phone", [False, True], ids=["1366x768", "390x844"])
def test_a_draw_is_made_sent_and_drawn_again(sit_down, phone):
    person = sit_down("lead", phone=phone)
    address = draw_and_send(person)
    person.open(address)
    assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    person.open(address + "verify/")
    assert "核验一致" in person.text()


@pytest.mark.parametrize("phone", [False, True], ids=["1366x768", "390x844"])
@pytest.mark.parametrize(("username", "path"), PAGES, ids=lambda value: str(value))
def test_the_page_opens_without_a_fault(sit_down, username, path, phone):
    person = sit_down(username, phone=phone)
    assert person.open(path) == 200
    assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def test_a_years_screening_and_the_key_groups(sit_down):
    person = sit_down("lead")
    person.open("/inspection/key-groups/")
    person.page.locator("button", has_text="更新名单").click()
    person.page.wait_for_load_state()
    assert "名单已更新" in person.text()
    person.check()
    person.open("/inspection/screenings/")
    person.page.locator("form button", has_text="建立").click()
    person.page.wait_for_url(re.compile(r"/inspection/screenings/\d+/"))
    person.check()
    assert "覆盖情况" in person.text()
    person.open(person.page.locator("a[href*='/screenings/entries/']").first.get_attribute("href"))
    person.page.select_option("#entry_result", "UNCHANGED")
    person.page.locator("form button", has_text="保存").click()
    person.page.wait_for_load_state()
    assert "排查结果已记录" in person.text()

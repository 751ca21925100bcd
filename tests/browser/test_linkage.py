"""The queue of who may be one person, as its officers open it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("phone", [False, True], ids=["1366x768", "390x844"])
@pytest.mark.parametrize("username", ["review", "lead", "city"])
def test_the_queue_opens_without_a_fault(sit_down, username, phone):
    person = sit_down(username, phone=phone)
    assert person.open("/linkage/") == 200
    assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def test_a_search_is_started_by_two_clicks(sit_down):
    data = sit_down("data")
    data.open("/linkage/")
    data.page.get_by_role("button", name="开始查重").click()
    data.page.locator("dialog button", has_text="确定").click()
    data.page.get_by_text("已开始查重").wait_for()
    data.check()

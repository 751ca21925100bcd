"""Monitoring's pages before real people: queue, statistics, indicators with a draft, supervision."""

from __future__ import annotations

import pytest

PAGES = [
    ("clerk", "/alerts/queue/"), ("clerk", "/alerts/statistics/"), ("clerk", "/alerts/supervision/"),
    ("review", "/alerts/queue/"), ("review", "/alerts/statistics/?days=365"),
    ("review", "/alerts/supervision/?state=LIVE"),
    ("review", "/alerts/indicators/"), ("review", "/alerts/indicators/?show=silent"),
    ("data", "/alerts/indicators/NCE-02/"), ("review", "/alerts/indicators/PND-01/"),
    ("review", "/alerts/indicators/SUP-01/"), ("lead", "/alerts/indicators/MNE-02/"), ("city", "/alerts/statistics/"),
    ("audit", "/alerts/supervision/"), ("policy", "/alerts/indicators/"),
]  # fmt: skip


@pytest.mark.parametrize("phone", [False, True], ids=["1366x768", "390x844"])
@pytest.mark.parametrize(("username", "path"), PAGES, ids=lambda value: str(value))
def test_the_page_opens_without_a_fault(sit_down, username, path, phone):
    person = sit_down(username, phone=phone)
    assert person.open(path) == 200
    assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def test_the_queue_says_why_and_draws_the_line(sit_down):
    person = sit_down("lead")
    person.open("/alerts/queue/")
    person.page.fill("#visits", "5")
    person.page.click("button:has-text('设定')")
    person.page.wait_for_load_state()
    person.check()
    assert "本周走访" in person.text()
    assert "已等" in person.text()
    assert "超出本周能力" in person.text()


def test_a_threshold_is_drafted_by_one_and_published_by_another(sit_down):
    drafter = sit_down("data")
    drafter.open("/alerts/indicators/NCE-05/")
    drafter.page.select_option("#setting_threshold", "unemployed_months")
    drafter.page.fill("#setting_value", "6")
    drafter.page.fill("#setting_reason", "三个月过短")
    drafter.page.click("button:has-text('起草')")
    drafter.page.wait_for_url("**/alerts/settings/**")
    drafter.check()
    assert drafter.page.locator("button:has-text('发布')").count() == 0
    lead = sit_down("lead")
    lead.open(drafter.page.url)
    lead.page.click("button:has-text('发布')")
    lead.page.locator("dialog button", has_text="确定").click()
    lead.page.wait_for_load_state()
    lead.check()
    lead.open("/alerts/indicators/NCE-05/")
    assert "本地设定" in lead.text()
    assert "6 个月" in lead.text()

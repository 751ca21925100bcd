"""A standard rises, as its people do it: draft → trial on the register → a second person publishes → a new decision."""

from __future__ import annotations

import datetime as dt

import pytest

PAPER = "安县民〔2026〕7号"


def _wait_for_result(person) -> None:
    """Reload the page until the background job has answered."""
    for _ in range(120):
        if "正在" not in person.page.inner_text("main"):
            return
        person.page.wait_for_timeout(1000)
        person.page.reload()
    pytest.fail("the job did not finish")


@pytest.mark.parametrize(
    ("phone", "area", "number"), [(False, "urban", "827"), (True, "rural", "623")], ids=["1366x768", "390x844"]
)
def test_from_draft_to_the_decision_that_uses_it(sit_down, phone, area, number):
    """R302 R332: versioned policy of the county; the number that decided and its paper stand on the decision."""
    policy = sit_down("policy", phone=phone)
    policy.open("/policy/changes/new/dibao_standard/")
    policy.page.select_option("[name=area]", area)
    policy.page.fill("[name=value]", number)
    policy.page.fill("[name=valid_from]", dt.date.today().replace(day=1).isoformat())
    policy.page.fill("[name=document]", PAPER)
    policy.page.fill("[name=reason]", "按年度提标")
    policy.page.click("main .btn-primary[type=submit]")
    policy.page.wait_for_load_state()
    policy.check()
    change = policy.page.url
    policy.page.locator("button", has_text="在登记库上试算").click()
    policy.page.wait_for_load_state()
    _wait_for_result(policy)
    policy.check()
    assert "须由起草人以外" in policy.text()

    lead = sit_down("lead", phone=phone)
    lead.open(change)
    assert "每月增减" in lead.text()
    lead.open(change + "trial/households/")
    household = lead.page.locator("table a[href*='/households/']").first.get_attribute("href")
    lead.open(change)
    lead.page.locator("button", has_text="发布").first.click()
    lead.page.locator("dialog button", has_text="确定").click()
    lead.page.wait_for_selector("text=已发布，自起始日期起按新数测算")
    lead.check()

    lead.open(household)
    lead.page.locator("button, a", has_text="试算").first.click()
    lead.page.wait_for_load_state()
    lead.check()
    assert f"：{number} 元/人/月" in lead.text()
    assert PAPER in lead.text()


def test_what_if_cases_as_tables_charts_and_a_workbook(sit_down):
    lead = sit_down("lead")
    lead.open("/policy/simulations/new/")
    lead.page.fill("[name=title]", "边缘倍数放宽到 2 倍")
    lead.page.select_option("[name=parameter_1_1]", "margin_multiplier")
    lead.page.fill("[name=value_1_1]", "2")
    lead.page.click("main .btn-primary[type=submit]")
    lead.page.wait_for_load_state()
    _wait_for_result(lead)
    lead.page.wait_for_selector("#by-category canvas")
    lead.check()
    assert "低保边缘家庭" in lead.text()
    with lead.page.expect_download() as download:
        lead.page.locator("a", has_text="下载表格").click()
    assert download.value.suggested_filename.endswith(".xlsx")

"""The loop, walked as its people walk it: alert → visit → referral → feedback → chain → closed."""

from __future__ import annotations

import datetime as dt
import re

import pytest


def _link_to_alert(person) -> str:
    """The address of the first alert that nobody has taken up; every class may be referred to a department."""
    person.open("/alerts/?state=NEW")
    return person.page.locator("table a[href*='/alerts/']").first.get_attribute("href")


def _fill_step(person, name: str, **values: str) -> None:
    """Open the step of that name in 下一步, fill it in, send it. A drop-down is chosen by part of its text."""
    step = person.page.locator("details.step", has=person.page.locator("summary", has_text=name)).first
    if step.get_attribute("open") is None:
        step.locator("summary").click()
    for field, value in values.items():
        control = step.locator(f"[name={field}]").first
        if control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(label=control.locator("option", has_text=value).first.inner_text())
        else:
            control.fill(value)
    step.locator("button[type=submit]").click()
    person.page.wait_for_load_state()


@pytest.mark.parametrize("phone", [False, True], ids=["1366x768", "390x844"])
def test_from_alert_to_closed_with_every_step_on_the_chain(sit_down, phone):
    """R016 R033 R105 R109 R259 R272: one alert from the list to the end, by five people on two screen sizes."""
    clerk = sit_down("clerk", phone=phone)
    alert = _link_to_alert(clerk)
    department, unit, item = (
        ("dpf", "残疾人联合会", "残疾儿童康复救助") if phone else ("med", "医疗保障局", "住院医疗救助")
    )
    clerk.open(alert)
    assert "为什么预警" in clerk.text()
    household = clerk.page.locator(".case-meta a[href*='/households/']").get_attribute("href")
    _fill_step(clerk, "派发核查", visitor_id="谢丽媛", instruction="请入户核实")
    clerk.check()

    village = sit_down("village", phone=True)
    village.open("/m/")
    name = clerk.page.locator(".case-meta a[href*='/households/']").inner_text()
    village.page.locator("a.task", has_text=name).first.click()
    village.check()
    village.page.goto(village.page.url.rstrip("/") + "/record/")
    village.check()
    village.page.check("input[name=outcome][value=TRUE_REFER]")
    village.page.fill("[name=findings]", "入户查看，情况与数据一致，医药费未报销。")
    village.page.fill("[name=suggestion]", "建议转责任部门落实")
    village.page.fill("[name=met]", "本人")
    village.page.click(".sticky-actions button[type=submit]")
    village.page.wait_for_load_state()
    village.check()

    clerk.open(alert)
    _fill_step(clerk, "转办部门", item=item, to_unit_id=unit, need="请核对并按规定落实")
    assert "处置中" in clerk.text()

    officer = sit_down(department, phone=phone)
    officer.open("/referrals/?state=SENT")
    officer.page.locator("a[href*='/referrals/']", has_text=re.compile("ZB-")).first.click()
    officer.page.wait_for_load_state()
    officer.check()
    _fill_step(officer, "签收")
    _fill_step(officer, "反馈", item=item, given_on=dt.date.today().isoformat(), amount="1200", note="已支付")
    officer.check()

    head = sit_down("head", phone=phone)
    head.open(alert)
    assert "待办结" in head.text()
    _fill_step(head, "办结", reason="部门已落实并反馈，核对无误")
    assert "已办结" in head.text()

    head.open(household)
    chain = head.page.inner_text(".timeline")
    steps = ["监测预警", "派发核查", "入户走访", "转办推送", "部门办理", "救助帮扶", "办结"]
    assert [step for step in steps if step not in chain] == []
    assert "谢丽媛" in chain
    assert "1,200.00" in chain or "1200.00" in chain


def test_a_department_that_rejects_twice_brings_a_case_conference(sit_down):
    """R035 CPX-03: the second rejection is not the citizen's problem."""
    clerk = sit_down("clerk")
    alert = _link_to_alert(clerk)
    clerk.open(alert)
    _fill_step(clerk, "派发核查", visitor_id="李慧敏")
    clerk.page.locator("a", has_text="填写走访记录").click()
    clerk.page.goto(clerk.page.url.rstrip("/") + "/record/")
    clerk.page.check("input[name=outcome][value=TRUE_REFER]")
    clerk.page.fill("[name=findings]", "待遇确未发放")
    clerk.page.fill("[name=suggestion]", "建议转办")
    clerk.page.click(".sticky-actions button[type=submit]")
    clerk.page.wait_for_load_state()
    clerk.open(alert)
    _fill_step(clerk, "转办部门", item="住院医疗救助", to_unit_id="医疗保障局", need="请核对该户待遇")
    officer = sit_down("med")
    for attempt in (1, 2):
        officer.open("/referrals/?state=SENT")
        officer.page.locator("a[href*='/referrals/']", has_text=re.compile("ZB-")).first.click()
        officer.page.wait_for_load_state()
        _fill_step(officer, "退回", reason=f"不属于本部门职责（第 {attempt} 次）")
        if attempt == 1:
            clerk.open(alert)
            clerk.page.locator(".history-line a[href*='/referrals/']").first.click()
            _fill_step(clerk, "重新转办", need="请再次核对")
    review = sit_down("review")
    review.open("/conferences/")
    assert "待召开" in review.text()
    review.open(alert)
    assert "一事一议" in review.text()

"""A clerk before a decision: why this category and not another, and the notice for the family."""

from __future__ import annotations

import pytest


def compute(person, category):
    """The first household of a category, computed anew; the page of its decision is open."""
    person.open(f"/households/?category={category}")
    person.open(person.page.locator("table a[href*='/households/']").first.get_attribute("href"))
    person.page.locator("button, a", has_text="试算").first.click()
    person.page.wait_for_url("**/decisions/*/")
    person.check()


@pytest.mark.parametrize("phone", [False, True], ids=["1366x768", "390x844"])
@pytest.mark.parametrize("category", ["DIBAO", "MARGIN", "RIGID"])
def test_a_decision_fits_the_screen_and_answers_why_not(sit_down, category, phone):
    """R332: conditions with their numbers and clauses, on both screens."""
    person = sit_down("clerk", phone=phone)
    compute(person, category)
    assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    assert "为什么不是其他类别" in person.text()
    assert person.page.locator("#why-not details[open]").count() >= 1


def test_the_tree_opens_by_keyboard_down_to_a_fact(sit_down):
    person = sit_down("clerk")
    compute(person, "DIBAO")
    step = person.page.locator(".tree summary", has_text="人均收入低于低保标准").first
    inner = person.page.locator(".tree summary", has_text="家庭人均月收入").first
    assert not inner.is_visible()
    step.focus()
    person.page.keyboard.press("Enter")
    inner.wait_for(state="visible")
    person.check()


def test_a_clause_shows_the_sentence_of_the_document(sit_down):
    person = sit_down("clerk")
    compute(person, "MARGIN")
    clause = person.page.locator("#why-not .clause", has_text="安政办〔2024〕1号 二(一)1").first
    clause.locator("summary").click()
    assert "家庭成员人均收入低于当地最低生活保障标准" in clause.locator("q b").inner_text()


def test_a_decided_household_gets_its_notice_as_pdf(sit_down):
    person = sit_down("clerk")
    person.open("/decisions/?state=IN_FORCE")
    person.open(person.page.locator("table a[href*='/decisions/']").first.get_attribute("href"))
    address = person.page.locator("a[href$='/notice/']").get_attribute("href")
    answer = person.page.request.get(person.address + address)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.body().startswith(b"%PDF")

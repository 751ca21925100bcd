"""Every page opens for its people on both screen sizes: no console error, no CSP violation, no serious axe finding."""

from __future__ import annotations

import pytest

PAGES = [
    ("clerk", "/"), ("clerk", "/alerts/"), ("clerk", "/alerts/indicators/"), ("clerk", "/households/"),
    ("clerk", "/visits/"), ("clerk", "/referrals/"), ("clerk", "/conferences/"), ("clerk", "/applications/"),
    ("clerk", "/policy/standards/"), ("clerk", "/policy/"), ("clerk", "/policy/changes/"),
    ("clerk", "/households/search/?q=王"), ("clerk", "/password/"),
    ("head", "/"), ("lead", "/"), ("review", "/"), ("review", "/alerts/runs/"), ("review", "/feeds/"),
    ("data", "/"), ("data", "/feeds/"), ("data", "/feeds/deliver/"), ("data", "/feeds/batches/"),
    ("med", "/"), ("med", "/referrals/"), ("med", "/feeds/"), ("dpf", "/referrals/"),
    ("city", "/"), ("city", "/alerts/"), ("audit", "/"), ("audit", "/audit/"), ("admin", "/"), ("admin", "/users/"),
    ("policy", "/policy/"), ("policy", "/policy/packs/anyang/"), ("policy", "/policy/packs/anyang/?tab=rules"),
    ("policy", "/policy/packs/anyang/?tab=items"), ("policy", "/policy/packs/anyang/?tab=clauses"),
    ("policy", "/policy/packs/anyang/?tab=cases"), ("policy", "/policy/compare/?a=anyang&b=zhengzhou"),
    ("policy", "/policy/packs/anyang/dibao_standard/"), ("policy", "/policy/changes/new/dibao_standard/"),
    ("policy", "/policy/simulations/new/"), ("lead", "/decisions/arrears/"), ("med", "/policy/standards/"),
    ("village", "/m/"), ("village", "/m/done/"),
]  # fmt: skip


@pytest.mark.parametrize("phone", [False, True], ids=["1366x768", "390x844"])
@pytest.mark.parametrize(("username", "path"), PAGES, ids=lambda value: str(value))
def test_the_page_opens_without_a_fault(sit_down, username, path, phone):
    person = sit_down(username, phone=phone)
    assert person.open(path) == 200
    assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


@pytest.mark.parametrize("phone", [False, True], ids=["1366x768", "390x844"])
def test_the_household_page_opens_on_its_chain(sit_down, phone):
    """R016: the chain is the page that people open first."""
    person = sit_down("clerk", phone=phone)
    person.open("/households/")
    person.open(person.page.locator("table a[href*='/households/']").first.get_attribute("href"))
    assert "一户一条救助链" in person.text()


def test_a_decision_shows_its_computation_and_clause(sit_down):
    person = sit_down("clerk")
    person.open("/households/?category=DIBAO")
    person.open(person.page.locator("table a[href*='/households/']").first.get_attribute("href"))
    person.page.locator("button, a", has_text="试算").first.click()
    person.page.wait_for_load_state()
    person.check()
    assert "安政办〔2024〕1号" in person.text()
    assert "低保标准" in person.text()

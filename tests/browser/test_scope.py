"""A household of another township: refused, logged, and no field of it appears."""

from __future__ import annotations

import pytest


def _foreign_household(sit_down) -> tuple[str, str, str]:
    """Path, number and head of a household outside the sample clerk's township."""
    review, clerk = sit_down("review"), sit_down("clerk")
    clerk.open("/households/")
    own = clerk.page.inner_text(".topbar, header")
    review.open("/households/")
    for row in review.page.locator("table tbody tr").all():
        link = row.locator("a[href*='/households/']").first
        if not any(town in own for town in row.inner_text().split() if town.endswith(("镇", "乡"))):
            path = link.get_attribute("href")
            review.open(path)
            number = review.page.locator("dd", has_text="4105").first.inner_text()
            return path, number, review.page.inner_text("h1").split()[0]
    pytest.fail("every household of the first page lies in the clerk's township")


def test_by_address_by_search_and_by_api_nothing_of_it_appears(sit_down):
    """R266: by authority only."""
    path, number, head = _foreign_household(sit_down)
    clerk = sit_down("clerk")
    assert clerk.page.goto(clerk.address + path).status == 404
    assert head not in clerk.text()
    clerk.page.goto(f"{clerk.address}/households/search/?q={number}")
    assert clerk.page.locator("a[href*='/households/']", has_text=head).count() == 0
    answer = clerk.page.request.get(f"{clerk.address}/api/v1/households/{number}")
    assert answer.status == 404
    assert head not in answer.text()
    clerk.faults.clear()  # the browser itself reports the 404 that this test asks for
    audit = sit_down("audit")
    audit.open("/audit/?action=REFUSED")
    assert path in audit.text()

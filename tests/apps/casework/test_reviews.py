"""Who was reviewed and stayed stands in the snapshot: MNE-14 and MNE-15 count the next review from that day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from doudi.apps.accounts.models import User
from doudi.apps.base.scoped import level_codes
from doudi.apps.casework.models import Application, Visit, VisitTask
from doudi.apps.determination.models import Decision
from doudi.apps.monitoring.models import Alert
from doudi.apps.registry.models import Household
from doudi.apps.registry.snapshot import export_snapshot
from tests import factories as f
from tests.apps.monitoring.builders import make_alert

pytestmark = pytest.mark.django_db
MARCH_10 = dt.datetime(2025, 3, 10, 2, 30, tzinfo=dt.UTC)
NEXT_MONTH_HERE = dt.datetime(2025, 3, 31, 17, 0, tzinfo=dt.UTC)  # 1 April, 01:00 here


@pytest.fixture
def clerk() -> User:
    return f.make_user("TOWN_CLERK", f.TOWN_A)


def reviews(folder: Path, period: str = "2025-03") -> list[tuple[Any, ...]]:
    """(household_key, kind, last_on) of the county's snapshot."""
    path = export_snapshot(f.COUNTY, period, folder / period) / "reviews.parquet"
    return duckdb.connect().sql(f"SELECT household_key, kind, last_on FROM '{path}'").fetchall()


def recheck(home: Household, clerk: User, state: str, at: dt.datetime = MARCH_10, channel: str = "review") -> None:
    Application.objects.create(
        application_no=f"SQ{Application.objects.count()}", household=home, channel=channel, reason="年度复核",
        state=state, submitted_by=clerk, submitted_at=at - dt.timedelta(days=5), decided_at=at,
        **level_codes(f.VILLAGE_A),
    )  # fmt: skip


def decided(home: Household, category: str, at: dt.datetime = MARCH_10, state: str = "IN_FORCE") -> None:
    Decision.objects.create(
        household=home, state=state, pack="anyang", pack_version="v", as_of=at.date(), inputs={}, standards={},
        result={}, category=category, computed_at=at, decided_at=at,
    )  # fmt: skip


def checked(home: Household, clerk: User, indicator: str, outcome: str, state: str = "CLOSED") -> Alert:
    """An alert whose visit ended in ``outcome`` on 10 March."""
    alert = make_alert(household=home, indicator=indicator, state=state, outcome=outcome, created_at=MARCH_10,
                       closed_at=MARCH_10 if state == "CLOSED" else None)  # fmt: skip
    task = VisitTask.objects.create(
        household=home, visitor=clerk, assigned_by=clerk, assigned_at=MARCH_10, state="DONE",
        **level_codes(f.VILLAGE_A),
    )  # fmt: skip
    task.alerts.set([alert])
    Visit.objects.create(
        task=task, visitor=clerk, visited_at=MARCH_10, recorded_at=MARCH_10, outcome=outcome, findings="无变化"
    )
    return alert


@pytest.mark.parametrize(("category", "kind"), [("MARGIN", "margin_annual"), ("RIGID", "rigid_recognition")])
def test_a_decision_in_force_is_a_review_of_its_category(category: str, kind: str, tmp_path: Path) -> None:
    home = f.make_household(category=category)
    decided(home, category, MARCH_10 - dt.timedelta(days=400))
    decided(home, category)
    decided(home, category, MARCH_10 + dt.timedelta(days=1), state="TRIAL")
    assert reviews(tmp_path) == [(home.household_key, kind, dt.date(2025, 3, 10))]


def test_a_recheck_that_changed_nothing_is_a_review(clerk: User, tmp_path: Path) -> None:
    """R340 (安政办〔2024〕1号 二(二)4): 复核决定保持不变."""
    kept = f.make_household(category="MARGIN")
    recheck(kept, clerk, "REFUSED")
    recheck(f.make_household(category="MARGIN"), clerk, "REVIEWED")  # not decided yet
    recheck(f.make_household(category="MARGIN"), clerk, "REFUSED", channel="declared")  # refused, not kept
    recheck(f.make_household(category="DIBAO"), clerk, "REFUSED")  # no category that is reviewed so
    recheck(f.make_household(category="MARGIN"), clerk, "REFUSED", NEXT_MONTH_HERE)
    assert reviews(tmp_path) == [(kept.household_key, "margin_annual", dt.date(2025, 3, 10))]


def test_an_alert_checked_and_closed_without_change_is_a_review(clerk: User, tmp_path: Path) -> None:
    margin, rigid = f.make_household(category="MARGIN"), f.make_household(category="RIGID")
    checked(margin, clerk, "MNE-15", "NOT_NEEDED")
    checked(rigid, clerk, "MNE-14", "NOT_NEEDED")
    expected = [
        (margin.household_key, "margin_annual", dt.date(2025, 3, 10)),
        (rigid.household_key, "rigid_recognition", dt.date(2025, 3, 10)),
    ]
    assert sorted(reviews(tmp_path)) == sorted(expected)


@pytest.mark.parametrize(
    ("indicator", "outcome", "state"),
    [
        ("MNE-15", "NOT_FOUND", "CLOSED"),  # nobody was met
        ("MNE-15", "TRUE_ADJUST", "CLOSED"),  # to be adjusted: the decision counts, not the visit
        ("MNE-15", "NOT_NEEDED", "VERIFIED"),  # the office has not agreed yet
        ("NHD-01", "NOT_NEEDED", "CLOSED"),  # another matter
    ],
)
def test_other_visits_are_no_review(clerk: User, tmp_path: Path, indicator: str, outcome: str, state: str) -> None:
    checked(f.make_household(category="MARGIN"), clerk, indicator, outcome, state)
    assert reviews(tmp_path) == []


def test_the_latest_review_counts_and_the_category_is_that_of_the_day(clerk: User, tmp_path: Path) -> None:
    home = f.make_household(category="MARGIN")
    decided(home, "MARGIN", MARCH_10 - dt.timedelta(days=360))
    recheck(home, clerk, "REFUSED")
    home.statuses.update(to_date=dt.date(2025, 3, 12))
    assert reviews(tmp_path) == [(home.household_key, "margin_annual", dt.date(2025, 3, 10))]

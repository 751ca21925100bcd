"""Late and shrinking feeds: what supervision is told, what a snapshot says, on which data no alert may vanish."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from doudi.apps.base import clock
from doudi.apps.exchange import queries
from doudi.apps.registry.snapshot import export_snapshot
from tests.apps.exchange.files import funeral, row, send
from tests.apps.exchange.pushing import issue, push_event
from tests.apps.exchange.test_push import died
from tests.factories import COUNTY, OTHER_COUNTY, make_divisions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _divisions() -> Iterator[None]:
    make_divisions()
    with on(2025, 4, 8):
        yield


def on(*day: int) -> Any:
    return clock.at(clock.at_noon(dt.date(*day)))


def many(number: int) -> bytes:
    return funeral([row(at) for at in range(number)])


def found(period: str = "2025-04") -> list[tuple[str, str, str]]:
    return [(one.feed, one.period, one.number) for one in queries.delivery_problems(COUNTY, period)]


@pytest.mark.parametrize(("after", "problems"), [(8, []), (7, [("funeral", "2025-03", "DQ-905")])])
def test_a_feed_that_shrinks_by_more_than_a_fifth_is_a_matter_for_supervision(after: int, problems: list[Any]) -> None:
    """Exactly 20 % less is none."""
    send(many(10), period="2025-02")
    batch = send(many(after))
    assert found() == problems
    assert bool(queries.untrusted_for_system(COUNTY, "2025-03")) == bool(problems)
    assert batch.trusted is not bool(problems)


def test_a_feed_is_late_the_day_after_its_limit() -> None:
    """40 days after the end of March is 10 May."""
    send(many(10))
    with on(2025, 5, 10):
        assert found() == []
    with on(2025, 5, 11):
        (problem,) = queries.delivery_problems(COUNTY, "2025-04")
    assert (problem.feed, problem.period, problem.number, problem.batch_id) == ("funeral", "2025-04", "DQ-908", None)
    assert (problem.since, problem.department, problem.keeps_alerts) == (dt.date(2025, 5, 11), "CIVIL_AFFAIRS", True)


def test_a_feed_that_never_came_and_another_county_are_no_matter() -> None:
    assert found() == []
    send(many(10), county=OTHER_COUNTY)
    with on(2025, 6, 1):
        assert found() == []


def test_a_delivery_after_its_limit_is_late_itself() -> None:
    with on(2025, 5, 20):
        send(many(10))
        assert ("funeral", "2025-03", "DQ-906") in found()


def test_a_correction_takes_the_matter_away_once_it_counts() -> None:
    send(many(10), period="2025-02")
    send(many(2))
    correction = send(many(11))
    assert found() == [("funeral", "2025-03", "DQ-905")]
    from doudi.apps.exchange import services
    from tests.factories import make_user

    against = queries.correction_of(correction).against
    services.correction_accept(actor=make_user("CNTY_DATA"), batch_id=correction.pk, against=against)
    assert found() == []


def test_a_period_known_by_events_only_lets_no_alert_vanish_and_is_no_list_of_everybody() -> None:
    send(many(10))
    _, key = issue()
    push_event(key, died(3))
    assert list(queries.lake_files(COUNTY)["funeral"]) == ["2025-03"]
    assert list(queries.lake_files(COUNTY, events=True)["funeral"]) == ["2025-03", "2025-04"]
    assert list(queries.untrusted_for_system(COUNTY, "2025-04")) == ["funeral"]
    assert queries.untrusted_for_system(COUNTY, "2025-03") == {}
    send(many(11), period="2025-04")
    assert queries.untrusted_for_system(COUNTY, "2025-04") == {}


def test_a_snapshot_holds_the_deliveries_and_what_is_overdue(tmp_path: Path) -> None:
    send(many(10), period="2025-02")
    send(many(5))
    send(many(6))  # waits: it does not count
    _, key = issue()
    push_event(key, died(3))
    export_snapshot(COUNTY, "2025-05", tmp_path / "s")
    rows = duckdb.sql(
        "SELECT division, period, received_on, rows, accepted, trusted, problems "
        f"FROM '{tmp_path / 's' / 'deliveries.parquet'}' ORDER BY period"
    ).fetchall()
    day = dt.date(2025, 4, 8)
    assert rows == [
        (COUNTY, "2025-02", day, 10, 10, True, None),
        (COUNTY, "2025-03", day, 5, 5, False, "DQ-905"),
        (COUNTY, "2025-04", None, 0, 0, False, "DQ-908"),
    ]

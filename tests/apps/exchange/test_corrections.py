"""A re-delivered period: staged, its difference shown, counted by the data officer's click or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest
from django.db import connections

from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.exchange import queries, services
from doudi.apps.exchange.models import Batch, PeriodVersion
from tests.apps.exchange.files import funeral, number, row, send
from tests.apps.exchange.pushing import issue, push_event
from tests.factories import COUNTY, OTHER_COUNTY, make_divisions, make_user

pytestmark = pytest.mark.django_db
FIRST = funeral([row(1), row(2), row(3)])
SECOND = funeral([row(1), row(2, died="2025-02-12"), row(4), row(5)])


@pytest.fixture(autouse=True)
def _divisions() -> Iterator[None]:
    make_divisions()
    with clock.at(dt.datetime(2025, 4, 8, 2, tzinfo=dt.UTC)):
        yield


def in_force() -> str:
    return str(queries.lake_files(COUNTY)["funeral"]["2025-03"])


def accept(batch: Batch, **fields: object) -> Batch:
    values = {"actor": make_user("CNTY_DATA"), "against": queries.correction_of(batch).against} | fields
    return services.correction_accept(batch_id=batch.pk, **values)  # type: ignore[arg-type]


def test_a_correction_waits_and_shows_what_it_changes() -> None:
    first, second = send(FIRST), send(SECOND)
    assert (first.state, second.state) == ("ACCEPTED", "STAGED")
    assert first.version in in_force()
    shown = queries.correction_of(second)
    found = shown.difference
    assert found is not None
    assert (found.before, found.after, found.added, found.removed, found.changed) == (3, 4, 2, 1, 1)
    assert shown.fields == [("死亡日期", 1), ("火化日期", 1)]
    (changed,) = shown.samples["changed"]
    assert ("死亡日期", "2025-02-11", "2025-02-12", True) in changed.cells
    assert "张大山" not in str(shown)


def test_the_second_click_lets_it_count() -> None:
    first, second = send(FIRST), send(SECOND)
    officer = make_user("CNTY_DATA")
    done = accept(second, actor=officer)
    first.refresh_from_db()
    assert (first.state, done.state, done.decided_by) == ("SUPERSEDED", "ACCEPTED", officer)
    assert second.version in in_force()
    assert accept(second).decided_by == officer  # again: nothing


def test_a_correction_that_is_not_adopted_leaves_nothing_and_may_come_again() -> None:
    first, second = send(FIRST), send(SECOND)
    services.correction_discard(actor=make_user("CNTY_DATA"), batch_id=second.pk, reason="报错了月份")
    second.refresh_from_db()
    assert (second.state, second.decision) == ("DISCARDED", "报错了月份")
    assert not queries.part_of(COUNTY, "funeral", "2025-03", second.version).exists()
    assert first.version in in_force()
    again = send(SECOND)
    assert (again.pk, again.state, again.deliveries, again.decision) == (second.pk, "STAGED", 2, "")
    assert accept(again).state == "ACCEPTED"


def test_an_older_file_sent_again_does_not_undo_the_correction() -> None:
    first, second = send(FIRST), send(SECOND)
    accept(second)
    assert send(FIRST).pk == first.pk
    assert second.version in in_force()


def test_of_two_corrections_one_wins_and_the_other_is_shown_anew() -> None:
    send(FIRST)
    one, other = send(SECOND), send(funeral([row(9)]))
    against = queries.correction_of(other).against
    accept(one)
    with pytest.raises(Conflict):
        accept(other, against=against)
    assert one.version in in_force()
    accept(other)
    assert other.version in in_force()


def test_an_event_between_look_and_click_is_not_lost_unseen() -> None:
    send(FIRST, period="2025-04")
    correction = send(SECOND, period="2025-04")
    against = queries.correction_of(correction).against
    _, key = issue()
    push_event(key, {"身份证号码": number(7), "姓名": "甲", "死亡日期": "2025-04-02", "火化日期": ""})
    with pytest.raises(Conflict):
        accept(correction, against=against)


def test_the_first_whole_delivery_after_events_counts_at_once() -> None:
    _, key = issue()
    push_event(key, {"身份证号码": number(7), "姓名": "甲", "死亡日期": "2025-04-02", "火化日期": ""})
    assert PeriodVersion.objects.get().events_only
    assert send(FIRST, period="2025-04").state == "ACCEPTED"
    assert not PeriodVersion.objects.get().events_only


def test_a_file_of_a_feed_that_comes_with_events_joins_unless_it_shall_replace() -> None:
    def clue(at: int) -> str:
        return f"L{at},热线,2025-03-0{at + 1},410522100000\r\n"

    headings = "线索编号,线索来源,受理日期,区划代码\r\n"
    first = send((headings + clue(1)).encode(), feed="hotline_clue")
    second = send((headings + clue(2)).encode(), feed="hotline_clue")
    assert (first.state, second.state, first.refusal) == ("JOINED", "JOINED", "")
    path = queries.lake_files(COUNTY)["hotline_clue"]["2025-03"]
    assert duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchall() == [(2,)]
    third = send((headings + clue(3)).encode(), feed="hotline_clue", replace=True)
    assert third.state == "STAGED"
    found = queries.correction_of(third).difference
    assert found is not None
    assert (found.added, found.removed) == (1, 2)
    accept(third)
    path = queries.lake_files(COUNTY)["hotline_clue"]["2025-03"]
    assert duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchall() == [(1,)]


@pytest.mark.parametrize("role", ["CNTY_REVIEW", "CNTY_LEAD", "CITY_CA", "AUDITOR", "SYS_ADMIN"])
def test_only_the_data_officer_lets_a_correction_count(role: str) -> None:
    send(FIRST)
    second = send(SECOND)
    with pytest.raises(Refused):
        accept(second, actor=make_user(role))
    assert second.version not in in_force()


def test_nobody_decides_in_another_county() -> None:
    send(FIRST)
    second = send(SECOND)
    with pytest.raises(NotFound):
        accept(second, actor=make_user("CNTY_DATA", OTHER_COUNTY))
    with pytest.raises(NotFound):
        services.correction_discard(actor=make_user("CNTY_DATA", OTHER_COUNTY), batch_id=second.pk, reason="x")


def test_a_department_takes_back_its_own_correction_with_a_reason() -> None:
    disabled = "残疾人证号,身份证号,姓名,残疾类别,残疾等级,发证日期,有效期至,证件状态\r\n"
    send(disabled.encode(), feed="disability")
    second = send(disabled.encode() + b"\r\n", feed="disability")
    assert second.state == "STAGED", second.refusal
    with pytest.raises(Invalid):
        services.correction_discard(actor=make_user("DEPT_DPF", department="DPF"), batch_id=second.pk, reason=" ")
    with pytest.raises((Refused, NotFound)):
        services.correction_discard(actor=make_user("DEPT_MED", department="MED"), batch_id=second.pk, reason="x")
    services.correction_discard(actor=make_user("DEPT_DPF", department="DPF"), batch_id=second.pk, reason="重复")
    second.refresh_from_db()
    assert second.state == "DISCARDED"


def test_what_counts_cannot_be_discarded() -> None:
    first = send(FIRST)
    with pytest.raises(Conflict):
        services.correction_discard(actor=make_user("CNTY_DATA"), batch_id=first.pk, reason="x")
    assert first.version in in_force()


@pytest.mark.django_db(transaction=True)
def test_two_corrections_accepted_at_once_give_one_winner() -> None:
    make_divisions()
    send(FIRST)
    waiting = [send(SECOND), send(funeral([row(9)]))]
    officer, against = make_user("CNTY_DATA"), queries.correction_of(waiting[0]).against

    def one(batch: Batch) -> str:
        try:
            return services.correction_accept(actor=officer, batch_id=batch.pk, against=against).state
        except Conflict:
            return "late"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, waiting)) == ["ACCEPTED", "late"]
    assert Batch.objects.filter(state="ACCEPTED").get().version in in_force()


def test_versions_that_events_made_are_removed_after_a_day() -> None:
    whole = send(FIRST, period="2025-04")
    _, key = issue()
    dead = {"姓名": "甲", "死亡日期": "2025-04-02", "火化日期": ""}
    push_event(key, {"身份证号码": number(7)} | dead, "E1")
    push_event(key, {"身份证号码": number(7)} | dead | {"死亡日期": "2025-04-03"}, "E2")
    first, second = Batch.objects.filter(channel="EVENT").order_by("id")
    assert services.sweep_event_versions() == 0
    with clock.at(dt.datetime(2025, 4, 10, tzinfo=dt.UTC)):
        assert (services.sweep_event_versions(), services.sweep_event_versions()) == (1, 0)
    for batch, there in ((whole, True), (first, False), (second, True)):
        assert queries.part_of(COUNTY, "funeral", "2025-04", batch.version).exists() == there

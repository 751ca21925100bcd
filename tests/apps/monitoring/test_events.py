"""A pushed event is judged for its household at once, by the month's own statements, and only ever adds."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from doudi.apps.base import clock
from doudi.apps.exchange import queries as exchange
from doudi.apps.exchange.services import announce_missed, events
from doudi.apps.monitoring import queries, services
from doudi.apps.monitoring.models import Alert, AlertEvidence, MonitorRun
from doudi.apps.monitoring.services.events import event_judge
from doudi.apps.registry.models import Household
from doudi.engine.indicators import load_indicators
from tests.apps.exchange.files import funeral, number, row, send
from tests.apps.exchange.pushing import issue, push_event
from tests.factories import COUNTY, VILLAGE_A, make_household, make_person, make_user

ON = dt.datetime(2025, 4, 8, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _april(settings: Any, tmp_path: Path) -> Any:
    settings.LAKE_ROOT, settings.MEDIA_ROOT, settings.HOME = tmp_path / "lake", tmp_path / "files", tmp_path
    with clock.at(ON):
        yield


def family(at: int = 1) -> Household:
    """A dibao household whose head has the ``at``-th number."""
    return make_household(VILLAGE_A, category="DIBAO", members=[("head", make_person("张大山", number=number(at)))])


def died(at: int = 1, on: str = "2025-04-07") -> dict[str, str]:
    return {"身份证号码": number(at), "姓名": "张大山", "死亡日期": on, "火化日期": on}


def card(at: int = 1, grade: str = "一级") -> dict[str, str]:
    return {
        "残疾人证号": f"{number(at)}41", "身份证号": number(at), "姓名": "张大山", "残疾类别": "肢体",
        "残疾等级": grade, "发证日期": "2025-04-02", "有效期至": "2035-04-01", "证件状态": "有效",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_pushed_death_is_an_alert_when_the_answer_comes() -> None:
    """R025, R098: the death of somebody who is still paid, told by the funeral home's system."""
    household = family()
    _, key = issue()
    answer = push_event(key, died())
    assert answer.status_code in (200, 201), answer.content
    alert = Alert.objects.get()
    assert (alert.indicator, alert.household_id, alert.state, alert.period) == (
        "MNE-01",
        household.pk,
        "NEW",
        "2025-04",
    )
    (source,) = [s for s in AlertEvidence.objects.get().sources if s["source"] == "funeral"]
    assert source["period"] == "2025-04"
    run = MonitorRun.objects.get()
    assert (run.kind, run.state, run.opened, run.vanished, run.event.feed) == ("EVENT", "DONE", 1, 0, "funeral")
    assert all("funeral" in load_indicators()[code].feeds for code in run.report["indicators"])


@pytest.mark.django_db(transaction=True)
def test_a_new_card_is_compared_with_the_last_list() -> None:
    """A change-based indicator: the list of March knew the card, the event of April raises its grade."""
    family(1), family(2)
    _, key = issue(department="DPF", feeds=["disability"])
    heading = ",".join(card())
    march = "\r\n".join([heading, ",".join((card(1, "三级") | {"发证日期": "2024-01-01"}).values()), ""]).encode()
    send(march, feed="disability", period="2025-03", file_name="残疾3月.csv")
    assert push_event(key, card(1), "E1", feed="disability").status_code < 300
    assert push_event(key, card(2, "四级"), "E2", feed="disability").status_code < 300
    found = {(alert.indicator, alert.subject_name, alert.household.head.person_key) for alert in Alert.objects.all()}
    assert {indicator for indicator, *_ in found} >= {"NHD-02"}
    graded = Alert.objects.get(indicator="NHD-02", household__head__person_key=person_key(1))
    assert graded.measures["grade"] == "1"


def person_key(at: int) -> int:
    from doudi.apps.base.crypto import keys
    from doudi.engine.identity import Tokeniser

    return Tokeniser(keys().lake).person_key(number(at))


@pytest.mark.django_db(transaction=True)
def test_the_months_run_goes_on_where_the_event_began() -> None:
    family()
    _, key = issue()
    push_event(key, died())
    opened = Alert.objects.get()
    with clock.at(dt.datetime(2025, 5, 6, 2, tzinfo=dt.UTC)):
        send(funeral([row(1, died="2025-04-07")]), period="2025-04", file_name="殡葬4月.csv")
        run = services.run(actor=None, county=COUNTY, period="2025-04")
    assert (run.opened, run.vanished, Alert.objects.count()) == (0, 0, 1)
    opened.refresh_from_db()
    assert (opened.first_period, opened.vanished_at) == ("2025-04", None)


@pytest.mark.django_db(transaction=True)
def test_an_earlier_months_run_does_not_take_back_what_an_event_said() -> None:
    family()
    send(funeral([row(9)]), period="2025-03")
    _, key = issue()
    push_event(key, died())
    run = services.run(actor=None, county=COUNTY, period="2025-03")
    assert (run.state, run.vanished) == ("DONE", 0)
    alert = Alert.objects.get(indicator="MNE-01")
    assert (alert.period, alert.vanished_at) == ("2025-04", None)
    assert queries.run_list(actor=make_user("CNTY_DATA")).rows[0].kind == "MONTH"


@pytest.mark.django_db(transaction=True)
def test_a_run_that_read_the_lake_before_the_event_does_not_take_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run of the same month began first, the event came while it computed, then the run reconciles."""
    family()
    send(funeral([row(9, died="2025-04-01")]), period="2025-04")
    before = exchange.lake_files(COUNTY)
    _, key = issue()
    push_event(key, died())
    monkeypatch.setattr("doudi.apps.monitoring.services.runs.exchange.lake_files", lambda county: before)
    run = services.run(actor=None, county=COUNTY, period="2025-04")
    assert (run.state, run.vanished) == ("DONE", 0)
    assert Alert.objects.get(indicator="MNE-01").vanished_at is None


@pytest.mark.django_db(transaction=True)
def test_an_event_about_nobody_here_runs_nothing() -> None:
    family()
    _, key = issue()
    assert push_event(key, died(77)).status_code < 300
    assert (Alert.objects.count(), MonitorRun.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_other_families_are_left_alone() -> None:
    """An event neither opens alerts about others nor marks theirs as gone."""
    family(1), family(2)
    _, key = issue()
    push_event(key, died(1), "E1")
    push_event(key, died(2), "E2")
    assert Alert.objects.filter(indicator="MNE-01", vanished_at=None).count() == 2
    assert [run.opened for run in MonitorRun.objects.order_by("pk")] == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_heard_twice_and_at_once_it_is_one_alert_and_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    family()
    _, key = issue()
    heard: list[events.Event] = []
    monkeypatch.setattr(events, "_listeners", [heard.append])
    push_event(key, died())
    (event,) = heard

    def judge(_: int) -> Any:
        try:
            run = event_judge(event)
            return run and run.pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        made = set(pool.map(judge, range(3)))
    assert len(made) == 1
    assert (Alert.objects.count(), MonitorRun.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_what_a_failure_left_is_judged_by_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    family()
    _, key = issue()
    with monkeypatch.context() as broken:
        broken.setattr("doudi.apps.monitoring.services.events.export_snapshot", _fails)
        assert push_event(key, died()).status_code < 300  # taken in all the same
    assert (Alert.objects.count(), MonitorRun.objects.count()) == (0, 0)
    with clock.at(ON + dt.timedelta(minutes=1)):
        assert announce_missed() == 1
        assert announce_missed() == 0
    assert Alert.objects.count() == 1
    assert connection.in_atomic_block is False


def _fails(*args: Any, **kwargs: Any) -> None:
    raise OSError("no space left")

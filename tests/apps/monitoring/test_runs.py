"""A run from departments' files to alerts: once per period, one after another, nothing left by a dead process."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from doudi.apps.base import clock
from doudi.apps.base.crypto import keys
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.monitoring import queries, services
from doudi.apps.monitoring.models import Alert, AlertEvidence, MonitorRun
from doudi.apps.registry.models import Household
from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from tests.apps.exchange.files import funeral, number, row, send
from tests.factories import (
    COUNTY,
    OTHER_COUNTY,
    TOWN_A,
    VILLAGE_A,
    make_divisions,
    make_household,
    make_person,
    make_user,
)

ON = dt.datetime(2025, 4, 8, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _april(settings: Any, tmp_path: Path) -> Any:
    settings.LAKE_ROOT, settings.MEDIA_ROOT, settings.HOME = tmp_path / "lake", tmp_path / "files", tmp_path
    with clock.at(ON):
        yield


def dead_person(at: int = 1) -> Household:
    """A dibao household whose head stands in the funeral file."""
    return make_household(VILLAGE_A, category="DIBAO", members=[("head", make_person("张大山", number=number(at)))])


def run(period: str = "2025-03", **fields: Any) -> MonitorRun:
    return services.run(actor=fields.pop("actor", None), county=COUNTY, period=period)


@pytest.mark.django_db
def test_a_run_turns_a_departments_file_into_an_alert() -> None:
    """R025, R098, R271: the monthly comparison with the funeral list raises an alert about a benefit still paid."""
    household = dead_person()
    send(funeral([row(1), row(2)]))
    done = run()
    assert (done.state, done.opened, done.error) == ("DONE", 1, "")
    alert = Alert.objects.get()
    assert (alert.indicator, alert.household_id, alert.person_id) == ("MNE-01", household.pk, household.head_id)
    assert (alert.state, household.category) == ("NEW", "DIBAO")  # an alert never stops a benefit by itself
    skipped = {entry["indicator"] for entry in done.report["skipped"]}
    assert "PND-06" in skipped  # no settlements were delivered: skipped with the reason, not guessed
    assert done.inputs["feeds"]["funeral"]


@pytest.mark.django_db
def test_a_second_run_of_the_period_changes_nothing() -> None:
    dead_person()
    send(funeral([row(1)]))
    run()
    before = list(Alert.objects.values()), list(AlertEvidence.objects.values())
    again = run()
    assert (again.opened, again.continued, again.vanished) == (0, len(before[0]), 0)
    assert (list(Alert.objects.values()), list(AlertEvidence.objects.values())) == before


@pytest.mark.django_db
def test_why_names_rule_figures_source_clause_and_handling() -> None:
    """R271: the alert explains itself: figures, delivery and its date, clause with the document's sentence."""
    dead_person()
    batch = send(funeral([row(1)]))
    run()
    why = queries.alert_why(actor=make_user("CNTY_REVIEW"), alert=Alert.objects.select_related("household").get())
    assert (why.code, why.title) == ("MNE-01", "死亡未停发")
    assert ("死亡日期", "2025-02-11") in why.figures
    delivered = next(source for source in why.sources if source.label == "殡葬火化登记")
    assert (delivered.batch_id, delivered.period, delivered.owner) == (batch.pk, "2025-03", "民政局殡葬管理所")
    assert why.clauses[0].cite == "郑政办〔2024〕46号 二(二)"
    assert why.clauses[0].sentence
    assert why.class_label == "可能不再符合救助条件"  # as 安政办〔2024〕1号 names it
    assert "终止救助" in why.handling
    assert [seen.period for seen in why.history] == ["2025-03"]


@pytest.mark.django_db
def test_a_township_sees_the_source_but_no_link_to_the_batch() -> None:
    dead_person()
    send(funeral([row(1)]))
    run()
    alert = Alert.objects.select_related("household").get()
    why = queries.alert_why(actor=make_user("TOWN_CLERK", TOWN_A), alert=alert)
    assert {source.batch_id for source in why.sources} == {None}


@pytest.mark.django_db
def test_signals_about_people_outside_the_register_stand_in_the_report() -> None:
    """A severely disabled person whom nobody registered has no household for an alert: the run lists the key."""
    make_household(VILLAGE_A, category="DIBAO")
    headings = "残疾人证号,身份证号,姓名,残疾类别,残疾等级,发证日期,有效期至,证件状态\r\n"
    send(headings.encode(), feed="disability", period="2025-02")
    card = f"{number(7)}41,{number(7)},赵小河,肢体,一级,2025-03-10,2035-03-09,有效\r\n"
    sent = send((headings + card).encode(), feed="disability")
    assert (sent.accepted, sent.unmatched) == (1, 1)
    done = run()
    listed = done.report["unregistered"]
    assert [entry["indicator"] for entry in listed] == ["NCE-01"]
    assert listed[0]["person_key"] == str(Tokeniser(keys().lake).person_key(number(7)))
    assert (done.report["fates"]["unregistered"], Alert.objects.count()) == (1, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["CNTY_LEAD", "TOWN_HEAD", "CITY_CA", "DEPT_MED", "SYS_ADMIN"])
def test_roles_without_the_permission_do_not_run(role: str) -> None:
    with pytest.raises(Refused):
        services.run_request(actor=make_user(role), county=COUNTY, period="2025-03")
    assert not MonitorRun.objects.exists()


@pytest.mark.django_db
def test_nobody_runs_another_county() -> None:
    with pytest.raises(NotFound):
        services.run_request(actor=make_user("CNTY_DATA"), county=OTHER_COUNTY, period="2025-03")
    assert not MonitorRun.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("period", ["2025-13", "202503", "", "2025-05"])
def test_a_malformed_or_future_period_is_refused(period: str) -> None:
    make_divisions()
    with pytest.raises(Invalid):
        services.run_request(actor=None, county=COUNTY, period=period)
    assert not MonitorRun.objects.exists()


@pytest.mark.django_db
def test_an_older_period_is_refused_after_a_newer_one() -> None:
    make_household(VILLAGE_A, category="DIBAO")
    run("2025-03")
    with pytest.raises(Invalid):
        run("2025-02")
    assert MonitorRun.objects.count() == 1


@pytest.mark.django_db
def test_a_run_that_fails_says_why_and_changes_no_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    dead_person()
    send(funeral([row(1)]))

    def refuse(*_: Any, **__: Any) -> None:
        raise InputError("标准缺失", where="standards", hint="请补录")

    monkeypatch.setattr("doudi.apps.monitoring.services.runs.indicators.run", refuse)
    with pytest.raises(InputError):
        run()
    failed = MonitorRun.objects.get()
    assert (failed.state, failed.error) == ("FAILED", "standards: 标准缺失; 请补录")
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_a_crash_inside_leaves_no_half_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    dead_person()
    send(funeral([row(1)]))

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("doudi.apps.monitoring.services.runs.audit.record", crash)
    with pytest.raises(RuntimeError):
        run()
    assert MonitorRun.objects.get().state == "FAILED"
    assert "disk full" not in MonitorRun.objects.get().error
    assert not Alert.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_request_twice_queues_one_run_and_one_job() -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    make_divisions()
    actor = make_user("CNTY_DATA")
    first = services.run_request(actor=actor, county=COUNTY, period="2025-03")
    second = services.run_request(actor=actor, county=COUNTY, period="2025-03")
    assert (first.pk, first.state) == (second.pk, "QUEUED")
    jobs = ProcrastinateJob.objects.filter(task_name="monitoring.run", args={"run_id": first.pk})
    assert jobs.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_open_one_alert() -> None:
    dead_person()
    send(funeral([row(1)]))

    def one(_: int) -> tuple[int, int]:
        try:
            with clock.at(ON):
                done = run()
            return done.opened, done.continued
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        made = sorted(pool.map(one, range(2)))
    assert made == [(0, 1), (1, 0)]
    assert (Alert.objects.count(), AlertEvidence.objects.count()) == (1, 1)


SCRIPT = """
import os, signal, sys
import datetime as dt
from pathlib import Path
from unittest import mock
import django
django.setup()
from django.conf import settings
home = Path(sys.argv[1])
settings.LAKE_ROOT, settings.MEDIA_ROOT, settings.HOME = home / "lake", home / "files", home
from doudi.apps.base import clock
from doudi.apps.monitoring import services
def die(*a, **k):
    os.kill(os.getpid(), signal.SIGKILL)
with clock.at(dt.datetime(2025, 4, 8, 2, tzinfo=dt.UTC)), mock.patch(sys.argv[2], side_effect=die):
    services.run_execute(run_id=int(sys.argv[3]))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "point",
    [
        "doudi.apps.monitoring.services.runs.export_snapshot",
        "doudi.apps.monitoring.services.runs.reconcile",
        "doudi.apps.monitoring.services.reconcile._attach",
        "doudi.apps.monitoring.services.runs.audit.record",
    ],
)
def test_a_killed_run_leaves_nothing_and_starts_over(
    point: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead_person()
    send(funeral([row(1)]))
    with monkeypatch.context() as patch:
        patch.setattr("doudi.apps.monitoring.jobs.execute.defer", lambda **_: None)
        queued = services.run_request(actor=None, county=COUNTY, period="2025-03")
    found = connection.settings_dict
    parts = {"dbname": found["NAME"], "user": found["USER"], "host": found["HOST"], "port": found["PORT"]}
    url = " ".join(f"{key}={value}" for key, value in parts.items() if value)
    environment = os.environ | {"DATABASE_URL": url, "DOUDI_HOME": os.environ["DOUDI_HOME"]}
    died = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), point, str(queued.pk)], env=environment, capture_output=True
    )
    assert died.returncode == -9, died.stderr.decode()
    queued.refresh_from_db()
    assert (queued.state, Alert.objects.count(), AlertEvidence.objects.count()) == ("RUNNING", 0, 0)
    done = services.run_execute(run_id=queued.pk)
    assert (done.state, done.opened, Alert.objects.count()) == ("DONE", 1, 1)
    assert services.run_execute(run_id=queued.pk).finished_at == done.finished_at

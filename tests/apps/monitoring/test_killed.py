"""kill -9 at any moment of taking in a file and of the run after it: nothing half-done, and again completes it."""

from __future__ import annotations

import datetime as dt
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from doudi.apps.base import clock
from doudi.apps.chain.models import ChainEvent
from doudi.apps.exchange.models import Batch, QuarantineRow
from doudi.apps.monitoring.models import Alert, AlertEvidence, MonitorRun
from tests.apps.exchange.files import funeral, number, row
from tests.factories import VILLAGE_A, make_household, make_person

KILLS, DEAD = 20, 12
FILE = funeral([*(row(at) for at in range(DEAD)), "410522194001010018,李四,2025-02-11,"])
SCRIPT = """
import datetime as dt, os, signal, sys, time
from pathlib import Path
import django
django.setup()
from django.conf import settings
home = Path(sys.argv[1])
settings.LAKE_ROOT, settings.MEDIA_ROOT = home / "lake", home / "files"
from doudi.apps.base import clock
from doudi.apps.monitoring import jobs, services
from doudi.apps.monitoring.models import MonitorRun
from tests.apps.exchange.files import send
from tests.apps.monitoring.test_killed import FILE
from tests.factories import COUNTY

def work():
    with clock.at(dt.datetime(2025, 4, 8, 2, tzinfo=dt.UTC)):
        send(FILE)
        left = MonitorRun.objects.filter(state="RUNNING").first()  # as the worker finds it again
        if left:
            services.run_execute(run_id=left.pk)
        else:
            services.run(actor=None, county=COUNTY, period="2025-03")

for line in sys.stdin:  # each time a process of its own, from one that has touched neither database nor DuckDB
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    if line.strip():
        time.sleep(float(line))
        os.kill(child, signal.SIGKILL)
    started = time.monotonic()
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), time.monotonic() - started, flush=True)
"""


@pytest.fixture
def worker(tmp_path: Path) -> Any:
    found = connection.settings_dict
    parts = {"dbname": found["NAME"], "user": found["USER"], "host": found["HOST"], "port": found["PORT"]}
    url = " ".join(f"{key}={value}" for key, value in parts.items() if value)
    environment = os.environ | {"DATABASE_URL": url, "DOUDI_HOME": os.environ["DOUDI_HOME"]}
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.stdin.close()  # type: ignore[union-attr]


def run(worker: Any, kill_after: float | None) -> tuple[int, float]:
    """Exit code and seconds of the work, killed after some seconds."""
    worker.stdin.write(f"{'' if kill_after is None else kill_after}\n")
    worker.stdin.flush()
    code, seconds = worker.stdout.readline().split()
    return int(code), float(seconds)


def state() -> dict[str, Any]:
    """What was taken in and found, without what tells one time from another."""
    opened = Alert.objects.filter(indicator="MNE-01")
    return {
        "alerts": sorted(opened.values_list("household__household_no", "state", "period")),
        "evidence": AlertEvidence.objects.filter(alert__in=opened).count(),
        "told": ChainEvent.objects.filter(
            document__in=[f"alert:{pk}" for pk in opened.values_list("pk", flat=True)]
        ).count(),
        "batches": sorted(Batch.objects.values_list("state", "received", "accepted", "quarantined")),
        "quarantine": QuarantineRow.objects.count(),
    }


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.django_db(transaction=True)
def test_twenty_kills_lose_and_double_nothing(worker: Any) -> None:
    with clock.at(dt.datetime(2025, 4, 8, 2, tzinfo=dt.UTC)):
        for at in range(DEAD):
            make_household(VILLAGE_A, category="DIBAO", members=[("head", make_person(f"张{at}", number=number(at)))])
    whole = 3.0  # until a run has ended and told how long it takes
    moments = random.Random(20)
    killed = 0
    for _ in range(KILLS):
        code, _ = run(worker, moments.uniform(0.02, whole))
        killed += code == -9
        found = state()
        # A batch and its rows, a run's alerts with evidence and chain: all or nothing.
        assert len(found["alerts"]) in (0, DEAD)
        assert found["evidence"] == found["told"] == len(found["alerts"])
        assert found["quarantine"] == (1 if found["batches"] else 0)
        if code == 0:
            whole = max(0.2, whole * 0.8)
    assert killed >= KILLS // 2, "the work ended before it was killed"
    assert run(worker, None)[0] == 0
    done = state()
    assert done["batches"] == [("ACCEPTED", DEAD + 1, DEAD, 1)]
    assert (len(done["alerts"]), done["evidence"], done["told"], done["quarantine"]) == (DEAD, DEAD, DEAD, 1)
    assert MonitorRun.objects.filter(state="RUNNING").count() == 0
    assert run(worker, None)[0] == 0
    assert state() == done

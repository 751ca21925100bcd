"""Two at once give one effect; a killed process leaves the old state, and the same delivery completes it."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, connections

from doudi.apps.exchange import queries
from doudi.apps.exchange.models import Batch, QuarantineRow
from doudi.apps.exchange.services import sweep_incoming
from tests.apps.exchange.files import funeral, row, send
from tests.factories import COUNTY, make_divisions

pytestmark = pytest.mark.django_db(transaction=True)
FILE = funeral([row(1), row(2), "410522194001010018,李四,2025-02-11,"])
POINTS = {
    "file arrived": "doudi.apps.exchange.services.delivery._again",
    "before the lake": "doudi.apps.exchange.services.delivery.ingest",
    "lake written, batch not": "doudi.apps.exchange.services.delivery._settle",
    "inside the transaction": "doudi.apps.exchange.services.delivery.sealed",
    "before the commit": "doudi.apps.exchange.services.delivery.log_batch",
}
SCRIPT = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
from pathlib import Path
from unittest import mock
home = Path(sys.argv[1])
settings.LAKE_ROOT, settings.MEDIA_ROOT, settings.HOME = home / "lake", home / "files", home
from tests.apps.exchange.files import send
from tests.apps.exchange.test_deliver_crash import FILE
with mock.patch(sys.argv[2], side_effect=lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)):
    send(FILE)
"""


def test_two_deliveries_of_one_file_at_once_are_one_batch() -> None:
    make_divisions()

    def one(_: int) -> int:
        try:
            return send(FILE).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(one, range(4)))
    assert len(made) == 1
    batch = Batch.objects.get()
    assert (batch.deliveries, batch.received, QuarantineRow.objects.count()) == (4, 3, 1)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_delivery_leaves_the_old_state_and_again_completes_it(point: str, tmp_path: Path) -> None:
    make_divisions()
    before = send(funeral([row(5)]))
    _die_at(POINTS[point], tmp_path)
    before.refresh_from_db()
    assert (before.state, Batch.objects.count(), QuarantineRow.objects.count()) == ("ACCEPTED", 1, 0)
    assert before.version in str(queries.lake_files(COUNTY)["funeral"]["2025-03"])
    after = send(FILE)
    before.refresh_from_db()
    assert (after.state, after.received, after.accepted, after.quarantined) == ("STAGED", 3, 2, 1)
    assert (before.state, QuarantineRow.objects.count()) == ("ACCEPTED", 1)
    assert sweep_incoming(older_than_seconds=-1) == 1  # what the dead process left
    assert sweep_incoming(older_than_seconds=-1) == 0


def _die_at(point: str, home: Path) -> None:
    found = connection.settings_dict
    parts = {"dbname": found["NAME"], "user": found["USER"], "host": found["HOST"], "port": found["PORT"]}
    url = " ".join(f"{key}={value}" for key, value in parts.items() if value)
    environment = os.environ | {"DATABASE_URL": url, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(home), point], env=environment, capture_output=True)
    assert done.returncode == -9, done.stderr.decode()

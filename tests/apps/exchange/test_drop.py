"""The drop folder: complete files once, receipts back, hostile names and links refused, crashes in the middle."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid
from doudi.apps.exchange import queries, services
from doudi.apps.exchange.models import Batch
from doudi.cli import main
from tests.apps.exchange.files import envelope, funeral, number, row
from tests.factories import COUNTY, make_divisions

pytestmark = pytest.mark.django_db
FILE = funeral([row(1), row(2), "410522194001010018,李四,2025-02-11,"])
WAIT = dt.timedelta(minutes=11)


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.DROP_ROOT = tmp_path / "drop"
    make_divisions()
    services.drop_open(county="410522", department="CIVIL_AFFAIRS")


@pytest.fixture
def box(tmp_path: Path) -> Path:
    return tmp_path / "drop" / "410522" / "CIVIL_AFFAIRS"


def put(box: Path, content: bytes = FILE, name: str = "3月.csv", **said: Any) -> Path:
    path = box / "in" / name
    path.write_bytes(content)
    path.with_name(name + ".envelope.json").write_bytes(envelope(content, **said))
    return path


def receipt(box: Path, name: str = "3月.csv") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((box / "out" / f"{name}.receipt.json").read_text())
    return found


def left(box: Path) -> list[str]:
    return sorted(path.name for path in (box / "in").iterdir())


def later() -> Any:
    return clock.at(dt.datetime.now(dt.UTC) + WAIT)


def test_a_file_and_its_envelope_go_in_and_the_receipt_comes_back(box: Path) -> None:
    """R025: the department's own system takes the receipt."""
    put(box)
    assert services.drop_scan() == 1
    batch = Batch.objects.get()
    assert (batch.state, batch.channel, batch.batch_id, batch.accepted) == ("ACCEPTED", "DROP", "F-2025-03-1", 2)
    said = receipt(box)
    assert (said["received"], said["accepted"], said["quarantined"], said["reasons"]) == (3, 2, 1, {"ID_CHECKSUM": 1})
    assert left(box) == []
    assert services.drop_scan() == 0


def test_the_same_file_twice_is_one_batch(box: Path) -> None:
    put(box)
    services.drop_scan()
    first = receipt(box)
    put(box, name="again.csv")
    services.drop_scan()
    assert (Batch.objects.get().deliveries, receipt(box, "again.csv")["accepted"]) == (2, first["accepted"])


def test_a_file_that_is_still_being_written_waits(box: Path) -> None:
    path = put(box)
    path.write_bytes(FILE[:40])
    assert services.drop_scan() == 0
    assert not Batch.objects.exists()
    assert list((box / "out").iterdir()) == []
    path.write_bytes(FILE)
    assert services.drop_scan() == 1
    assert receipt(box)["accepted"] == 2


@pytest.mark.parametrize("name", [".3月.csv", "3月.csv.part", "3月.csv.tmp", "3月.csv.filepart"])
def test_names_of_unfinished_transfers_are_left_alone(box: Path, name: str) -> None:
    put(box, name=name)
    with later():
        services.drop_scan()
    assert not Batch.objects.exists()
    assert name in left(box)


def test_a_missing_envelope_is_told_of_after_a_while_and_may_still_come(box: Path) -> None:
    path = put(box)
    beside = path.with_name(path.name + ".envelope.json")
    said = beside.read_bytes()
    beside.unlink()
    services.drop_scan()
    assert list((box / "out").iterdir()) == []
    with later():
        services.drop_scan()
    assert (receipt(box)["state"], "没有收到信封" in receipt(box)["refusal"]) == ("WAITING", True)
    stamp = (box / "out" / "3月.csv.receipt.json").stat().st_mtime_ns
    with later():
        services.drop_scan()
    assert (box / "out" / "3月.csv.receipt.json").stat().st_mtime_ns == stamp  # not written again
    beside.write_bytes(said)
    services.drop_scan()
    assert receipt(box)["state"] == "ACCEPTED"


def test_an_envelope_without_its_file_is_told_of(box: Path) -> None:
    put(box).unlink()
    with later():
        services.drop_scan()
    assert "没有收到文件" in receipt(box)["refusal"]


def test_what_stays_incomplete_for_a_week_is_removed(box: Path) -> None:
    put(box).with_name("3月.csv.envelope.json").unlink()
    put(box, name="4月.csv").unlink()
    with clock.at(dt.datetime.now(dt.UTC) + dt.timedelta(days=8)):
        services.drop_scan()
    assert left(box) == []
    assert "已删除" in receipt(box)["refusal"]


def test_a_digest_that_never_fits_goes_back(box: Path) -> None:
    put(box, sha256="0" * 64)
    with later():
        services.drop_scan()
    assert (receipt(box)["state"], "SHA-256" in receipt(box)["refusal"]) == ("REFUSED", True)
    assert left(box) == []
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"dataset": "disability", "owner": "DPF"}, "dataset"),
        ({"dataset": "../../etc/passwd"}, "dataset"),
        ({"dataset": None}, "dataset"),
        ({"dataset": ["funeral"]}, "dataset"),
        ({"period": 202503}, "period"),
        ({"period": "2025-13"}, "账期"),
        ({"period": "2999-01"}, "账期"),
        ({"region": "410523"}, "region"),
        ({"owner": "MED"}, "owner"),
        ({"record_count": 9}, "record_count"),
    ],
)
def test_an_envelope_that_does_not_fit_gives_a_receipt_that_says_so(box: Path, said: dict[str, Any], word: str) -> None:
    put(box, **said)
    services.drop_scan()
    assert (receipt(box)["state"], word in receipt(box)["refusal"]) == ("REFUSED", True)
    assert left(box) == []
    assert queries.lake_files(COUNTY) == {}


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b"[" * 60_000])
def test_an_envelope_that_is_no_json_goes_back_once_it_rests(box: Path, text: bytes) -> None:
    put(box).with_name("3月.csv.envelope.json").write_bytes(text)
    assert services.drop_scan() == 0
    with later():
        services.drop_scan()
    assert "JSON" in receipt(box)["refusal"]
    assert left(box) == []


def test_an_envelope_that_is_huge_goes_back(box: Path) -> None:
    put(box).with_name("3月.csv.envelope.json").write_bytes(b" " * 70_000)
    services.drop_scan()
    assert "64 KB" in receipt(box)["refusal"]


def test_links_are_never_followed(box: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(FILE)
    (box / "in" / "soft.csv").symlink_to(secret)
    (box / "in" / "soft.csv.envelope.json").write_bytes(envelope(FILE))
    (box / "in" / "hard.csv").hardlink_to(secret)
    (box / "in" / "hard.csv.envelope.json").write_bytes(envelope(FILE))
    os.mkfifo(box / "in" / "pipe.csv")
    (box / "in" / "folder.csv").mkdir()
    services.drop_scan()
    assert not Batch.objects.exists()
    for name in ("soft.csv", "hard.csv", "pipe.csv", "folder.csv"):
        assert receipt(box, name)["state"] == "REFUSED"
    assert left(box) == ["folder.csv"]
    assert secret.read_bytes() == FILE


def test_an_envelope_that_is_a_link_is_not_read(box: Path, tmp_path: Path) -> None:
    path = put(box)
    beside = path.with_name(path.name + ".envelope.json")
    elsewhere = tmp_path / "e.json"
    beside.rename(elsewhere)
    beside.symlink_to(elsewhere)
    services.drop_scan()
    assert receipt(box)["state"] == "REFUSED"
    assert elsewhere.exists()


def test_a_receipt_does_not_go_through_a_link(box: Path, tmp_path: Path) -> None:
    target = tmp_path / "keep"
    target.write_text("mine")
    (box / "out" / "3月.csv.receipt.json").symlink_to(target)
    put(box)
    services.drop_scan()
    assert target.read_text() == "mine"
    assert receipt(box)["state"] == "ACCEPTED"


@pytest.mark.parametrize("part", ["410522", "CIVIL_AFFAIRS", "in"])
def test_a_folder_that_is_a_link_is_not_entered(box: Path, tmp_path: Path, part: str) -> None:
    put(box)
    at = {"410522": box.parent, "CIVIL_AFFAIRS": box, "in": box / "in"}[part]
    at.rename(tmp_path / "moved")
    at.symlink_to(tmp_path / "moved")
    services.drop_scan()
    assert not Batch.objects.exists()


@pytest.mark.parametrize("name", ["a\nb.csv", "a\x1b[31m.csv", "x\\..\\..\\y.csv", "\u202egnp.csv", "x" * 210 + ".csv"])
def test_hostile_names_are_refused_under_a_safe_one(box: Path, name: str) -> None:
    (box / "in" / name).write_bytes(FILE)
    services.drop_scan()
    assert left(box) == []
    (answer,) = (box / "out").iterdir()
    assert answer.name.startswith("拒收-")
    assert json.loads(answer.read_text())["state"] == "REFUSED"


def test_a_name_in_another_encoding_is_refused(box: Path) -> None:
    with open(os.fsencode(box / "in") + b"/\xb2\xe2.csv", "wb") as stream:  # noqa: PTH123 - bytes
        stream.write(FILE)
    services.drop_scan()
    assert left(box) == []
    assert not Batch.objects.exists()


def test_folders_of_nobody_are_left_alone(box: Path, tmp_path: Path) -> None:
    for stranger in ("410522/NOBODY/in", "..evil/CIVIL_AFFAIRS/in", "41052x/CIVIL_AFFAIRS/in"):
        folder = tmp_path / "drop" / stranger
        folder.mkdir(parents=True)
        (folder / "f.csv").write_bytes(FILE)
        (folder / "f.csv.envelope.json").write_bytes(envelope(FILE))
    assert services.drop_scan() == 0
    assert not Batch.objects.exists()


def test_one_bad_file_does_not_hold_up_the_next(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from doudi.apps.exchange.services import drop

    put(box, name="a.csv")
    put(box, funeral([row(9)]), name="b.csv")
    real = drop.deliver

    def stumble(**values: Any) -> Batch:
        if values["file_name"] == "a.csv":
            raise RuntimeError("down")
        return real(**values)

    monkeypatch.setattr(drop, "deliver", stumble)
    assert services.drop_scan() == 1
    assert left(box) == ["a.csv", "a.csv.envelope.json"]
    monkeypatch.undo()


def test_a_file_put_in_its_place_meanwhile_is_not_lost(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from doudi.apps.exchange.services import drop

    path = put(box)
    newer = funeral([row(7)])
    real = drop.deliver

    def replaced(**values: Any) -> Batch:
        done = real(**values)
        other = path.with_name(".upload")
        other.write_bytes(newer)
        other.replace(path)
        path.with_name(path.name + ".envelope.json").write_bytes(envelope(newer, batch_id="F-2"))
        return done

    monkeypatch.setattr(drop, "deliver", replaced)
    services.drop_scan()
    monkeypatch.setattr(drop, "deliver", real)
    services.drop_scan()
    assert sorted(Batch.objects.values_list("state", "batch_id")) == [("ACCEPTED", "F-2025-03-1"), ("STAGED", "F-2")]
    assert left(box) == []


def test_no_personal_data_in_receipts(box: Path) -> None:
    put(box)
    services.drop_scan()
    text = (box / "out" / "3月.csv.receipt.json").read_text()
    assert number(1) not in text
    assert "李四" not in text


@pytest.mark.parametrize(("county", "department"), [("41052", "MED"), ("../etc", "MED"), ("410522", "../x"), ("", "")])
def test_a_folder_is_made_for_counties_and_departments_only(county: str, department: str) -> None:
    with pytest.raises(Invalid):
        services.drop_open(county=county, department=department)


def test_the_command_makes_a_folder_and_looks_once(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(box)
    assert main(["feeds", "drop", "--open", "410522/MED"]) == 0
    assert main(["feeds", "drop"]) == 0
    assert "处理 1 个文件" in capsys.readouterr().out
    assert (box.parent / "MED" / "in").is_dir()
    assert main(["feeds", "drop", "--open", "nonsense"]) == 2


POINTS = {
    "before the delivery": "doudi.apps.exchange.services.drop.deliver",
    "lake written, batch not": "doudi.apps.exchange.services.delivery._settle",
    "batch written, receipt not": "doudi.apps.exchange.services.drop._give_back",
    "receipt written aside": "doudi.apps.exchange.services.drop.os.replace",
    "receipt there, file still": "doudi.apps.exchange.services.drop.os.stat",
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
settings.DROP_ROOT = home / "drop"
from doudi.apps.exchange import services
with mock.patch(sys.argv[2], side_effect=lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)):
    services.drop_scan()
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_scan_is_completed_by_the_next_with_the_effect_of_one(point: str, box: Path, tmp_path: Path) -> None:
    put(box)
    found = connection.settings_dict
    parts = {"dbname": found["NAME"], "user": found["USER"], "host": found["HOST"], "port": found["PORT"]}
    url = " ".join(f"{key}={value}" for key, value in parts.items() if value)
    environment = os.environ | {"DATABASE_URL": url, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), POINTS[point]]
    done = subprocess.run(command, env=environment, capture_output=True)
    assert done.returncode == -9, done.stderr.decode()
    services.drop_scan()
    batch = Batch.objects.get()
    assert (batch.state, batch.deliveries, batch.received, batch.accepted) == ("ACCEPTED", 1, 3, 2)
    assert (receipt(box)["accepted"], left(box)) == (2, [])
    assert [path.name for path in (box / "out").iterdir()] == ["3月.csv.receipt.json"]


@pytest.mark.django_db(transaction=True)
def test_two_scans_at_once_take_a_file_once(box: Path) -> None:
    put(box)

    def scan(_: int) -> int:
        try:
            return services.drop_scan()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(scan, range(3))) == 1
    assert Batch.objects.get().deliveries == 1

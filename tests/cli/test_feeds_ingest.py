"""``doudi feeds ingest`` delivers as the platform; bad input is one line and status 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from doudi.apps.exchange.models import Batch
from doudi.cli import main
from tests.apps.exchange.files import envelope, funeral, row
from tests.factories import COUNTY, OTHER_VILLAGE, make_household

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    settings.LAKE_ROOT, settings.MEDIA_ROOT, settings.HOME = tmp_path / "lake", tmp_path / "files", tmp_path
    make_household(category="DIBAO")


def ingest(path: Path, *more: str, period: str = "2025-03") -> int:
    return main(["feeds", "ingest", str(path), "--feed", "funeral", "--period", period, *more])


def test_ingest_prints_the_receipt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(funeral([row(1), "410522194001010018,李四,2025-02-11,"]))
    assert ingest(path, "--json") == 0
    receipt = json.loads(capsys.readouterr().out)
    assert (receipt["received"], receipt["accepted"], receipt["reasons"]) == (2, 1, {"ID_CHECKSUM": 1})
    batch = Batch.objects.get()
    assert (batch.county_id, batch.delivered_by) == (COUNTY, None)


def test_ingest_twice_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(funeral([row(1)]))
    assert (ingest(path), ingest(path)) == (0, 0)
    assert "此前已报送，第 2 次" in capsys.readouterr().out
    assert Batch.objects.count() == 1


def test_ingest_reads_the_envelope_beside_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "f.csv"
    content = funeral([row(1)])
    path.write_bytes(content)
    (tmp_path / "f.csv.envelope.json").write_bytes(envelope(content, record_count=5))
    assert ingest(path) == 2
    error = capsys.readouterr().err
    assert "record_count" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("more", "period", "said"),
    [((), "2025-13", "账期"), (("--county", "410599"), "2025-03", "--county"), ((), "2098-01", "账期")],
)
def test_bad_calls_are_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], period: str, said: str
) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(funeral([row(1)]))
    assert ingest(path, *more, period=period) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not Batch.objects.exists()


def test_the_county_must_be_named_where_there_are_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_household(OTHER_VILLAGE, category="DIBAO")
    path = tmp_path / "f.csv"
    path.write_bytes(funeral([row(1)]))
    assert ingest(path) == 2
    assert "there are several counties" in capsys.readouterr().err
    assert ingest(path, "--county", "410523") == 0
    assert Batch.objects.get().county_id == "410523000000"


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest(tmp_path / "none.csv") == 2
    assert "none.csv" in capsys.readouterr().err

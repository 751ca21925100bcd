"""Deliveries: counts that add up, one effect for the same file, corrections, whole files that go back with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doudi.apps.audit.models import AccessLog
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.exchange import queries
from doudi.apps.exchange.models import Batch, QuarantineRow
from tests.apps.exchange.files import envelope, funeral, number, row, send
from tests.factories import COUNTY, OTHER_COUNTY, VILLAGE_A, make_divisions, make_household, make_person, make_user

pytestmark = pytest.mark.django_db
MIXED = funeral([row(1), row(1), row(2), "410522194001010018,李四,2025-02-11,", f"{number(3)},王五,某日,"])


@pytest.fixture(autouse=True)
def _divisions() -> None:
    make_divisions()


def test_a_delivery_is_counted_to_the_last_row() -> None:
    """R025, R098: received = accepted + duplicate + quarantined; matched against the county's register."""
    make_household(VILLAGE_A, members=[("head", make_person(number=number(2)))])
    batch = send(MIXED, actor=make_user("CNTY_DATA"))
    assert (batch.state, batch.received, batch.accepted, batch.duplicate, batch.quarantined) == ("ACCEPTED", 5, 2, 1, 2)
    assert (batch.matched, batch.unmatched) == (1, 1)
    assert batch.reasons == {"DATE_FORMAT": 1, "ID_CHECKSUM": 1}
    assert queries.receipt(batch)["reasons"] == {"DATE_FORMAT": 1, "ID_CHECKSUM": 1}
    assert list(QuarantineRow.objects.values_list("line", flat=True)) == [4, 5]


def test_rows_in_quarantine_are_sealed_and_nothing_of_the_file_is_left_in_clear(tmp_path: Path) -> None:
    send(MIXED)
    kept = QuarantineRow.objects.first()
    assert kept is not None
    assert "410522194001010018" in kept.raw
    assert b"410522194001010018" not in bytes(kept.raw_sealed)
    stored = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert stored
    assert not any(number(1).encode() in content or b"410522194001010018" in content for content in stored)
    assert not list((tmp_path / "files" / "incoming").iterdir())


def test_the_lake_has_the_version_that_the_batch_names() -> None:
    batch = send(MIXED)
    files = queries.lake_files(COUNTY)
    assert list(files) == ["funeral"]
    assert files["funeral"]["2025-03"].is_file()
    assert batch.version in str(files["funeral"]["2025-03"])


def test_the_same_file_twice_is_one_batch() -> None:
    first, again = send(MIXED), send(MIXED)
    assert (again.pk, again.deliveries) == (first.pk, 2)
    assert (Batch.objects.count(), QuarantineRow.objects.count()) == (1, 2)


def test_periods_stand_side_by_side() -> None:
    send(funeral([row(1)]), period="2025-02")
    send(funeral([row(1)]), period="2025-03")
    assert list(queries.lake_files(COUNTY)["funeral"]) == ["2025-02", "2025-03"]


@pytest.mark.parametrize(
    ("content", "file_name", "said"),
    [
        (b"", "a.csv", "文件是空的"),
        ("姓名,备注\r\n张三,无\r\n".encode(), "a.csv", "缺少必需的列"),
        (b"\x00\x01\x02\x03", "a.csv", "a.csv"),
        (b"PK\x03\x04nonsense", "a.xlsx", "a.xlsx"),
    ],
)
def test_a_file_that_cannot_be_used_goes_back_whole(content: bytes, file_name: str, said: str) -> None:
    batch = send(content, actor=make_user("CNTY_DATA"), file_name=file_name)
    assert batch.state == "REFUSED"
    assert said in batch.refusal
    assert (batch.received, batch.accepted, batch.version) == (0, 0, "")
    assert queries.lake_files(COUNTY) == {}
    assert AccessLog.objects.get(action="REFUSED").reason == batch.refusal


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"sha256": "0" * 64}, "sha256"),
        ({"record_count": 4}, "record_count"),
        ({"owner": "MED"}, "owner"),
        ({"dataset": "disability"}, "dataset"),
        ({"period": "2025-02"}, "period"),
        ({"region": "410523"}, "region"),
    ],
)
def test_an_envelope_that_does_not_fit_refuses_the_file(changed: dict[str, Any], field: str) -> None:
    batch = send(MIXED, envelope=envelope(MIXED, **changed))
    assert (batch.state, f"信封的 {field}" in batch.refusal) == ("REFUSED", True)
    assert not QuarantineRow.objects.exists()


def test_a_refused_file_is_taken_when_its_envelope_is_right() -> None:
    refused = send(MIXED, envelope=envelope(MIXED, record_count=4))
    taken = send(MIXED, envelope=envelope(MIXED))
    assert (taken.pk, taken.state, taken.refusal, taken.deliveries) == (refused.pk, "ACCEPTED", "", 2)
    assert taken.batch_id == "F-2025-03-1"


def test_an_envelope_may_name_the_region_with_twelve_digits() -> None:
    assert send(MIXED, envelope=envelope(MIXED, region=COUNTY)).state == "ACCEPTED"


def test_a_refused_file_does_not_disturb_the_one_in_force() -> None:
    good = send(MIXED)
    send(b"\x00\x01")
    good.refresh_from_db()
    assert good.state == "ACCEPTED"


def test_a_refusal_never_quotes_an_id_number() -> None:
    content = f"身份证号码,姓名,死亡日期,{number(9)}\r\n".encode()
    batch = send(content)
    assert batch.state == "REFUSED"
    assert number(9) not in batch.refusal


@pytest.mark.parametrize(
    ("role", "department", "feed"),
    [("DEPT_MED", "MED", "funeral"), ("DEPT_MED", "MED", "disability"), ("CNTY_DATA", "CIVIL_AFFAIRS", "disability")],
)
def test_a_department_delivers_its_own_feeds_only(role: str, department: str, feed: str) -> None:
    with pytest.raises(Refused):
        send(MIXED, actor=make_user(role, department=department), feed=feed)
    assert not Batch.objects.exists()


@pytest.mark.parametrize("role", ["CNTY_LEAD", "CITY_CA", "AUDITOR", "CNTY_SUP", "SYS_ADMIN"])
def test_roles_without_upload_are_refused(role: str) -> None:
    with pytest.raises(Refused):
        send(MIXED, actor=make_user(role))
    assert not Batch.objects.exists()


def test_nobody_delivers_for_another_county() -> None:
    with pytest.raises(NotFound):
        send(MIXED, actor=make_user("CNTY_DATA"), county=OTHER_COUNTY)
    assert not Batch.objects.exists()


@pytest.mark.parametrize(("feed", "period"), [("unknown", "2025-03"), ("funeral", "2025-13"), ("funeral", "2999-01")])
def test_an_unknown_feed_or_period_is_refused(feed: str, period: str) -> None:
    with pytest.raises(Invalid):
        send(MIXED, feed=feed, period=period)
    assert not Batch.objects.exists()


def test_a_file_beyond_the_limit_is_not_read_to_its_end(settings: Any, tmp_path: Path) -> None:
    settings.FEED_UPLOAD_MAX_BYTES = 50
    with pytest.raises(Invalid):
        send(MIXED)
    assert not Batch.objects.exists()
    assert not list((tmp_path / "files" / "incoming").iterdir())


def test_file_names_keep_no_path() -> None:
    assert send(MIXED, file_name="..\\..\\etc/2025/殡葬.csv").file_name == "殡葬.csv"

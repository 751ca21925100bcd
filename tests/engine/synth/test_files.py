"""The county on disk: the snapshot's columns, each department's own layout, typing errors at their rates."""

from __future__ import annotations

import csv
import filecmp
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook

from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import ingest, load_contract, read_delivery
from doudi.engine.synth import County, make_county, mistakes, write_county
from doudi.engine.synth.feeds import LAYOUTS, periods_of, rows
from tests.engine.synth.conftest import HOUSEHOLDS

PERIOD = "2025-10"
FEEDS = sorted(LAYOUTS)


@pytest.fixture(params=FEEDS)
def feed(request: pytest.FixtureRequest, written: Path) -> str:
    """Each feed that anybody of the sample county is listed in."""
    name: str = request.param
    if name not in truth(written)["files"]:
        pytest.skip("nobody of the sample county is listed")
    return name


def truth(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "planted.json").read_text(encoding="utf-8"))
    return loaded


def file_of(folder: Path, feed: str, period: str = PERIOD) -> Path:
    (found,) = [path for path in (folder / "feeds" / feed).glob(f"{period}.*") if path.suffix != ".json"]
    return found


def tokeniser(folder: Path) -> Tokeniser:
    return Tokeniser(bytes.fromhex((folder / "registry" / "token.key").read_text().strip()))


def test_a_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_county(make_county(60, 3, PERIOD), tmp_path / name)
    names = sorted(f"{path.relative_to(tmp_path / 'one')}" for path in (tmp_path / "one").rglob("*") if path.is_file())
    same, different, failed = filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", names, shallow=False)
    assert (sorted(same), different, failed) == (names, [], [])


def test_each_feed_has_its_files(county: County, written: Path, feed: str) -> None:
    assert sorted(path.stem for path in (written / "feeds" / feed).iterdir() if path.suffix != ".json") == periods_of(
        county, feed
    )


def test_bills_cover_twelve_months(county: County) -> None:
    periods = periods_of(county, "medical_settlement")
    assert (len(periods), periods[0], periods[-1]) == (12, "2024-11", "2025-10")


@pytest.mark.parametrize(
    ("feed", "encoding"), [("disability", "gb18030"), ("medical_settlement", "gb18030"), ("unemployment", "utf-8-sig")]
)
def test_csv_stands_in_the_departments_encoding_with_its_headings(written: Path, feed: str, encoding: str) -> None:
    lines = list(csv.reader(io.StringIO(file_of(written, feed).read_bytes().decode(encoding))))
    assert lines[0] == [field.title for field in load_contract(feed).fields]
    assert {len(line) for line in lines} == {len(lines[0])}


@pytest.mark.parametrize("feed", ["funeral", "poor_student", "fanpin"])
def test_workbooks_have_the_contracts_headings(written: Path, feed: str) -> None:
    sheet = load_workbook(file_of(written, feed), read_only=True).active
    assert sheet is not None
    assert list(next(sheet.iter_rows(values_only=True))) == [field.title for field in load_contract(feed).fields]


def test_envelope_fits_the_file(written: Path, feed: str) -> None:
    path = file_of(written, feed)
    envelope = json.loads(path.with_name(path.name + ".envelope.json").read_text(encoding="utf-8"))
    assert set(envelope) == {
        "batch_id", "owner", "dataset", "period", "region", "schema_version", "record_count", "sha256", "sent_at",
    }  # fmt: skip
    assert envelope["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert envelope["record_count"] == truth(written)["files"][feed][PERIOD]["received"]
    assert envelope["owner"] == load_contract(feed).department


def test_ingest_reports_exactly_the_mistakes_made(written: Path, tmp_path: Path, feed: str) -> None:
    for period, expected in truth(written)["files"][feed].items():
        with read_delivery(file_of(written, feed, period), load_contract(feed), region="410522") as delivery:
            found = ingest(delivery, load_contract(feed), tokeniser(written), tmp_path)
        counts = ("received", "accepted", "duplicate", "quarantined")
        assert {name: getattr(found, name) for name in counts} == {name: expected[name] for name in counts}


def test_mistakes_come_at_their_rates() -> None:
    county = make_county(1500, 2, PERIOD)
    made = mistakes.make_mistakes(county.seed, "disability", PERIOD, rows(county, "disability")[PERIOD])
    number = len(rows(county, "disability")[PERIOD])
    expected = {
        name: round(rate * number)
        for name, rate in mistakes.RATES.items()
        if name not in ("lower_case_x", "parts_exceed_total", "scientific_notation")
    }
    assert number > 800
    assert {name: made.mistakes[name] for name in expected} == {name: max(1, n) for name, n in expected.items()}
    assert made.mistakes["parts_exceed_total"] == made.mistakes["scientific_notation"] == 0


def test_old_numbers_and_odd_typing_lead_to_the_same_person(county: County, written: Path, tmp_path: Path) -> None:
    """Fifteen digits, full-width figures, a small x and spaces inside give the key of the eighteen digits."""
    keys = tokeniser(written)
    delivered = mistakes.make_mistakes(county.seed, "unemployment", PERIOD, rows(county, "unemployment")[PERIOD])
    odd = {
        keys.person_key(line.row.person.id_number)
        for line in delivered.lines
        if line.row.values["id_number"] != line.row.person.id_number and not line.row.safe
    }
    fifteen = [line for line in delivered.lines if len(str(line.row.values["id_number"])) == 15]
    odd |= {keys.person_key(line.row.person.id_number) for line in fifteen}
    with read_delivery(file_of(written, "unemployment"), load_contract("unemployment")) as delivery:
        found = ingest(delivery, load_contract("unemployment"), keys, tmp_path)
    stored = {key for (key,) in duckdb.connect().sql(f"SELECT person_key FROM '{found.path}'").fetchall()}
    assert fifteen
    assert odd
    assert odd <= stored


def test_feeds_hold_people_who_are_not_registered_and_people_of_other_counties(county: County) -> None:
    registered = {person.person_no for person in county.persons()}
    listed = rows(county, "medical_settlement")[PERIOD]
    outside = [row.person for row in listed if row.person.person_no not in registered]
    assert outside
    assert any(person.id_number[:6] != county.code for person in outside)


def test_nobody_is_treated_after_death(county: County) -> None:
    people = [person for person in (*county.persons(), *county.strangers) if person.death is not None]
    dead = {person.person_no: person.death.died_on for person in people if person.death}
    bills = [row for found in rows(county, "medical_settlement").values() for row in found]
    late = [row for row in bills if str(row.values["settled_on"]) > str(dead.get(row.person.person_no, "9999"))]
    assert dead
    assert late == []


SNAPSHOT = Path(__file__).parents[3] / "docs" / "registry-snapshot.md"


@pytest.mark.parametrize("name", ["members", "households", "payments", "standards"])
def test_registry_has_the_columns_of_the_document(written: Path, name: str) -> None:
    (row,) = [
        line for line in SNAPSHOT.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{name}.parquet`")
    ]
    columns = [
        column for column, *_ in duckdb.connect().sql(f"DESCRIBE FROM '{written}/registry/{name}.parquet'").fetchall()
    ]
    missing = [column for column in columns if column not in row]
    assert missing == []


def test_members_are_the_countys_without_names_or_numbers(county: County, written: Path) -> None:
    keys = tokeniser(written)
    stored = (
        duckdb.connect().sql(f"SELECT person_key, household_key FROM '{written}/registry/members.parquet'").fetchall()
    )
    assert sorted(stored) == sorted(
        (keys.person_key(member.person.id_number), keys.household_key(home.household_no))
        for home in county.households
        for member in home.members
    )
    assert stored == sorted(stored)


def test_household_income_is_the_members_and_the_shared(county: County, written: Path) -> None:
    folder = written / "registry"
    wrong = (
        duckdb.connect()
        .sql(f"""
        SELECT h.household_key
        FROM '{folder}/households.parquet' AS h JOIN '{folder}/members.parquet' AS m USING (household_key)
        GROUP BY ALL
        HAVING any_value(h.income_year) <> any_value(h.shared_income)
          + sum(m.wage + m.business_net + m.property_net + m.transfer_net + m.other_income)""")
        .fetchall()
    )
    assert wrong == []


def test_snapshot_says_what_it_holds(county: County, written: Path) -> None:
    snapshot = json.loads((written / "registry" / "snapshot.json").read_text(encoding="utf-8"))
    members = sum(len(home.members) for home in county.households)
    assert (snapshot["period"], snapshot["as_of"], snapshot["sample"]) == ("2025-10", "2025-10-31", True)
    assert (snapshot["counts"]["members"], snapshot["counts"]["households"]) == (members, HOUSEHOLDS)
    assert snapshot["key_id"] == tokeniser(written).key_id
    assert (written / "period").read_text() == "2025-10"


def test_a_sample_replaces_a_sample(tmp_path: Path) -> None:
    write_county(make_county(5, 1, "2025-09"), tmp_path)
    write_county(make_county(5, 2, "2025-10"), tmp_path)
    assert sorted(path.stem for path in (tmp_path / "feeds" / "funeral").glob("*.xlsx")) == ["2025-09", "2025-10"]
    assert truth(tmp_path)["seed"] == 2


def test_other_peoples_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "members.parquet").write_text("theirs")
    with pytest.raises(InputError, match="holds no sample county"):
        write_county(make_county(5, 1, "2025-10"), tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["registry", "members.parquet"]

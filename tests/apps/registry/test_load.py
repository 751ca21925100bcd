"""A county loaded whole, once, or not at all; its snapshot is the one that the sample generator writes."""

from __future__ import annotations

import duckdb
import pytest

from doudi.apps.base.crypto import keys
from doudi.apps.base.errors import Conflict, Invalid, Refused
from doudi.apps.chain import queries as chain
from doudi.apps.chain.models import ChainEvent
from doudi.apps.payments.models import PaymentLine
from doudi.apps.policy.models import LocalStandard
from doudi.apps.registry.load import load_county
from doudi.apps.registry.models import Category, CategoryStatus, Household, Membership, Person
from doudi.apps.registry.snapshot import export_snapshot
from doudi.engine.indicators.records import CORE, RECORDS
from doudi.engine.synth import make_county
from doudi.engine.synth.registry import write_registry
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def county():
    return make_county(60, 7, "2025-03")


def rows():
    return {model.__name__: model.objects.count() for model in (Person, Household, Membership, ChainEvent, PaymentLine)}


def test_everything_arrives_with_history_and_chain(county):
    counts = load_county(county)
    assert counts["persons"] == len(county.persons()) == Person.objects.count()
    assert counts["households"] == 60 == Household.objects.count()
    assert counts["payment_lines"] == sum(len(h.payments) for h in county.households)
    assert Person.pgh_event_model.objects.filter(pgh_label="insert").count() == counts["persons"]
    contexts = {row.pgh_context.metadata["action"] for row in Membership.pgh_event_model.objects.all()}
    assert contexts == {"registry.load"}
    assert list(chain.verify()) == []
    assert set(LocalStandard.objects.values_list("is_sample", flat=True)) == {True}


def test_values_arrive_sealed_and_open_again(county):
    load_county(county)
    made = county.households[0].head
    person = Person.objects.get(id_token=keys().token_of("id_number", made.id_number))
    assert (person.id_number, person.phone, person.account) == (made.id_number, made.phone, made.bank_account)
    household = Household.objects.get(household_no=county.households[0].household_no)
    assert (household.head_name, household.category) == (made.name, county.households[0].category or "")


def test_open_statuses_are_those_of_the_county(county):
    load_county(county)
    expected = sum(member.category is not None for h in county.households for member in h.members)
    statuses = CategoryStatus.objects.filter(to_date=None).exclude(category=Category.FANPIN)
    assert statuses.count() == expected


def test_second_load_changes_nothing(county):
    first = load_county(county)
    before = rows()
    assert load_county(county) == first
    assert rows() == before


def test_other_county_with_the_same_household_numbers_is_refused_whole(county):
    load_county(county)
    before = rows()
    with pytest.raises(Conflict):
        load_county(make_county(61, 8, "2025-03"))
    assert rows() == before


def test_failure_in_the_middle_leaves_nothing():
    broken = make_county(30, 9, "2025-03")
    broken.households[-1].payments[:] = [broken.households[0].payments[0]]
    broken.households[-1].payments[0] = type(broken.households[0].payments[0])(
        None, "2025-03", "dibao", 10**15, "paid", broken.as_of
    )
    with pytest.raises(Exception, match="numeric field overflow"):
        load_county(broken)
    assert not any(rows().values())


def test_bad_number_is_refused_before_anything_is_written():
    broken = make_county(30, 9, "2025-03")
    broken.households[3].head.id_number = "410522199901010000"
    with pytest.raises(Invalid) as refused:
        load_county(broken)
    assert "410522199901010000" not in str(refused.value)
    assert not any(rows().values())


def test_person_known_already_keeps_the_row(county):
    """R264."""
    made = county.households[0].head
    known = f.make_person(made.name, birth=made.birth_date, sex=made.sex, number=made.id_number)
    counts = load_county(county)
    assert counts["persons"] == len(county.persons()) - 1
    assert Membership.objects.filter(person=known).exists()


def test_loading_needs_the_operation(county):
    with pytest.raises(Refused):
        load_county(county, actor=f.make_user("TOWN_CLERK", f.TOWN_A))
    assert Person.objects.count() == 0


@pytest.mark.parametrize("name", ["members", "households", "payments", "standards"])
def test_snapshot_equals_the_generators_own(county, tmp_path, name):
    load_county(county)
    ours = export_snapshot(county.code, "2025-03", tmp_path / "ours")
    county.token_key = keys().lake
    write_registry(county, tmp_path / "theirs")
    ours, theirs = (f"read_parquet('{folder / name}.parquet')" for folder in (ours, tmp_path / "theirs"))
    if name == "standards":  # changes that stand above a document: a sample county has none
        assert duckdb.sql(f"SELECT DISTINCT amends FROM {ours}").fetchall() == [(False,)]
        ours = f"(SELECT * EXCLUDE amends FROM {ours})"
    assert (
        duckdb.sql(f"DESCRIBE SELECT * FROM {ours}").fetchall()
        == duckdb.sql(f"DESCRIBE SELECT * FROM {theirs}").fetchall()
    )
    assert duckdb.sql(f"SELECT * FROM {ours}").fetchall()
    assert duckdb.sql(f"SELECT * FROM {ours} EXCEPT ALL SELECT * FROM {theirs}").fetchall() == []
    assert duckdb.sql(f"SELECT * FROM {theirs} EXCEPT ALL SELECT * FROM {ours}").fetchall() == []


def test_snapshot_holds_one_county_and_no_secret(county, tmp_path):
    load_county(county)
    f.make_household(f.OTHER_VILLAGE, category="DIBAO")
    out = export_snapshot(county.code, "2025-03", tmp_path)
    written = {path.stem for path in out.iterdir() if path.suffix == ".parquet"}
    assert {"households", "members", "payments", "standards"} <= written <= {*CORE, *RECORDS, "standards"}
    assert {path.name for path in out.iterdir() if path.suffix != ".parquet"} == {"snapshot.json"}
    counted = duckdb.sql(f"SELECT count(*), min(county_code) FROM '{out}/households.parquet'").fetchall()
    assert counted == [(60, "410522000000")]
    stored = b"".join(path.read_bytes() for path in out.iterdir())
    assert county.households[0].head.id_number.encode() not in stored
    assert keys().lake.hex().encode() not in stored

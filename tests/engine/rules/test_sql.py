"""What the generated statement leaves out, and that leaving it out changes nothing."""

from __future__ import annotations

import datetime as dt
import random
import re
from typing import Any

import duckdb
import pytest

from doudi.engine.errors import InputError
from doudi.engine.rules import Values, determine, load_pack
from doudi.engine.rules.bulk import create_tables, fill_tables, statement_many
from doudi.engine.rules.plan import plan
from tests.engine.rules.examples import AS_OF, PACKS, STANDARDS, household, person, random_household


def decided(documents: list[Any], pack: str, standards: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    connection = duckdb.connect()
    create_tables(connection)
    fill_tables(connection, documents, AS_OF)
    statement = statement_many(connection, load_pack(pack), AS_OF, standards=standards)
    return statement, {key: tuple(row) for key, *row in connection.execute(statement).fetchall()}


@pytest.mark.parametrize("name", PACKS)
def test_rights_cost_the_amounts_nothing(name: str) -> None:
    """Rules that only entitlements use are no part of the statement for category and amount."""
    pack = load_pack(name)
    used = {item.name for item in plan(pack, ["category", "monthly"], [])}
    rights = {name for name in pack.rules if name.startswith("entitled_")}
    assert len(rights) > 20
    assert used.isdisjoint({*rights, "inpatient_ratio", "inpatient_self_paid", "outpatient_aid"})


@pytest.mark.parametrize("name", ["national_guide", "qingyang", "hubei", "anyang"])
def test_only_members_who_may_receive_are_looked_at_again(name: str) -> None:
    statement, _ = decided([household(person("A"))], name, STANDARDS)
    assert re.search(r"FROM person_\d AS n WHERE .*\bis_tekun\b", statement)


@pytest.mark.parametrize("standards", [STANDARDS, {"disposable_income": 21000}, {}])
@pytest.mark.parametrize("name", PACKS)
def test_unknown_facts_and_numbers_reach_the_amount(name: str, standards: dict[str, Any]) -> None:
    """A member who cannot be settled leaves the amount open, whether or not he could receive something."""
    documents = [random_household(random.Random(seed), f"H{seed}") for seed in range(1000, 1150)]
    for document in documents[::3]:
        del document["members"][-1]["relation"]
        document["members"][-1] |= {"relation": "other", "has_legal_supporter": False}
        document["members"][-1].pop("birth_date", None)
        document["members"][-1].pop("age", None)
    _, found = decided(documents, name, standards)
    results = determine(documents, load_pack(name), AS_OF, standards)["households"]
    expected = {
        result["household_id"]: (
            result["category"],
            None if result["monthly"] is None else int(result["monthly"].replace(".", "")),
        )
        for result in results
    }
    assert found == expected
    assert any(monthly is None for _, monthly in found.values())


def test_a_household_without_members_has_its_row() -> None:
    connection = duckdb.connect()
    create_tables(connection)
    fill_tables(connection, [household(person("A"))], AS_OF)
    connection.execute("DELETE FROM person")
    statement = statement_many(connection, load_pack("anyang"), AS_OF, standards=STANDARDS)
    assert connection.execute(statement).fetchall() == [("H", "NOT_LOW_INCOME", 0)]


def test_each_county_is_decided_by_its_own_numbers() -> None:
    """A village finds its county's standard; a county that has none leaves the household open."""
    documents = [
        household(person("A", wage=9000)) | {"household_id": code, "division": code}
        for code in ("410502001002", "410503", "620000000000")
    ]
    standards = {
        "dibao_standard": {"410502": {"urban": "800.50"}, "410503": {"urban": 700}},
        "disposable_income": 21000,
    }
    _, found = decided(documents, "national_guide", standards)
    assert found == {
        "410502001002": ("DIBAO", 5050),
        "410503": ("MARGIN", 0),
        "620000000000": ("NEEDS_LOCAL_RULE", None),
    }


def test_every_number_of_a_locality_is_read_before_the_first_household() -> None:
    with pytest.raises(InputError, match="低保标准") as caught:
        Values(load_pack("anyang"), dt.date(2025, 3, 1), {"dibao_standard": {"410502": 800, "410503": "much"}})
    assert caught.value.where == "standards: dibao_standard"

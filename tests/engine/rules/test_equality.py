"""The two evaluators agree: every rule of every pack, on random households, to the 分."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import duckdb
import pytest

from doudi.engine.rules import Values, load_pack, read_household
from doudi.engine.rules.bulk import create_tables, fill_tables, statement_many
from doudi.engine.rules.interpret import Evaluation, rows_of
from tests.engine.rules.examples import AS_OF, PACKS, random_household

DOCUMENTS = [random_household(random.Random(seed), f"H{seed}") for seed in range(400)]
NUMBERS: dict[str, Any] = {
    "dibao_standard": {"410502": {"urban": "800.50", "rural": 600}, "410100": {"urban": 900, "rural": 700}},
    "disposable_income": 21000,
    "tekun_basic_standard": {"urban": 1040, "rural": 780},
    "tekun_income_limit": 200,
    "tekun_care_none": 900,
    "insurance_contribution": 400,
    "rigid_ratio": {"410502": "0.6"},
}
STANDARDS = {"nothing known": {}, "some numbers": NUMBERS}


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_tables(connection)
    fill_tables(connection, DOCUMENTS, AS_OF)
    return connection


def shown(value: Any, unit: str) -> Any:
    """As the tables hold it: money in 分."""
    return int(value * (100 if unit.startswith("元") else 1)) if isinstance(value, Fraction) else value


@pytest.mark.parametrize("standards", STANDARDS)
@pytest.mark.parametrize("name", PACKS)
def test_interpreter_and_sql_agree(name: str, standards: str, connection: duckdb.DuckDBPyConnection) -> None:
    pack = load_pack(name)
    values = Values(pack, AS_OF, STANDARDS[standards])
    unrounded = {
        "income_per_capita_month",
        "dibao_amount_exact",
        "single_income_month",
        "single_amount_exact",
        "job_cost",
        "alone_income_month",
        "alone_income_least",
        "job_cost_most",
        "lowest_income",
        "inpatient_ratio",
        "counted_income",
        "household_income",
        "support_counted",
    }
    evaluated = [Evaluation(pack, read_household(document), values).household for document in DOCUMENTS]
    for entity in ("household", "person"):
        outputs = [rule.name for rule in pack.rules.values() if rule.entity == entity and rule.name not in unrounded]
        statement = statement_many(
            connection, pack, AS_OF, standards=STANDARDS[standards], entity=entity, outputs=outputs
        )
        keys = 1 if entity == "household" else 2
        found = {
            row[:keys]: dict(zip(outputs, row[keys:], strict=True)) for row in connection.execute(statement).fetchall()
        }
        expected = {
            (household.key,) if keys == 1 else (household.key, row.key): {
                name: shown(row.values[name], pack.rules[name].unit) for name in outputs
            }
            for household in evaluated
            for row in rows_of(household, entity)
        }
        assert found == expected


def test_scenarios_are_one_more_column(connection: duckdb.DuckDBPyConnection) -> None:
    """One statement for several what-if cases gives what each case gives alone."""
    pack = load_pack("zhengzhou")
    cases: dict[str, dict[str, Any]] = {"now": {}, "wider": {"margin_multiplier": 2, "supplement": 150}}
    statement = statement_many(connection, pack, AS_OF, standards=NUMBERS, scenarios=cases)
    together = sorted(connection.execute(statement).fetchall())
    alone = []
    for name, overrides in cases.items():
        single = statement_many(connection, pack, AS_OF, standards=NUMBERS, overrides=overrides)
        alone += [(name, *row) for row in connection.execute(single).fetchall()]
    assert together == sorted(alone)

"""One OpenFisca version over the register, alone in its process: read, compute, write.

    python -m ladder.openfisca_run usual|tuned|one_pass REGISTER.duckdb RESULT.parquet

``usual`` makes the simulation as OpenFisca's handbook does for large data (ids and roles, join_with_persons); the
others put the household's index in place. All read their columns with DuckDB, which also numbers areas and counties
for them; the register's rows stand in the order of their keys, so that nothing has to be sorted.
Prints CPU-seconds, of the whole and of the calculation alone, and peak memory.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

import duckdb
import numpy as np
from ladder.data import BY_COUNTY, COUNTIES, peak_memory_mb, standards
from ladder.openfisca_usual import CATEGORIES, lookup_seconds
from openfisca_core.simulations import SimulationBuilder

HOUSEHOLD = """SELECT household_key, property_conforms, {shared_property_net}, {spending_illness_rigid},
  {spending_education_rigid}, CAST(CASE area WHEN 'urban' THEN 0 ELSE 1 END AS INTEGER) AS area,
  CAST((division[3:4]::INTEGER - 1) * 50 + division[5:6]::INTEGER - 1 AS INTEGER) AS county
FROM household"""
PERSON = """SELECT household_key, person_key, {relation}, {wage}, {transfer_net}, birth_date, serious_illness,
  has_legal_supporter, supporter_able, CAST(disability_grade AS INTEGER) AS disability_grade,
  CAST(COALESCE(self_care_failed_items, 0) AS INTEGER) AS self_care_failed_items,
  COALESCE(died_on, DATE '2999-12-31') AS died_on, CAST(current_category = 'OTHER' AS INTEGER) AS current_category
FROM person"""
SUPPORT = """SELECT person_key, {annual_support} FROM supporter WHERE NOT co_living"""
MONEY = (
    "shared_property_net", "spending_illness_rigid", "spending_education_rigid",
    "wage", "transfer_net", "annual_support",
)  # fmt: skip
YUAN, FEN = "CAST({} / 100 AS FLOAT)", "CAST({} AS INTEGER)"


def read(connection: duckdb.DuckDBPyConnection, query: str, money: str) -> dict[str, Any]:
    columns = {name: f"{money.format(name)} AS {name}" for name in MONEY}
    columns["relation"] = "CASE relation WHEN 'head' THEN 0 ELSE 1 END AS relation"
    found = connection.execute(query.format(**columns)).fetchnumpy()
    return {name: np.asarray(values) for name, values in found.items()}


def read_persons(connection: duckdb.DuckDBPyConnection, money: str) -> dict[str, Any]:
    persons, support = read(connection, PERSON, money), read(connection, SUPPORT, money)
    persons["support_received"] = np.zeros(len(persons["wage"]), dtype=persons["wage"].dtype)
    at = np.searchsorted(persons["person_key"], support["person_key"])
    np.add.at(persons["support_received"], at, support["annual_support"])
    return persons


def simulation(version: str, system: Any, households: dict[str, Any], persons: dict[str, Any]) -> Any:
    builder = SimulationBuilder()
    builder.create_entities(system)
    keys, of, ids = households.pop("household_key"), persons.pop("household_key"), persons.pop("person_key")
    roles = persons.pop("relation")
    if version == "usual":
        builder.declare_person_entity("person", ids)
        household = builder.declare_entity("household", keys)
        builder.join_with_persons(household, of, roles=roles)
    else:
        household, person = builder.populations["household"], builder.populations["person"]
        household.ids, household.count, person.ids, person.count = keys, len(keys), ids, len(ids)
        household.members_entity_id = np.searchsorted(keys, of)
    return builder.build(system)


def decide(version: str, system: Any, register: str, result: str) -> dict[str, float]:
    """From the register's file to the decisions' file."""
    start = time.process_time()
    money, scale = (YUAN, 1) if version == "usual" else (FEN, 100)
    with duckdb.connect(register, read_only=True) as connection:
        households, persons = read(connection, HOUSEHOLD, money), read_persons(connection, money)
    keys = households["household_key"]
    made = simulation(version, system, households, persons)
    numbers = standards()
    made.standards = {
        name: np.array([[numbers[name][code][area] * scale for area in ("urban", "rural")] for code in COUNTIES])
        for name in BY_COUNTY
    }
    before = time.process_time()
    for name, values in [*households.items(), *persons.items()]:
        yearly = system.get_variable(name).definition_period == "year"
        made.set_input(name, "2025" if yearly else "2025-03", values)
    del households, persons
    category, monthly = made.calculate("category", "2025-03"), made.calculate("monthly", "2025-03")
    after = time.process_time()
    decided = {"household_key": keys, "code": np.asarray(category), "fen": np.rint(np.asarray(monthly) * (100 / scale))}
    with duckdb.connect() as connection:
        connection.register("decided", decided)
        names = ", ".join(f"'{name}'" for name in CATEGORIES)
        columns = f"household_key, [{names}][code + 1] AS category, CAST(fen AS BIGINT) AS monthly"
        connection.execute(f"COPY (SELECT {columns} FROM decided) TO '{result}'")
    return {
        "cpu_s": time.process_time() - start,
        "calculation_cpu_s": after - before,
        "lookup_cpu_s": lookup_seconds[0],
    }


def main() -> None:
    version, register, result = sys.argv[1:]
    system = importlib.import_module(f"ladder.openfisca_{version}").system()
    figures = decide(version, system, register, result)
    print(json.dumps({**figures, "peak_memory_mb": peak_memory_mb()}))


if __name__ == "__main__":
    main()

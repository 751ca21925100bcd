"""Interpreter, DuckDB, the DuckDB line before it and Spark give the same rows on 100,000 households, for every pack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from doudi.engine.rules import load_pack
from doudi.engine.rules.bulk import create_tables, statement_many
from doudi.engine.rules.schema import ENTITIES
from tests.engine.rules.examples import AS_OF, PACKS
from tests.engine.rules.scale import OUTPUTS, STANDARDS, outputs

HOUSEHOLDS = int(os.environ.get("DOUDI_SCALE_HOUSEHOLDS", "100000"))
ROOT = Path(__file__).parents[3]
pytestmark = [pytest.mark.scale, pytest.mark.timeout(1800)]
Statements = dict[str, dict[str, str]]  # "pack-entity" → its parameter table and its statement in each dialect

# Run with the other DuckDB on the path: the tables as Parquet and the statements in, the rows as Parquet out.
OTHER = """
import duckdb, json, sys
from pathlib import Path
folder = Path(sys.argv[1])
connection = duckdb.connect()
for name in ("household", "person", "supporter", "settlement"):
    connection.execute(f"CREATE TABLE {name} AS FROM '{folder / name}.parquet'")
for name, statement in json.loads((folder / "statements.json").read_text()).items():
    connection.execute(f"CREATE OR REPLACE TABLE doudi_parameter AS FROM '{statement['parameter']}'")
    connection.execute(f"COPY ({statement['duckdb']}) TO '{folder}/other-{name}.parquet'")
print(duckdb.__version__)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables, and what the interpreter says of them: two processes, half of the households each."""
    folder = tmp_path_factory.mktemp("scale")
    half = HOUSEHOLDS // 2
    command = [sys.executable, "-m", "tests.engine.rules.scale"]
    halves = [subprocess.Popen([*command, str(first), str(half), str(folder)], cwd=ROOT) for first in (0, half)]
    assert [process.wait() for process in halves] == [0, 0]
    return folder


@pytest.fixture(scope="module")
def connection(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_tables(connection)
    for entity in ENTITIES:
        connection.execute(f"COPY {entity} FROM '{folder}/{entity}-*.csv' (HEADER false, NULLSTR '')")
        connection.execute(f"COPY {entity} TO '{folder / entity}.parquet'")
    return connection


@pytest.fixture(scope="module")
def statements(folder: Path, connection: duckdb.DuckDBPyConnection) -> Statements:
    """Every statement, run here; its rows become the table ``found-<pack>-<entity>``."""
    made: Statements = {}
    for name in PACKS:
        pack = load_pack(name)
        for entity in OUTPUTS:
            texts = {
                dialect: statement_many(
                    connection,
                    pack,
                    AS_OF,
                    standards=STANDARDS,
                    entity=entity,
                    outputs=outputs(pack, entity),
                    dialect=dialect,
                )
                for dialect in ("duckdb", "spark")
            }
            parameter = folder / f"parameter-{name}-{entity}.parquet"
            connection.execute(f"COPY doudi_parameter TO '{parameter}'")
            connection.execute(f'CREATE TABLE "found-{name}-{entity}" AS {texts["duckdb"]}')
            made[f"{name}-{entity}"] = {**texts, "parameter": str(parameter)}
    (folder / "statements.json").write_text(json.dumps(made))
    return made


def mismatches(connection: duckdb.DuckDBPyConnection, statements: Statements, source: str) -> dict[str, int]:
    """Rows that only one of the two has, by pack and entity; {} stands for the name in ``source``."""
    counts = {}
    for name in statements:
        one, other = f'"found-{name}"', source.format(name)
        here, there = f"(FROM {one} EXCEPT ALL FROM {other})", f"(FROM {other} EXCEPT ALL FROM {one})"
        counts[name] = connection.execute(f"SELECT count(*) FROM ({here} UNION ALL {there})").fetchall()[0][0]
    return counts


def test_every_household_is_decided(connection: duckdb.DuckDBPyConnection, statements: Statements) -> None:
    """The run is no empty one: all households, and every outcome of the ladder among them."""
    for name in PACKS:
        found = dict(
            connection.execute(f'SELECT category, count(*) FROM "found-{name}-household" GROUP BY 1').fetchall()
        )
        assert sum(found.values()) == HOUSEHOLDS
        assert {"TEKUN", "DIBAO", "OTHER", "NOT_LOW_INCOME", "NEEDS_LOCAL_RULE"} <= found.keys()
    assert {"MARGIN", "RIGID"} <= found.keys()


def test_the_interpreter_agrees(folder: Path, connection: duckdb.DuckDBPyConnection, statements: Statements) -> None:
    for name in statements:
        connection.execute(f'CREATE TABLE "expected-{name}" AS FROM "found-{name}" LIMIT 0')
        connection.execute(f"COPY \"expected-{name}\" FROM '{folder}/expected-{name}-*.csv' (HEADER false, NULLSTR '')")
    assert mismatches(connection, statements, '"expected-{}"') == dict.fromkeys(statements, 0)


def test_the_duckdb_before_agrees(folder: Path, connection: duckdb.DuckDBPyConnection, statements: Statements) -> None:
    other = os.environ.get("DOUDI_OTHER_DUCKDB")
    if not other:
        pytest.fail("run it by 'make scale' or tools/other_duckdb.py, which install the other DuckDB")
    done = subprocess.run(
        [sys.executable, "-c", OTHER, str(folder)],
        env={**os.environ, "PYTHONPATH": other},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split(".")[:2] == ["1", "5"]
    assert mismatches(connection, statements, f"'{folder}/other-{{}}.parquet'") == dict.fromkeys(statements, 0)


def test_spark_agrees(folder: Path, connection: duckdb.DuckDBPyConnection, statements: Statements) -> None:
    sql = pytest.importorskip("pyspark.sql")
    builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    for entity in ENTITIES:
        spark.read.parquet(f"{folder / entity}.parquet").createOrReplaceTempView(entity)
    for name, statement in statements.items():
        spark.read.parquet(statement["parameter"]).createOrReplaceTempView("doudi_parameter")
        spark.sql(statement["spark"]).write.parquet(f"{folder}/spark-{name}")
    spark.stop()
    assert mismatches(connection, statements, f"'{folder}/spark-{{}}/*.parquet'") == dict.fromkeys(statements, 0)

"""The generated statement gives the same answers on Apache Spark as on DuckDB."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from doudi.engine.rules import Values, load_pack
from doudi.engine.rules.bulk import create_tables, fill_tables, statement_many
from doudi.engine.rules.schema import ENTITIES
from doudi.engine.rules.sql import Statement
from tests.engine.rules.examples import AS_OF, PACKS, random_household

NUMBERS = {"dibao_standard": 800, "disposable_income": 21000, "tekun_basic_standard": 1040}


@pytest.mark.spark
@pytest.mark.slow
def test_spark_and_duckdb_agree(tmp_path: Path) -> None:
    sql = pytest.importorskip("pyspark.sql")
    connection = duckdb.connect()
    create_tables(connection)
    fill_tables(connection, [random_household(random.Random(seed), f"H{seed}") for seed in range(200)], AS_OF)
    builder = sql.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.shuffle.partitions", "1").getOrCreate()
    for entity in ENTITIES:
        connection.execute(f"COPY {entity} TO '{tmp_path / entity}.parquet'")
        spark.read.parquet(f"{tmp_path / entity}.parquet").createOrReplaceTempView(entity)
    found, expected = {}, {}
    for name in PACKS:
        pack = load_pack(name)
        constants = Values(pack, AS_OF, NUMBERS).at(None, "urban")
        statement = Statement(pack, AS_OF, constants, [], {entity: entity for entity in ENTITIES}, dialect="spark")
        rows = spark.sql(statement.select("household", ("category", "monthly"))).collect()
        found[name] = sorted(tuple(row) for row in rows)
        here = statement_many(connection, pack, AS_OF, standards=NUMBERS)
        expected[name] = sorted(connection.execute(here).fetchall())
    assert found == expected

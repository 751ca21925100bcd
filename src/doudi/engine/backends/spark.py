"""The session over Apache Spark, for a registry that one machine no longer serves. Needs doudi[spark] and Java."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

from doudi.engine.backends.duckdb import connect, fill
from doudi.engine.errors import InputError
from doudi.engine.indicators.session import FOUND

_TYPES = {"VARCHAR": "STRING"}


class SparkEngine:
    """Implements ``Session`` (doudi.engine.indicators.session): temporary views of one Spark session.

    A running session (spark-submit, a cluster) is used as it stands; otherwise a local one starts and ends with
    ``close``.
    """

    name = "spark"
    dialect = "spark"

    def __init__(self, memory_limit: str | None = None) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise InputError(
                "pyspark is not installed", where="--engine spark", hint="install doudi[spark] and Java 17 or later"
            ) from error
        self.duck = connect(memory_limit=memory_limit)
        self._started = SparkSession.getActiveSession() is None
        builder = SparkSession.builder.appName("doudi")
        if self._started:
            builder = (
                builder.master("local[*]")
                .config("spark.ui.enabled", "false")
                .config("spark.ui.showConsoleProgress", "false")
                .config("spark.sql.shuffle.partitions", "8")
                .config("spark.driver.memory", _java_size(memory_limit or "2GB"))
            )
        self._spark = builder.getOrCreate()
        self._kept: list[Any] = []
        # Dates and overflowing sums must fail or agree with DuckDB, never wrap.
        self._spark.conf.set("spark.sql.ansi.enabled", "true")
        self._spark.conf.set("spark.sql.session.timeZone", "UTC")

    def scan(self, name: str, path: Path) -> None:
        self._spark.read.parquet(str(path)).createOrReplaceTempView(name)

    def union(self, name: str, parts: Sequence[tuple[Path, str, date]]) -> None:
        from pyspark.sql.functions import lit

        frames = [
            self._spark.read.parquet(str(path))
            .withColumn("feed_period", lit(period))
            .withColumn("feed_as_of", lit(as_of))
            for path, period, as_of in parts
        ]
        reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), frames).createOrReplaceTempView(
            name
        )

    def table(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        schema = ", ".join(f"{column} {_TYPES.get(kind, kind)}" for column, kind in columns.items())
        self._spark.createDataFrame([tuple(row) for row in rows], schema).createOrReplaceTempView(name)

    def define(self, name: str, sql: str, keep: bool) -> None:
        frame = self._spark.sql(sql)
        if keep:
            self._kept.append(frame.cache())
        frame.createOrReplaceTempView(name)

    def find(self, sql: str) -> None:
        frame = self._spark.sql(sql)
        types = {name: "VARCHAR" if kind == "string" else kind for name, kind in frame.dtypes}
        fill(self.duck, f"OR REPLACE TEMP TABLE {FOUND}", types, frame.collect())

    def rows(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        frame = self._spark.sql(sql)
        return list(frame.columns), [tuple(row) for row in frame.collect()]

    def close(self) -> None:
        self.duck.close()
        for frame in self._kept:
            frame.unpersist()
        if self._started:
            self._spark.stop()


def _java_size(text: str) -> str:
    """2GB → 2g, as the JVM writes sizes."""
    found = re.fullmatch(r"(\d+)\s*([kmgt])i?b?", text.strip().lower())
    if not found:
        raise InputError(f"{text!r} is not a size", where="memory limit", hint="write for example 4GB")
    return f"{found[1]}{found[2]}"

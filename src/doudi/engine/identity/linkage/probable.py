"""Records that probably are one person, by Splink under a model of ours. Only ever a suggestion.

Splink (Linacre and others) blocks, compares and weighs on the connection's own DuckDB; what is kept of a pair is its
weight, its probability, and the evidence field by field.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb
import yaml
from splink import DuckDBAPI, Linker

from doudi.engine.errors import InputError
from doudi.engine.identity.linkage.chinese import prepare
from doudi.engine.identity.linkage.model import Comparison, Model, agreeing, load_model, splink_settings

HERE = Path(__file__).parent
SEED = 20240318
MOST_TRAINING_PAIRS = 2_000_000
logging.getLogger("splink").setLevel(logging.ERROR)


@cache
def chinese_model() -> Model:
    """The model for persons in Chinese records, with figures trained as its ``provenance`` says."""
    figures = yaml.safe_load((HERE / "chinese_figures.yaml").read_text(encoding="utf-8"))
    return load_model(HERE / "chinese.yaml").with_figures(figures)


def link(
    connection: duckdb.DuckDBPyConnection,
    left: str,
    right: str | None = None,
    *,
    pairs: str = "linked_pairs",
    model: Model | None = None,
    least_probability: float = 0.5,
) -> int:
    """Create temporary table ``pairs``: who of ``left`` may be who of ``right`` (or of ``left`` itself); their number.

    ``left`` and ``right`` are table names or sub-queries in brackets with the columns of ``chinese.COLUMNS``. Columns
    of the result: ``left_id``, ``right_id`` (within one table the smaller first), ``weight`` (log₂ of the odds),
    ``probability``, ``evidence`` (a list of structs ``field``, ``level``, ``weight``; a field that says nothing is
    left out) and ``doubts`` (keys of the model's doubts: never one person without a closer look).
    """
    with _prepared(connection, left, right) as tables:
        return link_prepared(connection, *tables, pairs=pairs, model=model or chinese_model(), least=least_probability)


def train(connection: duckdb.DuckDBPyConnection, source: str, *, model: Model | None = None) -> Model:
    """The model with its figures estimated on the records of ``source``, by EM with a fixed seed."""
    with _prepared(connection, source, None) as (table, _):
        _drop_siblings(connection, table)
        return train_prepared(connection, table, model=model or load_model(HERE / "chinese.yaml"))


def _drop_siblings(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Take out who is known by the numbers to be two born on one day at one address: EM would take them for one."""
    two = " UNION ALL ".join(
        f"SELECT l.record_id FROM {table} AS l JOIN {table} AS r ON {agreeing('birth_date', same)}"
        " WHERE l.number_good AND r.number_good AND l.number <> r.number"
        for same in ("address", "phone")
    )
    connection.execute(f"DELETE FROM {table} WHERE record_id IN ({two})")


def train_prepared(
    connection: duckdb.DuckDBPyConnection, left: str, right: str | None = None, *, model: Model
) -> Model:
    """As :func:`train`, for tables that hold the columns the model compares."""
    with _linker(connection, left, right, model) as linker:
        linker.training.estimate_u_using_random_sampling(max_pairs=MOST_TRAINING_PAIRS, seed=SEED)
        # Splink stops at a rule that no pair fulfils; the others then must teach what it would have taught.
        other = "true" if right else "l.record_id < r.record_id"
        query = f"SELECT 1 FROM {left} AS l JOIN {right or left} AS r ON {{}} WHERE {other} LIMIT 1"
        rules = [rule for rule in model.training if connection.execute(query.format(rule)).fetchall()]
        if not rules:
            raise InputError(
                "no two records agree in the fields of any training rule",
                where="records",
                hint="train on more records, or on records that contain duplicates",
            )
        for rule in rules:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, estimate_without_term_frequencies=True, max_pairs=MOST_TRAINING_PAIRS
            )
        figures = {
            comparison.output_column_name: {
                level.label_for_charts: [
                    _figure(level.m_probability, 1e-3),
                    _figure(level.u_probability, 1e-9),
                ]
                for level in comparison.comparison_levels
                if not level.is_null_level
            }
            for comparison in linker._settings_obj.comparisons
        }
    return model.with_figures({"provenance": f"EM, seed {SEED}", "figures": figures})


def _figure(probability: float | None, least: float) -> float:
    """Six digits are more than any sample gives; a level never seen keeps a little."""
    return float(f"{max(probability or 0.0, least):.6g}")


def link_prepared(
    connection: duckdb.DuckDBPyConnection, left: str, right: str | None, *, pairs: str, model: Model, least: float
) -> int:
    """As :func:`link`, for tables that hold the columns the model compares, under a model with figures."""
    if not model.trained:
        raise InputError("the model has no figures", where="model", hint="train it on records first")
    records = max(_sizes(connection, left, right))
    levels = ", ".join(_level(comparison) for comparison in model.comparisons)
    evidence = ", ".join(
        f"CASE WHEN {field}_level IS NOT NULL"
        f" THEN {{'field': '{field}', 'level': {field}_level, 'weight': {weight}}} END"
        for field, weight in ((comparison.field, _weight(comparison, records)) for comparison in model.comparisons)
    )
    doubts = ", ".join(f"CASE WHEN {doubt.when} THEN '{doubt.key}' END" for doubt in model.doubts)
    with _linker(connection, left, right, model) as linker:
        predicted = linker.inference.predict(threshold_match_probability=least, warning_mode="never")
        connection.execute(f"""
CREATE OR REPLACE TEMP TABLE {pairs} AS
SELECT record_id_l AS left_id, record_id_r AS right_id, match_weight AS weight, match_probability AS probability,
  list_filter([{evidence}], lambda e: e IS NOT NULL) AS evidence,
  list_filter([{doubts}]::VARCHAR[], lambda d: d IS NOT NULL) AS doubts
FROM (SELECT *, {levels} FROM {predicted.physical_name}) AS p
JOIN {left} AS l ON l.record_id = record_id_l
JOIN {right or left} AS r ON r.record_id = record_id_r""")
    return _count(connection, pairs)


def _sizes(connection: duckdb.DuckDBPyConnection, left: str, right: str | None) -> list[int]:
    return [_count(connection, table) for table in (left, right) if table is not None]


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    [(number,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(number)


def _level(comparison: Comparison) -> str:
    """SQL for the key of the level reached: Splink counts levels from the last, 0, and says -1 for nothing said."""
    last = len(comparison.levels) - 1
    keys = " ".join(f"WHEN {last - at} THEN '{level.key}'" for at, level in enumerate(comparison.levels))
    return f"CASE gamma_{comparison.field} {keys} END AS {comparison.field}_level"


def _weight(comparison: Comparison, records: int) -> str:
    of_value = any(level.weighs_by_term(records) for level in comparison.levels)
    return f"mw_{comparison.field}" + (f" + coalesce(mw_tf_adj_{comparison.field}, 0)" if of_value else "")


def clusters(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """{record: the smallest record of its cluster} for every record of a pair: pairs of pairs belong together."""
    parent: dict[int, int] = {}

    def root(record: int) -> int:
        while (above := parent.setdefault(record, record)) != record:
            parent[record] = record = parent[above]
        return record

    for left, right in pairs:
        small, large = sorted((root(left), root(right)))
        parent[large] = small
    return {record: root(record) for record in parent}


@contextmanager
def _prepared(connection: duckdb.DuckDBPyConnection, left: str, right: str | None) -> Iterator[tuple[str, str | None]]:
    tables = [f"linkage_{side}_{uuid.uuid4().hex[:8]}" for side in ("a", "b")]
    try:
        prepare(connection, left, tables[0])
        if right is not None:
            prepare(connection, right, tables[1])
        yield tables[0], tables[1] if right is not None else None
    finally:
        for table in tables:
            connection.execute(f"DROP TABLE IF EXISTS {table}")


@contextmanager
def _linker(connection: duckdb.DuckDBPyConnection, left: str, right: str | None, model: Model) -> Iterator[Linker]:
    """Splink on the connection; its own tables are dropped at the end."""
    sizes = _sizes(connection, left, right)
    possible = sizes[0] * sizes[1] if right else sizes[0] * (sizes[0] - 1) / 2
    api = DuckDBAPI(connection)
    frames = [
        api.register(left, dataset_display_name="a"),
        *([api.register(right, dataset_display_name="b")] if right else []),
    ]
    settings = splink_settings(
        model,
        "link_only" if right else "dedupe_only",
        comparisons_possible=possible,
        smaller=min(sizes),
        larger=max(sizes),
    )
    try:
        yield Linker(frames if right else frames[0], settings, log_level=None)
    finally:
        api.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]

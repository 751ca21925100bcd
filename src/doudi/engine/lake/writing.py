"""A judged delivery becomes a version on disk: a whole period, or events appended to the version that counts."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from doudi.engine.backends.duckdb import quoted, write_parquet
from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import store
from doudi.engine.lake.checks import ROW_HASH_PROBE, row_hash_sql
from doudi.engine.lake.contracts import Contract
from doudi.engine.lake.delivery import Delivery
from doudi.engine.lake.judging import ACCEPTED, pair
from doudi.engine.lake.quality_rules import load_quality_rules

FLAGS = "flags.parquet"
"""Beside a version's rows, where any is flagged: person_key, row_key, rule."""


def made_under(contract: Contract, tokeniser: Tokeniser) -> dict[str, str]:
    """What decides, beside the file, what a version holds."""
    rules = repr(load_quality_rules().of_feed(contract.name))
    return {
        "contract_hash": contract.hash,
        "rules_hash": hashlib.sha256(rules.encode()).hexdigest()[:16],
        "key_id": tokeniser.key_id,
    }


def version_of(lake: Path, delivery: Delivery, made: dict[str, str]) -> str:
    """The first 16 hex digits of the file's SHA-256, with a suffix where that version was made under something else."""
    version = delivery.sha256[:16]
    standing = store.read_manifest(lake, delivery.feed, delivery.period, version)
    if standing is None or {name: standing.get(name) for name in made} == made:
        return version
    return f"{version}-{hashlib.sha256(repr(sorted(made.items())).encode()).hexdigest()[:8]}"


def new_rows(contract: Contract) -> str:
    """SELECT of the accepted records as they stand in the lake."""
    columns = ", ".join(["person_key", *(entry.name for entry in contract.stored), "row_key"])
    return f"SELECT {columns}, {row_hash_sql(contract)} AS row_hash FROM {ACCEPTED}"


def base_of(lake: Path, delivery: Delivery, base: str | None, made: dict[str, str]) -> dict[str, Any] | None:
    """The manifest of the version that events are appended to (``base``, or the one that counts), None for none yet.

    Raises InputError where it was made under another contract or key.
    """
    base = base or store.periods(lake, delivery.feed).get(delivery.period)
    manifest = store.read_manifest(lake, delivery.feed, delivery.period, base) if base else None
    if base and (manifest is None or any(manifest.get(name) != made[name] for name in ("contract_hash", "key_id"))):
        raise InputError(
            "本期数据是按旧的接口约定或密钥导入的，不能逐条追加",
            where=f"{delivery.feed} {delivery.period}",
            hint="请先重新导入本期整批数据",
        )
    return manifest


def appended_version(delivery: Delivery, base: dict[str, Any] | None) -> str:
    text = f"{base['version'] if base else ''}+{delivery.sha256}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def adds_nothing(lake: Path, delivery: Delivery, contract: Contract, base: dict[str, Any]) -> bool:
    """Whether every accepted record stands in the base version as it is: the same event, pushed again."""
    part = store.version_folder(lake, delivery.feed, delivery.period, base["version"]) / store.PART
    lacking, _ = pair(
        delivery.connection,
        f"SELECT count(*), 0 FROM ({new_rows(contract)}) AS new "
        f"ANTI JOIN (SELECT row_key, row_hash FROM read_parquet({quoted(part)})) AS old USING (row_key, row_hash)",
    )
    return lacking == 0


def write_version(
    lake: Path,
    delivery: Delivery,
    contract: Contract,
    version: str,
    manifest: dict[str, Any],
    base: dict[str, Any] | None = None,
) -> None:
    """Write rows, flags and manifest aside and move them into the lake. New rows replace rows of ``base`` by key."""
    rows, flags = new_rows(contract), f"SELECT person_key, row_key, unnest(flags) AS rule FROM {ACCEPTED}"
    folder = store.version_folder(lake, delivery.feed, delivery.period, base["version"]) if base else None
    if folder:
        known = f"ANTI JOIN ({new_rows(contract)}) AS new USING (row_key)"
        rows += f" UNION ALL BY NAME SELECT * FROM read_parquet({quoted(folder / store.PART)}) AS old {known}"
    if folder and (folder / FLAGS).is_file():
        flags += f" UNION ALL SELECT * FROM read_parquet({quoted(folder / FLAGS)}) AS old {known}"
    connection = delivery.connection
    with store.aside(lake, delivery.feed) as private:
        ready = private / "version"
        ready.mkdir()
        count = write_parquet(connection, f"SELECT * FROM ({rows}) ORDER BY person_key, row_key", ready / store.PART)
        if pair(connection, f"SELECT count(*), 0 FROM ({flags})")[0]:
            write_parquet(connection, f"SELECT * FROM ({flags}) ORDER BY row_key, rule", ready / FLAGS)
        manifest = {
            **manifest,
            "version": version,
            "row_hash_probe": pair(connection, f"{ROW_HASH_PROBE}, 0")[0],
            "counts": {**manifest["counts"], "rows": count},
        }
        store.write_json(ready / store.MANIFEST, manifest)
        store.place(private, lake, delivery.feed, delivery.period, version)

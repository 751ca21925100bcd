"""What a corrected delivery changes, seen before it counts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from doudi.engine.backends.duckdb import connect, quoted
from doudi.engine.errors import InputError
from doudi.engine.lake import store

_KINDS = ("added", "removed", "changed")
_NOT_VALUES = frozenset({"person_key", "row_key", "row_hash"})


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """One row that differs: ``before`` is None for an added row, ``after`` for a removed one. Keys, no identities."""

    kind: str
    row_key: int
    person_key: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of a new version against the one that counts, matched by ``row_key``.

    ``fields`` counts, for changed rows, how many differ in each field; a row whose person alone changed counts under
    ``person_key``. ``against`` is the version compared with, '' where the period is new.
    """

    against: str
    version: str
    before: int
    after: int
    added: int
    removed: int
    changed: int
    fields: dict[str, int] = field(default_factory=dict)
    samples: tuple[ChangedRow, ...] = field(default=(), repr=False)

    @property
    def unchanged(self) -> int:
        return self.after - self.added - self.changed


def compare_versions(
    lake: Path | str, feed: str, period: str, path: Path | str, *, against: Path | str | None = None, samples: int = 20
) -> Difference:
    """What ``path`` (a version's Parquet file) adds, removes and changes in a feed's period.

    It is compared with the version that counts, or with the Parquet file ``against``; at most ``samples`` rows of each
    kind are shown, the same ones every time. Raises InputError where a file is missing or the two were made under
    different token keys, so that nobody can tell their persons apart.
    """
    new = _part(Path(path))
    old = _part(Path(against)) if against else store.latest(lake, feed, period)
    version = _about(new).get("version", "")
    with connect() as connection:
        if old is None:
            count = _count(connection, f"SELECT count(*) FROM read_parquet({quoted(new)})")
            return Difference("", version, 0, count, count, 0, 0)
        made, meant = _about(old), _about(new)
        if made.get("key_id") != meant.get("key_id"):
            raise InputError(
                "两个版本使用的密钥不同，无法逐行比较",
                where=f"{feed} {period}",
                hint="请用现行密钥重新导入原文件后再比较",
            )
        connection.execute(f"CREATE TEMP VIEW a AS SELECT * FROM read_parquet({quoted(old)})")
        connection.execute(f"CREATE TEMP VIEW b AS SELECT * FROM read_parquet({quoted(new)})")
        columns = _columns(connection, "a")
        shared = [name for name in _columns(connection, "b") if name in columns and name not in _NOT_VALUES]
        same_hash = all(made.get(name) == meant.get(name) for name in ("contract_hash", "row_hash_probe"))
        differ = _differ(["row_hash"] if same_hash else ["person_key", *shared])
        connection.execute(f"""
CREATE TEMP TABLE paired AS
SELECT coalesce(a.row_key, b.row_key) AS row_key,
  CASE WHEN a.row_key IS NULL THEN 'added' WHEN b.row_key IS NULL THEN 'removed' ELSE 'changed' END AS difference
FROM a FULL JOIN b USING (row_key) WHERE a.row_key IS NULL OR b.row_key IS NULL OR {differ}""")
        counts = dict(connection.execute("SELECT difference, count(*) FROM paired GROUP BY ALL").fetchall())
        return Difference(
            against=made.get("version", ""),
            version=version,
            before=_count(connection, "SELECT count(*) FROM a"),
            after=_count(connection, "SELECT count(*) FROM b"),
            fields=_changed_fields(connection, ["person_key", *shared]) if "changed" in counts else {},
            samples=_samples(connection, shared, samples),
            **{kind: int(counts.get(kind, 0)) for kind in _KINDS},
        )


def _part(path: Path) -> Path:
    path = path / store.PART if path.is_dir() else path
    if not path.is_file():
        raise InputError("没有这个版本", where=str(path), hint="请先导入文件")
    return path


def _about(part: Path) -> dict[str, Any]:
    beside = part.with_name(store.MANIFEST)
    if not beside.is_file():
        return {}
    manifest: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8"))
    return manifest


def _differ(names: list[str]) -> str:
    return "(" + " OR ".join(f'a."{name}" IS DISTINCT FROM b."{name}"' for name in names) + ")"


def _columns(connection: duckdb.DuckDBPyConnection, view: str) -> list[str]:
    return [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {view}").fetchall()]


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


def _changed_fields(connection: duckdb.DuckDBPyConnection, names: list[str]) -> dict[str, int]:
    counted = ", ".join(f"count(*) FILTER ({_differ([name])})" for name in names)
    found = connection.execute(
        f"SELECT {counted} FROM paired JOIN a USING (row_key) JOIN b USING (row_key) WHERE difference = 'changed'"
    ).fetchone()
    return {name: int(number) for name, number in zip(names, found or (), strict=True) if number}


def _samples(connection: duckdb.DuckDBPyConnection, names: list[str], most: int) -> tuple[ChangedRow, ...]:
    chosen = connection.execute(
        "SELECT difference, row_key FROM (SELECT *, row_number() OVER (PARTITION BY difference ORDER BY row_key) "
        f"AS place FROM paired) WHERE place <= {int(most)} ORDER BY difference, row_key"
    ).fetchall()
    columns = ", ".join(f'"{name}"' for name in ("row_key", "person_key", *names))
    keys = {"keys": [key for _, key in chosen]}
    before, after = (
        {
            row[0]: row
            for row in connection.execute(
                f"SELECT {columns} FROM {view} WHERE row_key IN (SELECT unnest($keys::BIGINT[]))", keys
            ).fetchall()
        }
        for view in ("a", "b")
    )

    def values(row: tuple[Any, ...] | None) -> dict[str, Any] | None:
        return dict(zip(names, row[2:], strict=True)) if row else None

    return tuple(
        ChangedRow(kind, key, (after.get(key) or before[key])[1], values(before.get(key)), values(after.get(key)))
        for kind, key in chosen
    )

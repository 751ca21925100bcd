"""The registry as ``doudi monitor`` reads it (docs/registry-snapshot.md): keys instead of names and numbers."""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import io
import json
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from doudi.apps.base.crypto import keys
from doudi.engine.backends.duckdb import connect, quoted, write_parquet
from doudi.engine.identity import Tokeniser
from doudi.engine.indicators.records import CORE, RECORDS

_FOLDER = Path(__file__).parent


Row = tuple[Any, ...]


@dataclass(frozen=True)
class Part:
    """One file. ``sql`` is a PostgreSQL SELECT that may use ``%(county)s``, ``%(period)s`` and ``%(as_of)s``, and
    ``%(households)s``: the keys of the only households wanted, or NULL.

    ``columns`` are the file's, in order, with their DuckDB types; the file is sorted by ``order``. ``convert`` makes
    the file's rows of the SELECT's where SQL cannot (keyed numbers, working days); without it they are the same.
    """

    name: str
    sql: str
    columns: Mapping[str, str]
    order: str
    convert: Callable[[Iterable[Row]], Iterable[Row]] | None = None


_parts: dict[str, Part] = {}


def records_part(name: str, sql: str, convert: Callable[[Iterable[Row]], Iterable[Row]] | None = None) -> Part:
    """The part of one of the platform's own records (doudi.engine.indicators.records), sorted by all its columns."""
    columns = RECORDS[name]
    return Part(name, sql, columns, ", ".join(columns), convert)


def register(part: Part) -> None:
    """Add a file whose table belongs to a higher app (call it in ``AppConfig.ready``)."""
    _parts[part.name] = part


def export_snapshot(
    county_code: str,
    period: str,
    out_dir: Path,
    *,
    households: Collection[int] | None = None,
    parts: Collection[str] | None = None,
) -> Path:
    """Write the county's snapshot of the last day of ``period`` (YYYY-MM) into ``out_dir``; returns it.

    ``households``: keys of the only households to write, as far as a file is about households; ``parts``: the only
    files to write.

    All files show one moment of the database. The token key stays in the key ring: no ``token.key`` is written.
    """
    year, month = int(period[:4]), int(period[5:])
    as_of = dt.date(year, month, calendar.monthrange(year, month)[1])
    out_dir.mkdir(parents=True, exist_ok=True)
    values: dict[str, Any] = {"county": county_code.ljust(12, "0"), "period": period, "as_of": as_of}
    values["households"] = None if households is None else sorted(households)
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if households is None:
            # Everything joins whole tables then: after a bulk load, with old statistics, loops over them took minutes.
            cursor.execute("SET LOCAL enable_nestloop = off")
        wanted = [part for part in _parts.values() if parts is None or part.name in parts]
        counts = {part.name: _export(part, values, out_dir) for part in wanted}
        cursor.execute("SET LOCAL enable_nestloop = on")
    about = {
        "period": period,
        "as_of": as_of.isoformat(),
        "counts": counts,
        "key_id": Tokeniser(keys().lake).key_id,
    }
    (out_dir / "snapshot.json").write_text(json.dumps(about, indent=1) + "\n")
    return out_dir


def _export(part: Part, values: Mapping[str, object], out_dir: Path) -> int:
    sql = part.sql
    if values["households"] is not None and "household_key" in part.columns and part.convert is None:
        sql = f"SELECT * FROM ({sql}) AS part ({', '.join(part.columns)}) WHERE household_key = ANY(%(households)s)"
    with tempfile.NamedTemporaryFile(suffix=".csv", dir=out_dir) as text, connect() as duck:
        with connection.cursor() as cursor:
            if part.convert:
                cursor.execute(sql, values)
                csv.writer(lines := io.StringIO(newline="")).writerows(part.convert(cursor.fetchall()))
                text.write(lines.getvalue().encode())
            else:
                with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", values) as copy:
                    for block in copy:
                        text.write(block)
        text.flush()
        options = "header = false, auto_detect = false, quote = '\"', escape = '\"'"
        rows = f"SELECT * FROM read_csv({quoted(text.name)}, {options}, columns = {dict(part.columns)})"
        return write_parquet(duck, f"{rows} ORDER BY {part.order}", out_dir / f"{part.name}.parquet")


register(Part("members", (_FOLDER / "members.sql").read_text(), CORE["members"], "person_key, household_key"))
register(Part("households", (_FOLDER / "households.sql").read_text(), CORE["households"], "household_key"))

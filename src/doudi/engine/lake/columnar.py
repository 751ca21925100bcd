"""Parquet deliveries."""

from __future__ import annotations

from pathlib import Path

import duckdb

from doudi.engine.backends.duckdb import connect, quoted
from doudi.engine.errors import InputError
from doudi.engine.lake.contracts import EXACT_TEXTS
from doudi.engine.lake.headings import Headings
from doudi.engine.lake.layout import Layout, Limits
from doudi.engine.lake.staging import Staged, count_records, file_sha256

_SCALARS = ("VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP", "DECIMAL", "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER",
            "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")  # fmt: skip
_TEXTS = ("VARCHAR",)


def stage(connection: duckdb.DuckDBPyConnection, path: Path, headings: Headings, limits: Limits) -> Staged:
    """Fill the table ``raw`` with every column as text. Raises InputError for nested columns and numeric ID columns."""
    source = f"read_parquet({quoted(path)})"
    described = _describe(connection, path, limits)
    found = tuple(str(row[0]) for row in described)
    fields = headings.match(found, path.name)
    columns = []
    for heading, name, kind in zip(found, fields, (str(row[1]) for row in described), strict=True):
        if name is None:
            continue
        if not kind.startswith(_SCALARS) or kind.endswith("]"):
            raise InputError(f"列“{heading}”的类型 {kind} 无法读取", where=path.name, hint="请导出为文本、数字或日期列")
        if headings.contract.field(name).type in EXACT_TEXTS and not kind.startswith(_TEXTS):
            raise InputError(f"列“{heading}”是数字类型，号码会失真", where=path.name, hint="请把该列导出为文本")
        identifier = '"' + heading.replace('"', '""') + '"'
        columns.append((name, f"CAST({identifier} AS VARCHAR)"))
    text = " || ".join(f"coalesce({sql}, '')" for _, sql in columns)
    size = " + ".join(f"coalesce(strlen({sql}), 0)" for _, sql in columns)
    _check_size(connection, f"SELECT sum({size}) FROM {source}", path, limits)
    control = f"regexp_matches({text}, '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]')"
    defect = f"CASE WHEN {size} > {limits.max_record_bytes} THEN 'ROW_TOO_LONG' "
    defect += f"WHEN {control} THEN 'CONTROL_CHARACTER' END"
    selected = ", ".join(f"nullif({sql}, '') AS {name}" for name, sql in columns)
    try:
        connection.execute(f"CREATE TABLE raw AS SELECT {selected}, {defect} AS defect FROM {source}")
    except duckdb.Error as error:
        raise InputError("Parquet 文件内容损坏", where=path.name, hint="请重新导出") from error
    layout = Layout("parquet", found, fields)
    return Staged(layout, file_sha256(path), count_records(connection, layout), spaces=True)


def _check_size(connection: duckdb.DuckDBPyConnection, query: str, path: Path, limits: Limits) -> None:
    """A text that stands once in the file may stand in every row of the table."""
    try:
        size = (connection.execute(query).fetchone() or (0,))[0] or 0
    except duckdb.Error as error:
        raise InputError("Parquet 文件内容损坏", where=path.name, hint="请重新导出") from error
    if size > limits.max_bytes:
        raise InputError(f"展开后超过 {limits.max_bytes} 字节", where=path.name, hint="请分批报送")


def _describe(connection: duckdb.DuckDBPyConnection, path: Path, limits: Limits) -> list[tuple[str, ...]]:
    """Name and type of each column. Raises InputError for a broken file and sizes beyond ``limits``."""
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({quoted(path)})").fetchall()
        rows, unpacked = connection.execute(
            f"SELECT (SELECT sum(num_rows) FROM parquet_file_metadata({quoted(path)})), "
            f"(SELECT sum(total_uncompressed_size) FROM parquet_metadata({quoted(path)}))"
        ).fetchone() or (0, 0)
    except duckdb.Error as error:
        raise InputError("不是有效的 Parquet 文件", where=path.name, hint="请重新导出") from error
    if rows > limits.max_rows or (unpacked or 0) > limits.max_bytes or len(described) > limits.max_columns:
        raise InputError("行数、列数或解压后大小超过限制", where=path.name, hint="请分批报送")
    return described


def first_row(path: Path, limits: Limits) -> list[str]:
    """The names of the columns."""
    with connect(threads=1) as connection:
        return [str(row[0]) for row in _describe(connection, path, limits)]

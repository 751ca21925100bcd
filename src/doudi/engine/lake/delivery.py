"""One delivery of one department: the file, its envelope, and its records brought to ``raw``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from doudi.engine.backends.duckdb import connect
from doudi.engine.errors import InputError
from doudi.engine.lake import columnar, text, workbook
from doudi.engine.lake.contracts import Contract
from doudi.engine.lake.headings import HeadingReport, Headings
from doudi.engine.lake.layout import Layout, Limits
from doudi.engine.lake.periods import check_period, find_period
from doudi.engine.lake.staging import Staged

_ENVELOPE_BYTES = 65_536
_MAGIC = {b"PK\x03\x04": "xlsx", b"PAR1": "parquet"}


@dataclass(slots=True)
class Delivery:
    """A file whose form has been checked; its rows have not. Close it, or use it in a ``with`` statement."""

    path: Path
    feed: str
    period: str
    batch_id: str
    sha256: str
    size: int
    layout: Layout
    envelope: dict[str, Any] | None
    record_count: int
    limits: Limits
    connection: duckdb.DuckDBPyConnection = field(repr=False)
    staged: Staged = field(repr=False)
    stamp: tuple[int, int] = field(repr=False)

    def raw_records(self, places: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """The records at ``places`` in their original form: bytes of the CSV, else a JSON list of the row's texts.

        Raises InputError if the file has changed since it was read.
        """
        wanted = set(places)
        if not wanted:
            return
        if _stamp(self.path) != self.stamp:
            raise InputError("文件在读取过程中被改动", where=self.path.name, hint="请重新报送")
        if self.layout.format == "csv":
            with self.path.open("rb") as stream:
                for at, (raw, _, _) in enumerate(text.records(stream, self.layout, self.limits)):
                    if at in wanted:
                        yield at, raw
        elif self.layout.format == "xlsx":
            for at, cells in enumerate(workbook.raw_records(self.path, self.layout)):
                if at in wanted:
                    yield at, _as_json(cells)
        else:
            columns = ", ".join(f'"{name}"' if name else "''" for name in self.layout.fields)
            found = self.connection.execute(
                f"SELECT rowid, {columns} FROM raw WHERE rowid IN (SELECT unnest($places::BIGINT[])) ORDER BY rowid",
                {"places": sorted(wanted)},
            )
            for at, *cells in found.fetchall():
                yield at, _as_json([cell or "" for cell in cells])

    def split(self) -> None:
        """Make ``raw`` a table of records split one by one: for a file that is not as plain as it looked."""
        self.close_scratch()
        self.staged = text.split(self.connection, self.path, self.layout, self.limits, self.sha256)

    def close_scratch(self) -> None:
        if self.staged.scratch is not None:
            self.staged.scratch.close()

    def close(self) -> None:
        self.connection.close()
        self.close_scratch()

    def __enter__(self) -> Delivery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_delivery(
    path: Path | str,
    contract: Contract,
    *,
    period: str | None = None,
    region: str | None = None,
    mapping: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    memory_limit: str | None = None,
    temp_directory: Path | None = None,
) -> Delivery:
    """Read a file with its ``FILE.envelope.json``, if there is one, under a contract.

    ``period`` is taken from the argument, the envelope or the file name, in that order; ``region`` is the division code
    the envelope must name, where given; ``mapping`` gives the fields of headings that are the owner's own (``""``: not
    read). Raises InputError for anything that is wrong with the file as a whole: an envelope that does not fit (naming
    its field), unknown or missing columns, a format that cannot be read, sizes beyond ``limits``.
    """
    path, limits = Path(path), limits or Limits()
    if not path.is_file():
        raise InputError("没有这个文件", where=str(path), hint="请检查路径")
    stamp = _stamp(path)
    if stamp[0] > limits.max_bytes:
        raise InputError(f"文件超过 {limits.max_bytes} 字节", where=path.name, hint="请分批报送")
    if stamp[0] == 0:
        raise InputError("文件是空的", where=path.name, hint="没有数据时请报送只有表头的文件")
    envelope = _read_envelope(path)
    agreed = period or (str(envelope["period"]) if envelope and envelope.get("period") else find_period(path.stem))
    if agreed is None:
        raise InputError("不知道数据属于哪个账期", where=path.name, hint="请指定账期，如 2025-03，或写入文件名或信封")
    agreed = check_period(agreed, contract.period, where=path.name)
    connection = connect(memory_limit=memory_limit, temp_directory=temp_directory, preserve_order=True)
    try:
        staged = _stage(connection, path, Headings(contract, mapping), limits)
        delivery = Delivery(
            path=path,
            feed=contract.name,
            period=agreed,
            batch_id=str((envelope or {}).get("batch_id") or f"{contract.name}-{agreed}-{staged.sha256[:16]}"),
            sha256=staged.sha256,
            size=stamp[0],
            layout=staged.layout,
            envelope=envelope,
            record_count=staged.records,
            limits=limits,
            connection=connection,
            staged=staged,
            stamp=stamp,
        )
        _check_envelope(delivery, contract, region)
    except BaseException:
        connection.close()
        raise
    return delivery


def inspect_headings(
    path: Path | str,
    contract: Contract,
    *,
    mapping: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> HeadingReport:
    """What the headings of a file mean under a contract, and what they might mean: for asking the owner once.

    Where no row has a known heading, the first of the rows with the most filled cells is taken for the headings.
    Raises InputError for what cannot be opened at all.
    """
    path, limits, headings = Path(path), limits or Limits(), Headings(contract, mapping)
    if not path.is_file():
        raise InputError("没有这个文件", where=str(path), hint="请检查路径")
    kind = _format(path)
    if kind == "parquet":
        tables = [[columnar.first_row(path, limits)]]
    elif kind == "xlsx":
        tables = [rows for _, rows in workbook.first_rows(path, limits)]
    else:
        tables = [rows for _, _, rows in text.first_tables(path, limits)[2]]
    rows = [row for table in tables for row in table]
    best = max(rows, key=lambda row: (headings.recognised(row), sum(bool(cell.strip()) for cell in row)), default=[])
    if len(best) > limits.max_columns:
        raise InputError(f"超过 {limits.max_columns} 列", where=path.name, hint="请只保留约定的列")
    return headings.report(best)


def _format(path: Path) -> str:
    """``csv``, ``xlsx`` or ``parquet`` by the first bytes, whatever the name says. Raises InputError for XLS."""
    with path.open("rb") as stream:
        magic = stream.read(8)
    if magic.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError("是旧版 XLS 或加密的工作簿", where=path.name, hint="请去掉密码，另存为 XLSX 再报")
    return next((kind for start, kind in _MAGIC.items() if magic.startswith(start)), "csv")


def _stage(connection: duckdb.DuckDBPyConnection, path: Path, headings: Headings, limits: Limits) -> Staged:
    stages = {"xlsx": workbook.stage, "parquet": columnar.stage, "csv": text.stage}
    return stages[_format(path)](connection, path, headings, limits)


def _read_envelope(path: Path) -> dict[str, Any] | None:
    beside = path.with_name(path.name + ".envelope.json")
    if not beside.is_file():
        return None
    try:
        if beside.stat().st_size > _ENVELOPE_BYTES:
            raise ValueError
        envelope = json.loads(beside.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise InputError("信封不是有效的 JSON", where=beside.name, hint="请重新生成信封") from error
    if not isinstance(envelope, dict):
        raise InputError("信封不是 JSON 对象", where=beside.name, hint="请重新生成信封")
    return envelope


def _check_envelope(delivery: Delivery, contract: Contract, region: str | None) -> None:
    if delivery.envelope is None:
        return
    envelope, where = delivery.envelope, delivery.path.name + ".envelope.json"
    expected: dict[str, tuple[object, ...]] = {
        "dataset": (contract.name, contract.title),
        "owner": (contract.department, contract.owner_label),
        "period": (delivery.period,),
        "sha256": (delivery.sha256,),
        "record_count": (delivery.record_count, str(delivery.record_count)),
    }
    if region:
        expected["region"] = (region,)
    for name, allowed in expected.items():
        said = envelope.get(name)
        if said is None:
            raise InputError(f"信封缺少 {name}", where=where, hint="请补全信封后重新报送")
        if name == "period":
            said = check_period(str(said), contract.period, where=where)
        if (said.lower() if name == "sha256" and isinstance(said, str) else said) not in allowed:
            raise InputError(
                f"信封的 {name} 是 {str(said)[:80]}，文件实为 {allowed[0]}",
                where=where,
                hint="请核对文件与信封是否配套后重新报送",
            )


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _as_json(cells: list[str]) -> bytes:
    return json.dumps(cells, ensure_ascii=False).encode()

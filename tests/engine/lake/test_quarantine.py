"""The file in which a department gets its bad rows back: its own layout, one more column, deliverable again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from doudi.engine.identity import Tokeniser
from doudi.engine.lake import Contract, IngestResult, Layout, ingest, read_delivery, write_quarantine_file
from tests.engine.lake.deliveries import FIELDS, HEADINGS, csv_bytes, row, write_xlsx


@pytest.fixture
def take_in_file(contract: Contract, tokeniser: Tokeniser, lake: Path) -> Callable[[Path], tuple[IngestResult, Layout]]:
    def call(path: Path) -> tuple[IngestResult, Layout]:
        with read_delivery(path, contract) as delivery:
            return ingest(delivery, contract, tokeniser, lake), Layout.from_dict(delivery.layout.as_dict())

    return call


TakeInFile = Callable[[Path], tuple[IngestResult, Layout]]


@pytest.mark.parametrize(("encoding", "bom"), [("utf-8", b""), ("utf-8-sig", b"\xef\xbb\xbf"), ("gb18030", b"")])
def test_csv_keeps_bytes_encoding_and_order(
    take_in_file: TakeInFile, tmp_path: Path, encoding: str, bom: bytes
) -> None:
    bad = [row(2, cost="十二"), row(3, id_number="４１", place='"甲,乙"')]
    path = tmp_path / "2024-03.csv"
    path.write_bytes(csv_bytes([row(1), bad[0], row(4), bad[1]], encoding=encoding))
    result, layout = take_in_file(path)
    back = tmp_path / "back.csv"
    write_quarantine_file(back, layout, result.quarantine)
    lines = back.read_bytes().splitlines()
    plain = encoding.replace("-sig", "")
    assert lines[0] == bom + ",".join([*HEADINGS, "退回原因"]).encode(plain)
    assert lines[1] == ",".join([*bad[0], "“费用”不是金额，请以元为单位填写数字，如 1234.50"]).encode(plain)
    assert lines[2].startswith(",".join(bad[1]).encode(plain) + b",")
    assert len(lines) == 3


def test_corrected_file_can_be_delivered_again(take_in_file: TakeInFile, tmp_path: Path) -> None:
    path, back = tmp_path / "2024-03.csv", tmp_path / "back-2024-03.csv"
    path.write_bytes(csv_bytes([row(1), row(2, cost="十二")], encoding="gb18030"))
    result, layout = take_in_file(path)
    write_quarantine_file(back, layout, result.quarantine)
    back.write_bytes(back.read_bytes().replace("十二".encode("gb18030"), b"12"))
    again, _ = take_in_file(back)
    assert (again.received, again.accepted) == (1, 1)


def test_workbook_gives_texts_never_formulas(take_in_file: TakeInFile, tmp_path: Path) -> None:
    path, back = tmp_path / "2024-03.xlsx", tmp_path / "back-2024-03.xlsx"
    write_xlsx(path, [row(1), row(2, cost="x", place='=HYPERLINK("http://a")'), row(3, id_number=410522195001010000)])
    result, layout = take_in_file(path)
    write_quarantine_file(back, layout, result.quarantine)
    sheet = CalamineWorkbook.from_path(str(back)).get_sheet_by_name("数据").to_python()
    assert sheet[0] == [*HEADINGS, "退回原因"]
    assert sheet[1][:-1] == row(2, cost="x", place='=HYPERLINK("http://a")')
    assert sheet[2][1] == "410522195001010000"
    assert "数字格式" in sheet[2][-1]


def test_parquet(take_in_file: TakeInFile, tmp_path: Path) -> None:
    path, back = tmp_path / "2024-03.parquet", tmp_path / "back.parquet"
    cells: list[Any] = row(2, cost="x")
    columns = ", ".join(f"$r[{at + 1}] AS {name}" for at, name in enumerate(FIELDS))
    duckdb.execute(f"COPY (SELECT {columns}) TO '{path}'", {"r": cells})
    result, layout = take_in_file(path)
    write_quarantine_file(back, layout, result.quarantine)
    (given,) = duckdb.execute(f"SELECT * FROM '{back}'").fetchall()
    assert list(given[:-1]) == cells
    assert given[-1].startswith("“费用”不是金额")


def test_raw_text_never_shows_in_a_log(take_in_file: TakeInFile, tmp_path: Path) -> None:
    path = tmp_path / "2024-03.csv"
    path.write_bytes(csv_bytes([row(1, cost="x")]))
    result, _ = take_in_file(path)
    assert "张三" not in repr(result)
    assert "张三" not in repr(result.quarantine)
    assert b"\xe5\xbc\xa0\xe4\xb8\x89" in result.quarantine[0].raw

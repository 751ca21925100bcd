"""Files as a whole: encodings, headings, envelopes, formats, and what is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import Contract, Delivery, IngestResult, Limits, ingest, read_delivery
from tests.engine.lake.deliveries import FIELDS, HEADINGS, csv_bytes, person, row, write_envelope, write_xlsx

TakeIn = Callable[..., IngestResult]


def read(path: Path, contract: Contract, data: bytes | None = None, **options: Any) -> Delivery:
    if data is not None:
        path.write_bytes(data)
    return read_delivery(path, contract, **options)


def costs(result: IngestResult) -> list[int]:
    return [fen for (fen,) in duckdb.execute(f"SELECT cost FROM '{result.path}' ORDER BY cost").fetchall()]


@pytest.mark.parametrize(
    ("encoding", "name", "bom"),
    [("utf-8", "utf-8", False), ("utf-8-sig", "utf-8", True), ("gb18030", "gb18030", False), ("gbk", "gb18030", False)],
)
def test_encodings_of_csv(
    take_in: TakeIn, tmp_path: Path, contract: Contract, encoding: str, name: str, bom: bool
) -> None:
    result = take_in(csv_bytes([row(1, place="殷都区䶮"[: 4 if encoding != "gbk" else 3])], encoding=encoding))
    with read_delivery(tmp_path / "2024-03.csv", contract) as delivery:
        assert (delivery.layout.encoding, delivery.layout.bom) == (name, bom)
    assert duckdb.execute(f"SELECT left(place, 3) FROM '{result.path}'").fetchall() == [("殷都区",)]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_english_headings_leave_the_encoding_to_the_content(take_in: TakeIn, encoding: str) -> None:
    result = take_in(csv_bytes([row(1)], FIELDS, encoding))
    assert duckdb.execute(f"SELECT place FROM '{result.path}'").fetchall() == [("安阳",)]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("last", [True, False], ids=["newline at the end", "none"])
def test_newlines_and_delimiters(take_in: TakeIn, newline: str, delimiter: str, last: bool) -> None:
    lines = [delimiter.join(map(str, cells)) for cells in [HEADINGS, row(1), row(2), row(3)]]
    result = take_in((newline.join(lines) + (newline if last else "")).encode())
    assert (result.received, costs(result)) == (3, [123450] * 3)


@pytest.mark.parametrize(
    "headings",
    [
        [f" {heading} " for heading in HEADINGS],
        [heading.replace("费用", "费用（元）").replace("身份证号", "证件号码") for heading in HEADINGS],
        [heading.upper() for heading in FIELDS],
        [f'"{heading}"' for heading in HEADINGS],
    ],
    ids=["spaces", "unit and alias", "English capitals", "quoted"],
)
def test_headings_that_are_understood(take_in: TakeIn, headings: list[str]) -> None:
    assert take_in(csv_bytes([row(1)], headings)).accepted == 1


def test_columns_in_any_order_with_running_number_and_remark(take_in: TakeIn) -> None:
    headings, cells = ["序号", *reversed(HEADINGS), "备注"], ["1", *reversed(row(1)), "无"]
    assert costs(take_in(csv_bytes([cells], headings))) == [123450]


def test_title_above_the_headings(take_in: TakeIn) -> None:
    result = take_in("2024年3月诊疗名单\n填报单位：医保局\n".encode() + csv_bytes([row(1), row(2, cost="x")]))
    assert (result.accepted, result.quarantined) == (1, 1)
    assert result.quarantine[0].raw.decode() == ",".join(row(2, cost="x")) + "\n"


@pytest.mark.parametrize(
    ("headings", "message"),
    [
        ([*HEADINGS[:3], "类型", *HEADINGS[4:]], "缺少必需的列：类别"),
        ([*HEADINGS, "手机号"], "有不认识的列：手机号"),
        ([*HEADINGS, "证件号码"], "同一内容出现两列：身份证号"),
        (["甲", "乙", "丙"], "没有找到表头"),
    ],
)
def test_headings_that_do_not_fit_are_named(
    tmp_path: Path, contract: Contract, headings: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path / "2024-03.csv", contract, csv_bytes([], headings))


def test_quoted_cells_line_breaks_and_blank_lines(take_in: TakeIn) -> None:
    lines = (
        csv_bytes([row(1, place='"安阳县\n柏庄镇"'), row(2, place='"甲,""乙"""'), row(3)])
        .decode()
        .splitlines(keepends=True)
    )
    result = take_in("".join([*lines[:1], "\n", *lines[1:4], " \n", *lines[4:], "\n\n"]).encode())
    assert result.received == result.accepted == 3
    places = duckdb.execute(f"SELECT place FROM '{result.path}' ORDER BY place").fetchall()
    assert places == [("安阳",), ("安阳县 柏庄镇",), ('甲,"乙"',)]


def test_rows_of_empty_cells_are_no_records(take_in: TakeIn) -> None:
    blank = [""] * len(HEADINGS)
    result = take_in(csv_bytes([blank, row(1), blank, row(2, cost="x"), blank]))
    assert (result.received, result.accepted) == (2, 1)
    assert result.quarantine[0].raw.decode().startswith("B2,")


def test_id_kept_as_text_by_a_spreadsheet_formula(take_in: TakeIn) -> None:
    assert take_in(csv_bytes([row(1, id_number=f'="{person(1)}"')])).accepted == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"B2,x\n", "FIELD_COUNT"),
        (",".join([*row(2), "多", "余"]).encode() + b"\n", "FIELD_COUNT"),
        (b'"B2,' + ",".join(row(2)[1:]).encode() + b"\n", "QUOTES"),
        (",".join(row(2, place="\x01")).encode() + b"\n", "CONTROL_CHARACTER"),
        (",".join(row(2, place="安")).encode("gb18030") + b"\n", "ENCODING"),
        (",".join(row(2, place="长" * 30_000)).encode() + b"\n", "ROW_TOO_LONG"),
    ],
)
def test_a_broken_line_costs_one_row(take_in: TakeIn, line: bytes, code: str) -> None:
    good = csv_bytes([row(1), row(3)]).splitlines(keepends=True)
    result = take_in(b"".join([*good[:2], line, *good[2:]]))
    assert (result.received, result.accepted, result.reasons) == (3, 2, {code: 1})
    assert line.startswith(result.quarantine[0].raw)


def test_a_spare_delimiter_at_the_end_is_no_error(take_in: TakeIn) -> None:
    assert take_in(csv_bytes([row(1), [*row(2), "", ""]])).accepted == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "空的"),
        (csv_bytes([row(1)]) + b"B2,\x00\n", "第 3 行: 含有空字节"),
        (b"\x00\x01\x02", "空字节"),
        (csv_bytes([row(1)], encoding="utf-16"), "UTF-16"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old workbook", "旧版 XLS"),
        (b"PK\x03\x04 not an archive", "不是有效的 XLSX"),
        (b"PAR1 not parquet PAR1", "不是有效的 Parquet"),
        (csv_bytes([row(1)]).replace(b"\n", b"\r"), "没有找到表头|超过|列"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, contract: Contract, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path / "2024-03.csv", contract, data)


@pytest.mark.parametrize(
    ("limits", "message"),
    [(Limits(max_bytes=100), "100 字节"), (Limits(max_rows=1), "1 行"), (Limits(max_columns=5), "5 列")],
)
def test_limits_of_size(tmp_path: Path, contract: Contract, limits: Limits, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path / "2024-03.csv", contract, csv_bytes([row(1), row(2)]), limits=limits)


@pytest.mark.parametrize(
    ("name", "options", "period"),
    [("x.csv", {"period": "2024-05"}, "2024-05"), ("clinic-2024-03.csv", {}, "2024-03")],
)
def test_period_from_argument_or_file_name(
    tmp_path: Path, contract: Contract, name: str, options: dict[str, str], period: str
) -> None:
    assert read(tmp_path / name, contract, csv_bytes([]), **options).period == period


@pytest.mark.parametrize(
    ("name", "options"), [("x.csv", {}), ("x.csv", {"period": "2024-13"}), ("x.csv", {"period": "三月"})]
)
def test_period_that_is_unknown_or_malformed(
    tmp_path: Path, contract: Contract, name: str, options: dict[str, str]
) -> None:
    with pytest.raises(InputError, match="账期"):
        read(tmp_path / name, contract, csv_bytes([]), **options)


def test_envelope_that_fits_gives_period_and_batch(tmp_path: Path, contract: Contract) -> None:
    path = tmp_path / "delivery.csv"
    path.write_bytes(csv_bytes([row(1), row(2)]))
    write_envelope(path, 2)
    with read_delivery(path, contract, region="410522") as delivery:
        assert (delivery.period, delivery.batch_id, delivery.record_count) == ("2024-03", "MED-1", 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sha256": "0" * 64}, "sha256"),
        ({"record_count": 3}, "record_count 是 3，文件实为 2"),
        ({"owner": "EDU"}, "owner"),
        ({"dataset": "funeral"}, "dataset"),
        ({"period": "2024-04"}, "period"),
        ({"region": "410503"}, "region"),
        ({"sha256": None}, "缺少 sha256"),
    ],
)
def test_envelope_that_does_not_fit_names_the_field(
    tmp_path: Path, contract: Contract, changes: dict[str, Any], message: str
) -> None:
    path = tmp_path / "2024-03.csv"
    path.write_bytes(csv_bytes([row(1), row(2)]))
    write_envelope(path, 2, **changes)
    with pytest.raises(InputError, match=message):
        read_delivery(path, contract, period="2024-03", region="410522")


def test_envelope_that_is_no_json(tmp_path: Path, contract: Contract) -> None:
    (tmp_path / "2024-03.csv.envelope.json").write_text("{")
    with pytest.raises(InputError, match="信封不是有效的 JSON"):
        read(tmp_path / "2024-03.csv", contract, csv_bytes([]))


def test_workbook(tmp_path: Path, contract: Contract, tokeniser: Tokeniser, lake: Path) -> None:
    path = tmp_path / "2024-03.xlsx"
    rows = [
        row(
            1,
            settled_on=date(2024, 3, 18),
            cost=1234.5,
            days=3,
            designated=True,
            valid_until=datetime(2030, 1, 2, 8, 0),
        ),
        row(2, cost=0.1 + 0.2, grade=2, bill_no=77),
        [""] * 13,
        row(3, id_number=int(person(30)[:17] + "0")),
        row(4, bill_no=12345678901234567),
        row(5, settled_on=45369),
    ]
    write_xlsx(path, rows, above=2)
    with read_delivery(path, contract) as delivery:
        result = ingest(delivery, contract, tokeniser, lake)
    assert (result.received, result.accepted) == (5, 2)
    assert [[(reason.code, reason.field) for reason in bad.reasons] for bad in result.quarantine] == [
        [("ID_NUMERIC_CELL", "id_number")], [("TEXT_NUMERIC_CELL", "bill_no")], [("DATE_FORMAT", "settled_on")],
    ]  # fmt: skip
    assert duckdb.execute(
        f"SELECT cost, settled_on, valid_until, designated, grade FROM '{result.path}' ORDER BY cost"
    ).fetchall() == [
        (30, date(2024, 3, 18), None, True, 2),
        (123450, date(2024, 3, 18), date(2030, 1, 2), True, 1),
    ]


def test_formula_is_never_evaluated(tmp_path: Path, contract: Contract, tokeniser: Tokeniser, lake: Path) -> None:
    path = tmp_path / "2024-03.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, row(1))
        sheet.write_formula(1, HEADINGS.index("费用"), "=1000+1", value=5)  # the stored value counts
    with read_delivery(path, contract) as delivery:
        assert costs(ingest(delivery, contract, tokeniser, lake)) == [500]


def test_two_sheets_with_data_are_refused(tmp_path: Path, contract: Contract) -> None:
    path = tmp_path / "2024-03.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("甲", "乙"):
            book.add_worksheet(name).write_row(0, 0, HEADINGS)
    with pytest.raises(InputError, match="多个工作表都有数据：甲、乙"):
        read_delivery(path, contract)


def _rewritten(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """The workbook with its parts changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    path.write_bytes(buffer.getvalue())


def test_workbook_that_unpacks_to_more_than_memory(tmp_path: Path, contract: Contract) -> None:
    path = tmp_path / "2024-03.xlsx"
    write_xlsx(path, [row(1)])
    _rewritten(path, lambda name, data: b" " * (30 << 20) if name == "xl/styles.xml" else data)
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match="解压后过大"):
        read_delivery(path, contract, limits=Limits(max_workbook_bytes=20 << 20))


def test_declared_sizes_of_an_archive_are_not_believed(tmp_path: Path, contract: Contract) -> None:
    path = tmp_path / "2024-03.xlsx"
    write_xlsx(path, [row(1)])
    _rewritten(path, lambda name, data: b" " * (30 << 20) if name == "xl/styles.xml" else data)
    path.write_bytes(path.read_bytes().replace((30 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(InputError, match="解压后过大"):
        read_delivery(path, contract, limits=Limits(max_workbook_bytes=20 << 20))


@pytest.mark.parametrize("reference", [b'r="XFD1048576"', b'r="A1048576"'])
def test_one_far_cell_does_not_take_the_memory_of_a_full_sheet(
    tmp_path: Path, contract: Contract, reference: bytes
) -> None:
    path = tmp_path / "2024-03.xlsx"
    write_xlsx(path, [row(1)])
    _rewritten(path, lambda name, data: data.replace(b'r="M2"', reference) if name.endswith("sheet1.xml") else data)
    with pytest.raises(InputError, match="解压后过大"):
        read_delivery(path, contract, limits=Limits(max_workbook_cells=10_000_000))


def test_workbook_with_a_document_type_is_refused(tmp_path: Path, contract: Contract) -> None:
    path = tmp_path / "2024-03.xlsx"
    write_xlsx(path, [row(1)])
    entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sst'
    _rewritten(path, lambda name, data: data.replace(b"<sst", entity) if name == "xl/sharedStrings.xml" else data)
    with pytest.raises(InputError, match="不是有效的 XLSX"):
        read_delivery(path, contract)


def test_parquet(tmp_path: Path, contract: Contract, tokeniser: Tokeniser, lake: Path) -> None:
    path = tmp_path / "2024-03.parquet"
    names = ", ".join(f'"{name}"' for name in FIELDS)
    duckdb.execute("CREATE OR REPLACE TEMP TABLE given AS SELECT unnest($rows::VARCHAR[][]) AS r",
                   {"rows": [row(1), row(2, cost="x"), row(3, place="a\x1eb")]})  # fmt: skip
    cells = ", ".join(f"r[{at + 1}]" for at in range(len(FIELDS)))
    duckdb.execute(f"COPY (SELECT * FROM (SELECT {cells} FROM given) AS t({names})) TO '{path}'")
    with read_delivery(path, contract) as delivery:
        result = ingest(delivery, contract, tokeniser, lake)
    assert (result.accepted, result.reasons) == (1, {"CONTROL_CHARACTER": 1, "MONEY_FORMAT": 1})
    assert costs(result) == [123450]


def test_parquet_with_numeric_id_column_is_refused(tmp_path: Path, contract: Contract) -> None:
    path = tmp_path / "2024-03.parquet"
    others = ", ".join(f"'' AS {name}" for name in FIELDS if name != "id_number")
    duckdb.execute(f"COPY (SELECT 410522195001010013 AS id_number, {others}) TO '{path}'")
    with pytest.raises(InputError, match="数字类型，号码会失真"):
        read_delivery(path, contract)


def test_missing_file(tmp_path: Path, contract: Contract) -> None:
    with pytest.raises(InputError, match="没有这个文件"):
        read_delivery(tmp_path / "2024-03.csv", contract)


def test_file_changed_after_reading_is_refused(
    tmp_path: Path, contract: Contract, tokeniser: Tokeniser, lake: Path
) -> None:
    path = tmp_path / "2024-03.csv"
    with read(path, contract, csv_bytes([row(1, cost="x")])) as delivery:
        path.write_bytes(csv_bytes([row(1, cost="xx")]))
        with pytest.raises(InputError, match="被改动"):
            ingest(delivery, contract, tokeniser, lake)
    assert not lake.exists()

"""Files made to do harm, or by mistake as bad: a clear refusal or quarantined rows, in bounded memory.

What single broken lines, encodings and envelopes become is in ``test_delivery``; here are whole files, read in a
process of their own where memory is the question.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import Contract, IngestResult, Limits, ingest, read_delivery
from tests.engine.lake.deliveries import CONTRACT, FIELDS, HEADINGS, csv_bytes, person, row, write_xlsx

TakeIn = Callable[..., IngestResult]
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
MEMORY_MB = 300  # above what the process holds before it opens the file
READ = """
import json, re, sys
from pathlib import Path
from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import Limits, ingest, load_contract, read_delivery

def peak():
    return int(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1]) // 1024

path, contract = Path(sys.argv[1]), load_contract(Path(sys.argv[2]))
before, said = peak(), {}
try:
    with read_delivery(
        path, contract, period="2024-03", limits=Limits(**json.loads(sys.argv[3])), memory_limit="256MB",
        temp_directory=path.parent,
    ) as delivery:
        said = ingest(delivery, contract, Tokeniser(bytes(range(32))), path.parent / "lake").receipt()
except InputError as error:
    said = {"refusal": str(error)}
print(json.dumps({**said, "mb": peak() - before}))
"""


@pytest.fixture
def read_apart(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Read a file in a process of its own: the receipt or the refusal, and the memory that it took at most."""
    (tmp_path / "clinic.yaml").write_text(CONTRACT, encoding="utf-8")

    def call(path: Path, **limits: int) -> dict[str, Any]:
        command = [sys.executable, "-c", READ, str(path), str(tmp_path / "clinic.yaml"), json.dumps(limits)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-2000:]
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    return call


def rewrite(path: Path, parts: dict[str, Callable[[bytes], bytes]], more: dict[str, bytes] | None = None) -> None:
    """The workbook with some parts changed and others added."""
    with zipfile.ZipFile(path) as old:
        content = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in content.items():
            new.writestr(name, parts.get(name, bytes)(data))
        for name, data in (more or {}).items():
            new.writestr(name, data)


def many_strings(path: Path) -> None:
    rewrite(path, {STRINGS: lambda data: data.replace(b"</sst>", b"<si><t>x</t></si>" * (8 << 20) + b"</sst>")})


def ten_million_cells(path: Path) -> None:
    rewrite(path, {SHEET: lambda data: data.replace(b'r="M2"', b'r="M800000"')})


def far_cell_in_single_quotes(path: Path) -> None:
    rewrite(path, {SHEET: lambda data: data.replace(b'r="M2"', b"r='XFD1048576'")})


def far_cell_on_a_sheet_under_another_name(path: Path) -> None:
    far = b'<c r="GR49000"/>'
    rels, types = "xl/_rels/workbook.xml.rels", "[Content_Types].xml"

    def renamed(data: bytes) -> bytes:
        return data.replace(b"worksheets/sheet2.xml", b"other/two.xml")

    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml")
    sheet = sheet.replace(b"<sheetData/>", b'<sheetData><row r="1"><c r="A1"/>' + far + b"</row></sheetData>")
    first = {SHEET: lambda data: data.replace(b'r="M2"', b'r="M700000"')}
    rewrite(path, {**first, rels: renamed, types: renamed}, {"xl/other/two.xml": sheet})


def one_long_string_in_many_cells(path: Path) -> None:
    cells = "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(3, 40_003)).encode()
    long = b"<si><t>" + b"x" * 60_000 + b"</t></si>"
    rewrite(
        path,
        {
            SHEET: lambda data: data.replace(b"</sheetData>", cells + b"</sheetData>"),
            STRINGS: lambda data: data.replace(b"<si>", long + b"<si>", 1),
        },
    )


def three_thousand_parts(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        for at in range(3_000):
            archive.writestr(f"xl/media/{at}.png", b"")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (many_strings, "解压后过大"),
        (ten_million_cells, "解压后过大"),
        (far_cell_in_single_quotes, "解压后过大"),
        (far_cell_on_a_sheet_under_another_name, "解压后过大"),
        (one_long_string_in_many_cells, "解压后过大"),
        (three_thousand_parts, "不是有效的 XLSX"),
    ],
)
def test_small_workbooks_that_ask_for_much_memory(
    tmp_path: Path, read_apart: Callable[..., dict[str, Any]], harm: Callable[[Path], None], message: str
) -> None:
    path = tmp_path / "2024-03.xlsx"
    write_xlsx(path, [row(1)])
    harm(path)
    assert path.stat().st_size < 5 << 20
    said = read_apart(path, max_workbook_bytes=100 << 20)
    assert message in said["refusal"]
    assert said["mb"] < MEMORY_MB


def test_a_full_sheet_of_long_strings_within_the_limit_is_read(tmp_path: Path, take_in_file: TakeIn) -> None:
    path = tmp_path / "2024-03.xlsx"
    write_xlsx(path, [row(n, name="长" * 3_000) for n in range(1, 51)])
    limits = Limits(max_workbook_bytes=2 << 20)  # the longest string in every cell would be beyond it
    result = take_in_file(path, limits=limits)
    assert (result.received, result.reasons) == (50, {"TEXT_TOO_LONG": 50})
    with pytest.raises(InputError, match="解压后过大"):
        take_in_file(path, limits=Limits(max_workbook_bytes=400_000))


@pytest.fixture
def take_in_file(lake: Path, contract: Contract, tokeniser: Tokeniser) -> TakeIn:
    def call(path: Path, **options: Any) -> IngestResult:
        with read_delivery(path, contract, period="2024-03", **options) as delivery:
            return ingest(delivery, contract, tokeniser, lake)

    return call


def test_workbook_in_utf_16_is_refused(tmp_path: Path, contract: Contract) -> None:
    """A document type in two-byte letters would not be seen."""
    path = tmp_path / "2024-03.xlsx"
    write_xlsx(path, [row(1)])
    entity = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e "&e;&e;">]><sst>&e;</sst>'
    rewrite(path, {STRINGS: lambda _: entity.encode("utf-16")})
    with pytest.raises(InputError, match="不是有效的 XLSX"):
        read_delivery(path, contract)


def test_one_enormous_cell_costs_its_row(tmp_path: Path, take_in_file: TakeIn) -> None:
    path = tmp_path / "2024-03.xlsx"
    write_xlsx(path, [row(1), row(2, place="此处"), row(3)])
    rewrite(path, {STRINGS: lambda data: data.replace("此处".encode(), b"x" * (17 << 20))})
    result = take_in_file(path)
    assert (result.accepted, result.reasons) == (2, {"ROW_TOO_LONG": 1})


def test_merged_headings(tmp_path: Path, take_in_file: TakeIn) -> None:
    """A title merged above the headings is read over; a heading that a merge has eaten is named."""
    path = tmp_path / "2024-03.xlsx"

    def write(headings: list[str], *merge: Any) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for at, cells in enumerate([headings, row(1)]):
                sheet.write_row(at + 1, 0, cells)
            sheet.merge_range(*merge)

    write(HEADINGS, 0, 0, 0, 4, "基本信息")
    assert take_in_file(path).accepted == 1
    place = HEADINGS.index("姓名")
    write([*HEADINGS[:place], "", *HEADINGS[place + 1 :]], 1, place - 1, 1, place, "身份证号")
    with pytest.raises(InputError, match="缺少必需的列：姓名"):
        take_in_file(path)
    place = HEADINGS.index("病种")  # not required
    write([*HEADINGS[:place], "", *HEADINGS[place + 1 :]], 1, place - 1, 1, place, "定点")
    with pytest.raises(InputError, match=f"有不认识的列：第{place + 1}列无标题"):
        take_in_file(path)


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("4.10522E+17", {"ID_SCIENTIFIC"}),
        ("4.1052219500101E+17", {"ID_SCIENTIFIC"}),
        (4.10522e17, {"ID_NUMERIC_CELL"}),
        (float(person(2)[:17] + "0"), {"ID_NUMERIC_CELL"}),
        ("410522195001010000.0", {"ID_LENGTH", "ID_CHARACTERS"}),
    ],
)
def test_id_numbers_that_a_spreadsheet_has_spoilt(
    tmp_path: Path, take_in_file: TakeIn, typed: str | float, codes: set[str]
) -> None:
    path = tmp_path / "2024-03.xlsx"
    write_xlsx(path, [row(1), row(2, id_number=typed)])
    result = take_in_file(path)
    assert result.accepted == 1
    assert set(result.reasons) <= codes
    assert len(result.quarantine) == 1


def test_formulas_in_texts_are_texts(take_in: TakeIn) -> None:
    """Nothing is carried out on the way in; on the way back the workbook's cells are texts (``test_quarantine``)."""
    result = take_in(csv_bytes([row(1, place="=HYPERLINK(1)"), row(2, place="@SUM(A1)"), row(3, cost="=1+1")]))
    places = duckdb.execute(f"SELECT place FROM '{result.path}' ORDER BY place").fetchall()
    assert places == [("=HYPERLINK(1)",), ("@SUM(A1)",)]
    assert result.reasons == {"MONEY_FORMAT": 1}


def test_dates_of_many_forms_in_one_column(take_in: TakeIn) -> None:
    forms = ["2024-03-18", "2024/3/18", "20240318", "2024年3月18日", "18/03/2024", "3/18/24", "45369"]
    result = take_in(csv_bytes([row(n, settled_on=text) for n, text in enumerate(forms, 1)]))
    assert (result.accepted, result.reasons) == (4, {"DATE_FORMAT": 3})
    assert duckdb.execute(f"SELECT count(DISTINCT settled_on) FROM '{result.path}'").fetchall() == [(1,)]


def test_two_files_put_together(take_in: TakeIn) -> None:
    """The second's mark of encoding and its headings stand in the middle."""
    second = csv_bytes([row(2)], encoding="utf-8-sig")
    result = take_in(csv_bytes([row(1)], encoding="utf-8-sig") + second)
    assert (result.received, result.accepted, result.quarantined) == (3, 2, 1)
    assert "流水号" in result.quarantine[0].raw.decode()


def test_parts_in_two_encodings_cost_their_rows(take_in: TakeIn) -> None:
    good, foreign = csv_bytes([row(1), row(3)]), csv_bytes([row(2)], encoding="gb18030").splitlines(keepends=True)[1]
    assert (r := take_in(good + foreign)).accepted == 2
    assert r.reasons == {"ENCODING": 1}
    good, foreign = csv_bytes([row(1)], encoding="gb18030"), csv_bytes([row(2)]).splitlines(keepends=True)[1]
    assert (r := take_in(good + foreign)).accepted == 1
    assert r.quarantined == 1


def test_a_lone_quote_does_not_swallow_the_rest(take_in: TakeIn) -> None:
    result = take_in(csv_bytes([row(1), row(2, name='"张'), *(row(n) for n in range(3, 90))]))
    assert (result.received, result.accepted, result.reasons) == (89, 88, {"QUOTES": 1})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (csv_bytes([row(1)], encoding="utf-16-le"), "空字节|没有找到表头"),
        (csv_bytes([row(1)], encoding="utf-32"), "UTF-16|空字节"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "没有找到表头"),
        (b"<html><table><tr><td>" + "身份证号".encode() + b"</td></tr></table></html>", "没有找到表头"),
        (csv_bytes([row(1)], [*HEADINGS[:-1], HEADINGS[0]]), "同一内容出现两列：流水号"),
        (",".join(f"c{n}" for n in range(1_000_000)).encode(), "没有找到表头"),
        (",".join([*HEADINGS, *(f"c{n}" for n in range(1_000_000))]).encode(), "超过 200 列"),
        ("标题".encode() * 20_000 + b"\n" + csv_bytes([row(1)]), "表头或其上方有超过 65536 字节的行"),
        (b"\n" * 1000 + csv_bytes([row(1)]), "没有找到表头"),
    ],
    ids=["utf-16", "utf-32", "pdf", "html", "doubled", "columns", "known columns", "title", "below"],
)
def test_files_that_are_no_table(tmp_path: Path, contract: Contract, data: bytes, message: str) -> None:
    path = tmp_path / "2024-03.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_delivery(path, contract)


@pytest.mark.parametrize("line", [b"x" * (80 << 20), b",x" * (40 << 20), b'"' * (80 << 20)])
@pytest.mark.parametrize("first", [False, True], ids=["after the headings", "before them"])
def test_one_line_of_eighty_megabytes(
    tmp_path: Path, read_apart: Callable[..., dict[str, Any]], line: bytes, first: bool
) -> None:
    path = tmp_path / "2024-03.csv"
    good = csv_bytes([row(1)])
    path.write_bytes(line + b"\n" + good if first else good + line + b"\n" + b",".join([b""] * 13))
    said = read_apart(path)
    if first:
        assert "65536 字节" in said["refusal"]
    else:
        assert (said["accepted"], said["reasons"]) == (1, {"ROW_TOO_LONG": 1})
    assert said["mb"] < MEMORY_MB / 4


@pytest.mark.parametrize("made", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("named", ["csv", "xlsx", "parquet", "txt"])
@pytest.mark.parametrize("rows", [0, 2])
def test_content_decides_not_the_name_and_no_rows_are_none(
    tmp_path: Path, take_in_file: TakeIn, made: str, named: str, rows: int
) -> None:
    path, lines = tmp_path / f"2024-03.{made}", [row(n) for n in range(1, rows + 1)]
    if made == "csv":
        path.write_bytes(csv_bytes(lines))
    elif made == "xlsx":
        write_xlsx(path, lines)
    else:
        write_parquet(path, lines)
    path = path.rename(tmp_path / f"2024-03.{named}")
    result = take_in_file(path)
    assert (result.received, result.accepted) == (rows, rows)


def write_parquet(path: Path, rows: list[list[Any]], **instead: str) -> None:
    """``instead`` gives other SQL for a column."""
    columns = ", ".join(f"{instead.get(name, f'r[{at + 1}]')} AS {name}" for at, name in enumerate(FIELDS))
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE given AS SELECT unnest($rows::VARCHAR[][]) AS r", {"rows": rows})
        connection.execute(f"COPY (SELECT {columns} FROM given) TO '{path}'")


@pytest.mark.parametrize(
    ("instead", "message"),
    [
        ({"place": "[r[1]]"}, "列“place”的类型 VARCHAR\\[\\] 无法读取"),
        ({"place": "{'a': r[1]}"}, "列“place”的类型 STRUCT"),
        ({"place": "MAP {r[1]: 1}"}, "列“place”的类型 MAP"),
        ({"place": "r[1]::BLOB"}, "列“place”的类型 BLOB"),
        ({"id_number": "410522195001010013::DOUBLE"}, "数字类型，号码会失真"),
        ({"id_number": "410522195001010013::DECIMAL(18)"}, "数字类型，号码会失真"),
    ],
)
def test_parquet_of_types_that_no_contract_has(
    tmp_path: Path, contract: Contract, instead: dict[str, str], message: str
) -> None:
    path = tmp_path / "2024-03.parquet"
    write_parquet(path, [row(1)], **instead)
    with pytest.raises(InputError, match=message):
        read_delivery(path, contract)


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.99])
def test_parquet_cut_short_is_refused(tmp_path: Path, contract: Contract, keep: float) -> None:
    path = tmp_path / "2024-03.parquet"
    write_parquet(path, [row(n) for n in range(1, 40)])
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(InputError, match="Parquet"):
        read_delivery(path, contract)


def test_parquet_damaged_inside_is_refused(tmp_path: Path, contract: Contract) -> None:
    path = tmp_path / "2024-03.parquet"
    write_parquet(path, [row(n) for n in range(1, 40)])
    data = path.read_bytes()
    path.write_bytes(data[:4] + b"\xff" * 200 + data[204:])
    with pytest.raises(InputError, match="Parquet"):
        read_delivery(path, contract)


def test_one_long_text_in_every_row_of_a_parquet(tmp_path: Path, read_apart: Callable[..., dict[str, Any]]) -> None:
    """Its dictionary holds the text once: a small file, terabytes as a table."""
    path = tmp_path / "2024-03.parquet"
    columns = ", ".join(f"'{'长' * 10_000 if name == 'place' else 1}' AS {name}" for name in FIELDS)
    duckdb.execute(f"COPY (SELECT {columns} FROM range(200_000)) TO '{path}'")
    assert path.stat().st_size < 5 << 20
    said = read_apart(path)
    assert "展开后超过" in said["refusal"]
    assert said["mb"] < MEMORY_MB

"""Headings of an owner's own: proposed, mapped once, used from then on."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import Contract, ingest, inspect_headings, read_delivery
from tests.engine.lake.deliveries import HEADINGS, csv_bytes, row, write_xlsx

OWN = [
    "账单流水号", "公民身份号码", "人员姓名", "就诊类别", "等级", "结算时间", "有效期至", "定点", "病种", "费用合计",
    "退费", "住院天数", "就诊地",
]  # fmt: skip
MAPPING = {"账单流水号": "bill_no", "公民身份号码": "id_number", "人员姓名": "name", "就诊类别": "kind",
           "结算时间": "settled_on", "费用合计": "cost", "住院天数": "days"}  # fmt: skip


def test_each_unknown_heading_gets_its_likeliest_field(tmp_path: Path, contract: Contract) -> None:
    (tmp_path / "own.csv").write_bytes(csv_bytes([row(1)], OWN))
    report = inspect_headings(tmp_path / "own.csv", contract)
    assert not report.complete
    assert report.unknown == tuple(MAPPING)
    assert report.proposed == MAPPING
    assert report.missing == ("流水号", "身份证号", "姓名", "类别", "结算日期", "费用")


@pytest.mark.parametrize("name", ["own.csv", "own.xlsx", "own.parquet"])
def test_a_mapped_file_is_read_like_any_other(
    tmp_path: Path, contract: Contract, tokeniser: Tokeniser, name: str
) -> None:
    path = tmp_path / name
    if path.suffix == ".csv":
        path.write_bytes(csv_bytes([row(1)], OWN, "gb18030"))
    elif path.suffix == ".xlsx":
        write_xlsx(path, [row(1)], OWN)
    else:
        columns = ", ".join(f'? AS "{heading}"' for heading in OWN)
        with duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT {columns}) TO '{path}'", row(1))
    assert inspect_headings(path, contract, mapping=MAPPING).complete
    with read_delivery(path, contract, period="2024-03", mapping=MAPPING) as delivery:
        result = ingest(delivery, contract, tokeniser, tmp_path / "lake")
    (tmp_path / "plain.csv").write_bytes(csv_bytes([row(1)]))
    with read_delivery(tmp_path / "plain.csv", contract, period="2024-03") as delivery:
        plain = ingest(delivery, contract, tokeniser, tmp_path / "other")
    rows = [duckdb.execute("FROM read_parquet(?)", [str(found.path)]).fetchall() for found in (result, plain)]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 1


def test_a_file_without_any_known_heading_is_still_explained(tmp_path: Path, contract: Contract) -> None:
    (tmp_path / "own.csv").write_bytes("2024年3月名单\n".encode() + csv_bytes([["甲", "乙", "丙"]], ["子", "丑", "寅"]))
    report = inspect_headings(tmp_path / "own.csv", contract)
    assert (report.unknown, report.proposed) == (("子", "丑", "寅"), {})


def test_the_owners_mapping_comes_before_the_contract(tmp_path: Path, contract: Contract, tokeniser: Tokeniser) -> None:
    """His 费用 is not ours; ours he calls 应收."""
    headings = [*HEADINGS, "应收"]
    (tmp_path / "own.csv").write_bytes(csv_bytes([[*row(1, cost="不是金额"), "9.00"]], headings))
    with read_delivery(
        tmp_path / "own.csv", contract, period="2024-03", mapping={"费用": "", "应收": "cost"}
    ) as delivery:
        result = ingest(delivery, contract, tokeniser, tmp_path / "lake")
    assert duckdb.execute(f"SELECT cost FROM '{result.path}'").fetchall() == [(900,)]


def test_two_headings_for_one_field_are_refused(tmp_path: Path, contract: Contract) -> None:
    (tmp_path / "own.csv").write_bytes(csv_bytes([[*row(1), "9.00"]], [*HEADINGS, "应收"]))
    with pytest.raises(InputError, match="同一内容出现两列：费用"):
        read_delivery(tmp_path / "own.csv", contract, period="2024-03", mapping={"应收": "cost"})


def test_a_mapping_to_no_field_is_refused(tmp_path: Path, contract: Contract) -> None:
    (tmp_path / "own.csv").write_bytes(csv_bytes([row(1)]))
    with pytest.raises(InputError, match="字段 price 不存在"):
        inspect_headings(tmp_path / "own.csv", contract, mapping={"费用": "price"})

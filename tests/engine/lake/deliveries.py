"""A small contract that has every type of field, and files made under it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import xlsxwriter

from doudi.engine.identity import check_digit

CONTRACT = """
name: clinic
title: 诊疗
owner: {department: MED, label: 医疗保障局}
period: month
freshness_days: 40
retention_months: 24
key: [bill_no]
cite: {document: 鄂民政发〔2024〕21号, clause: 四(二)1}
ignored: [备注]
fields:
  - {name: bill_no, title: 流水号, type: text, required: true, keep: false, max_length: 20}
  - {name: id_number, title: 身份证号, aliases: [证件号码], type: id_number, required: true}
  - {name: name, title: 姓名, type: text, required: true, keep: false}
  - {name: kind, title: 类别, type: code, required: true, codes: {住院: inpatient, 门诊: clinic}}
  - {name: grade, title: 等级, type: code, codes: {一级: 1, 二级: 2}}
  - {name: settled_on, title: 结算日期, type: date, required: true}
  - {name: valid_until, title: 有效期至, type: date, empty_as: [长期]}
  - {name: designated, title: 定点, type: flag, required: true}
  - {name: disease, title: 病种, type: sensitive_text}
  - {name: cost, title: 费用, type: money, required: true}
  - {name: refund, title: 退费, type: money, negative: true}
  - {name: days, title: 天数, type: integer}
  - {name: place, title: 就诊地, type: text}
rules:
  - {code: REFUND_EXCEEDS_COST, expr: "refund <= cost", message: 退费不得大于费用}
"""
HEADINGS = [
    "流水号",
    "身份证号",
    "姓名",
    "类别",
    "等级",
    "结算日期",
    "有效期至",
    "定点",
    "病种",
    "费用",
    "退费",
    "天数",
    "就诊地",
]
FIELDS = ["bill_no", "id_number", "name", "kind", "grade", "settled_on", "valid_until", "designated", "disease", "cost",
          "refund", "days", "place"]  # fmt: skip
KEY = bytes(range(32))


def person(n: int) -> str:
    first17 = f"41052219{50 + n % 50}0101{n % 1000:03d}"
    return first17 + check_digit(first17)


def row(n: int, **changes: Any) -> list[Any]:
    """A good row; ``changes`` by field name."""
    cells = [f"B{n}", person(n), "张三", "住院", "一级", "2024-03-18", "", "是", "尿毒症", "1234.50", "", "3", "安阳"]
    good = dict(zip(FIELDS, cells, strict=True))
    return list((good | changes).values())


def csv_bytes(rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS, encoding: str = "utf-8") -> bytes:
    return "".join(",".join(map(str, cells)) + "\n" for cells in [headings, *rows]).encode(encoding)


def write_xlsx(path: Path, rows: Iterable[Sequence[Any]], headings: Sequence[str] = HEADINGS, above: int = 0) -> None:
    """A workbook; ``above`` rows of title stand over the headings."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("数据")
        book.add_worksheet("Sheet2")
        for at in range(above):
            sheet.write(at, 0, "2024年3月诊疗名单")
        for at, cells in enumerate([headings, *rows]):
            sheet.write_row(above + at, 0, cells)


def write_envelope(path: Path, records: int, **changes: Any) -> Path:
    envelope = {"batch_id": "MED-1", "owner": "MED", "dataset": "clinic", "period": "2024-03", "region": "410522",
                "schema_version": "1", "record_count": records, "sha256": sha256(path.read_bytes()).hexdigest(),
                "sent_at": "2024-04-02T09:00:00+08:00"}  # fmt: skip
    beside = path.with_name(path.name + ".envelope.json")
    beside.write_text(json.dumps({k: v for k, v in (envelope | changes).items() if v is not None}), encoding="utf-8")
    return beside

"""``doudi feeds list | ingest | drop``: the departments' feeds, the delivery of one file, the drop folders."""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

from doudi.engine.errors import InputError
from doudi.engine.indicators import readers
from doudi.engine.lake.contracts import Contract, load_contracts
from doudi.engine.lake.quality_rules import load_quality_rules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what each department delivers, and how often")
    form = listing.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--markdown", action="store_true", help="print the reference part of docs/feeds.md")
    ingest = actions.add_parser("ingest", help="check a department's file and take it in")
    ingest.add_argument(
        "file", type=Path, metavar="FILE", help="CSV, XLSX or Parquet, with or without FILE.envelope.json"
    )
    ingest.add_argument("--feed", required=True, metavar="NAME", help="one of those that 'doudi feeds list' shows")
    ingest.add_argument("--period", required=True, metavar="YYYY-MM", help="the month the file speaks of")
    ingest.add_argument(
        "--county", metavar="CODE", help="the county of the data; may be left out where there is only one"
    )
    ingest.add_argument("--json", action="store_true", help="print the receipt as one JSON document")
    drop = actions.add_parser(
        "drop", help="take in what lies complete in the drop folders (the worker does so by itself)"
    )
    drop.add_argument("--open", metavar="COUNTY/DEPARTMENT", help="make a department's drop folder, e.g. 410522/MED")


def run(args: argparse.Namespace) -> int:
    contracts = load_contracts()
    if args.action == "drop":
        importlib.import_module("doudi.cli.django_ready").setup()
        return int(importlib.import_module("doudi.apps.exchange.command").drop(args) or 0)
    if args.action == "ingest":
        if args.feed not in contracts:
            raise InputError(f"no feed {args.feed!r}", where="--feed", hint="one of " + ", ".join(contracts))
        # The platform's part, loaded only here: listing feeds needs no database.
        importlib.import_module("doudi.cli.django_ready").setup()
        return int(importlib.import_module("doudi.apps.exchange.command").ingest(args) or 0)
    if args.json:
        print(json.dumps([_as_dict(contract) for contract in contracts.values()], ensure_ascii=False, indent=1))
        return 0
    if args.markdown:
        print(reference())
        return 0
    for contract in contracts.values():
        print(f"{contract.name:20} {contract.title}  （{contract.owner_label}，{_PERIODS[contract.period]}报送）")
        for entry in contract.fields:
            print(f"    {'*' if entry.required else ' '} {entry.title}" + _codes(entry.codes))
    print("\n* 必填列")
    return 0


_PERIODS = {"month": "按月", "quarter": "按季", "term": "按学期", "year": "按年", "event": "随时"}


def _codes(codes: dict[str, str | int]) -> str:
    return f"：{'、'.join(codes)}" if codes else ""


_TYPES = {
    "id_number": "身份证号",
    "disability_card": "残疾人证号",
    "sensitive_text": "文本（敏感）",
    "account": "账号",
    "text": "文本",
    "code": "代码",
    "division": "行政区划代码，6、9 或 12 位",
    "month": "月份，如 2024-03",
    "term": "学期，如 2024-2025学年第一学期",
    "decimal": "数，两位小数",
    "date": "日期，如 2024-03-18",
    "money": "金额，元，两位小数",
    "flag": "是、否",
    "integer": "整数",
}


def reference() -> str:
    """Every contract as Markdown: a table of all, then each with its fields, and the quality rules by number."""
    contracts, rules = load_contracts().values(), load_quality_rules()
    lines = ["| 数据 | 名称 | 报送部门 | 周期 | 时限（天） | 读取它的指标 |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [
        f"| [{one.name}](#{one.name}) | {one.title} | {one.owner_label}（{one.department}） | {_PERIODS[one.period]} "
        f"| {one.freshness_days} | {'、'.join(readers(one.name)) or '—'} |"
        for one in contracts
    ]
    for one in contracts:
        key = "、".join(one.field(name).title for name in one.key)
        lines += ["", f"### {one.name}", ""]
        lines += [f"{one.title}。关键字段：{key}。保存 {one.retention_months} 个月（默认值）。依据：" + _cite(one.cite)]
        lines += ["", f"**{'尚未启用，启用条件' if one.disabled else '条件'}**：{one.condition}。"] * bool(
            one.condition
        )
        lines += ["", "| 列名 | 也可写作 | 字段 | 填写 | 必填 | 入库 |", "| --- | --- | --- | --- | --- | --- |"]
        lines += [
            f"| {entry.title} | {'、'.join(entry.aliases)} | `{entry.name}` "
            f"| {'、'.join(entry.codes) or _TYPES[entry.type]} | {'是' if entry.required else ''} "
            f"| {'是' if entry.stored_type else ''} |"
            for entry in one.fields
        ]
        lines += ["", *(f"- {rule.code}：{rule.message}（退回）" for rule in one.rules)] if one.rules else []
        flagged = rules.of_feed(one.name)
        lines += [""] * bool(flagged and not one.rules)
        lines += [f"- {rule.number}：{rule.message}（{_ACTIONS[rule.action]}）" for rule in flagged]
    return "\n".join(lines)


_ACTIONS = {"quarantine": "退回", "flag": "入库，列为存疑"}


def _cite(cite: dict[str, str]) -> str:
    return f"{cite['document']} {cite.get('clause', '')}".strip() + "。"


def _as_dict(contract: Contract) -> dict[str, object]:
    return {
        "feed": contract.name,
        "title": contract.title,
        "owner": {"department": contract.department, "label": contract.owner_label},
        "period": contract.period,
        "freshness_days": contract.freshness_days,
        "key": list(contract.key),
        "indicators": list(readers(contract.name)),
        "cite": contract.cite,
        "contract_hash": contract.hash,
        "fields": [
            {
                "name": entry.name,
                "title": entry.title,
                "aliases": list(entry.aliases),
                "type": entry.type,
                "required": entry.required,
                "stored": entry.stored_type is not None,
                **({"codes": entry.codes} if entry.codes else {}),
            }
            for entry in contract.fields
        ],
    }

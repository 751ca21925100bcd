"""``doudi feeds list | ingest | drop``: the departments' feeds, the delivery of one file, the drop folders."""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

from doudi.engine.errors import InputError
from doudi.engine.indicators import readers
from doudi.engine.lake.contracts import Contract, load_contracts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what each department delivers, and how often")
    listing.add_argument("--json", action="store_true", help="print one JSON document")
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
    for contract in contracts.values():
        print(f"{contract.name:20} {contract.title}  （{contract.owner_label}，{_PERIODS[contract.period]}报送）")
        for entry in contract.fields:
            print(f"    {'*' if entry.required else ' '} {entry.title}" + _codes(entry.codes))
    print("\n* 必填列")
    return 0


_PERIODS = {"month": "按月", "quarter": "按季", "term": "按学期", "year": "按年", "event": "随时"}


def _codes(codes: dict[str, str | int]) -> str:
    return f"：{'、'.join(codes)}" if codes else ""


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

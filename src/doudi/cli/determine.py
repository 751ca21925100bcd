"""``doudi determine``: decide household documents by a policy pack, without a database."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path

from doudi.engine.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="household documents: JSON, JSON Lines or YAML")
    parser.add_argument("--pack", required=True, help="policy pack: a name of 'doudi packs list' or a folder")
    parser.add_argument("--as-of", required=True, metavar="YYYY-MM-DD", help="day of the determination")
    parser.add_argument("--standards", type=Path, metavar="FILE", help="the locality's own numbers, YAML or JSON")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="another value for a parameter"
    )
    parser.add_argument("--explain", action="store_true", help="show every rule with its numbers and clause")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    from doudi.cli.determine_text import render
    from doudi.engine.rules import determine, load_pack, parse_override, read_documents, read_standards

    try:
        as_of = dt.date.fromisoformat(args.as_of)
    except ValueError:
        raise InputError(f"{args.as_of!r} is not a date", where="--as-of", hint="write YYYY-MM-DD") from None
    pack = load_pack(args.pack)
    documents = read_documents(args.file)
    if not documents:
        raise InputError("there are no households", where=str(args.file), hint="give at least one household document")
    standards = read_standards(args.standards) if args.standards else None
    overrides = dict(parse_override(pack, text) for text in args.set)
    result = determine(documents, pack, as_of, standards, overrides, args.explain, where=str(args.file))
    print(json.dumps(result, ensure_ascii=False, indent=2) if args.json else render(result, pack))
    return 0

"""``doudi monitor``: evaluate indicators over a registry snapshot and the departments' files, without a database."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from doudi.engine.errors import InputError

KEY_VARIABLE = "DOUDI_TOKEN_KEY"
FILE_TYPES = (".csv", ".xlsx", ".parquet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--registry", type=Path, required=True, metavar="DIR", help="registry snapshot (Parquet)")
    parser.add_argument(
        "--feeds",
        type=Path,
        required=True,
        metavar="DIR",
        help="departments' files DIR/<feed>/<period>.csv|xlsx|parquet, or a lake",
    )
    parser.add_argument("--period", required=True, metavar="YYYY-MM", help="the month to judge")
    parser.add_argument("--pack", required=True, metavar="PACK", help="policy pack: a name or a folder")
    parser.add_argument("--indicators", metavar="CODE,...", help="only these indicators")
    parser.add_argument("--engine", default="duckdb", choices=("duckdb", "spark"))
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where signals.parquet and run.json go")
    parser.add_argument("--json", action="store_true", help="print run.json")


def run(args: argparse.Namespace) -> int:
    from doudi.engine.indicators import run as evaluate
    from doudi.engine.indicators.periods import check_period
    from doudi.engine.indicators.plan import choose

    check_period(args.period)
    codes = [code.strip() for code in args.indicators.split(",")] if args.indicators is not None else None
    wanted = sorted({feed for indicator in choose(codes) for feed in indicator.feeds})
    for name in ("registry", "feeds"):
        if not getattr(args, name).is_dir():
            raise InputError("no such folder", where=f"--{name} {getattr(args, name)}", hint="give an existing folder")
    with _lake(args, wanted) as (lake, receipts):
        result = evaluate(args.registry, lake, args.period, args.pack, indicators=codes, engine=args.engine)
    if receipts:
        result.report["receipts"] = receipts
    result.write(args.out)
    if args.json:
        print(json.dumps(result.report, ensure_ascii=False))
    else:
        _show(result.report, args.out)
    return 0


@contextmanager
def _lake(args: argparse.Namespace, feeds: list[str]) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    """The lake to read: the one given, or a temporary one of the departments' files, with their receipts."""
    if any(args.feeds.glob("*/current.json")):
        yield args.feeds, []
        return
    files = _files(args.feeds, feeds, args.period)
    if not files:
        # Indicators over the registry alone still run; the report names the feeds that the others miss.
        yield args.feeds, []
        return
    key = _token_key(args.registry)
    with tempfile.TemporaryDirectory(prefix="doudi-lake-") as folder:
        yield Path(folder), _ingest(files, Path(folder), key, args.registry / "members.parquet")


def _files(folder: Path, feeds: list[str], period: str) -> list[tuple[str, str, Path]]:
    """(feed, period, file) of the months that a run of ``period`` reads."""
    from doudi.engine.indicators.inputs import months_read

    found = []
    for feed in feeds:
        for month in months_read(feed, period):
            paths = [path for kind in FILE_TYPES for path in (folder / feed).glob(f"{month}{kind}")]
            if len(paths) > 1:
                raise InputError(f"{len(paths)} files for {month}", where=str(folder / feed), hint="keep one of them")
            found += [(feed, month, path) for path in paths]
    return found


def _token_key(registry: Path) -> bytes:
    """The key of the registry's person keys: a sample county's own file, else the installation's environment."""
    path = registry / "token.key"
    text = path.read_text("ascii") if path.is_file() else os.environ.get(KEY_VARIABLE, "")
    where = str(path) if path.is_file() else KEY_VARIABLE
    if not text.strip():
        raise InputError(
            "no token key, so that departments' ID numbers cannot be matched with the registry", where=str(registry),
            hint=f"set {KEY_VARIABLE} to the installation's hex key, or give --feeds a lake that is already ingested",
        )  # fmt: skip
    try:
        return bytes.fromhex(text.strip())
    except ValueError as error:
        raise InputError(
            "the token key is not hexadecimal", where=where, hint="write it as pairs of 0-9 and a-f"
        ) from error


def _ingest(files: list[tuple[str, str, Path]], lake: Path, key: bytes, known: Path) -> list[dict[str, Any]]:
    from tqdm import tqdm

    from doudi.engine.identity import Tokeniser
    from doudi.engine.lake import ingest, load_contract, read_delivery

    tokeniser = Tokeniser(key)
    receipts = []
    for feed, period, path in tqdm(files, desc="读取部门数据", unit="份", disable=not sys.stderr.isatty()):
        contract = load_contract(feed)
        with read_delivery(path, contract, period=period) as delivery:
            receipts.append(
                {"feed": feed, "period": period, **ingest(delivery, contract, tokeniser, lake, known).receipt()}
            )
    return receipts


def _show(report: dict[str, Any], out: Path) -> None:
    print(f"监测期 {report['period']}，政策包 {report['pack']}：{report['signals']} 条预警信号")
    print(f"结果文件：{out / 'signals.parquet'}")
    for code, entry in report["indicators"].items():
        print(f"  {code}  {entry['signals']:>6}  {entry['title']}")
        for note in entry["notes"]:
            print(f"                  {note}")
    for entry in report["skipped"]:
        print(f"  {entry['indicator']}    未运行  {entry['title']}：{entry['message']}")
    for receipt in report.get("receipts", []):
        if receipt["quarantined"]:
            counts = f"收到 {receipt['received']} 行，隔离 {receipt['quarantined']} 行"
            print(f"  {receipt['feed']} {receipt['period']}：{counts}")
    for warning in report["warnings"]:
        print(f"  注意：{warning}")

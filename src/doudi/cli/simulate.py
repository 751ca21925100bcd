"""``doudi simulate``: what a change of parameters would do to a register, without a database. It only reads."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import unicodedata
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doudi.engine.errors import InputError

if TYPE_CHECKING:
    from doudi.engine.rules import Pack
    from doudi.engine.simulate import Simulation
    from doudi.engine.simulate.wording import Table

DIVISIONS = {"province": 2, "city": 4, "county": 6, "township": 9, "village": 12}
ONLY = "调整后"  # the scenario of --change alone


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "households",
        metavar="HOUSEHOLDS",
        type=Path,
        help="Parquet of household documents, a folder of tables, a registry snapshot, or documents in JSON or YAML",
    )
    parser.add_argument("--base", required=True, metavar="PACK", help="policy pack: a name or a folder")
    parser.add_argument(
        "--change",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another value for a parameter; NAME.rural=VALUE or NAME.410502=VALUE for a part only",
    )
    parser.add_argument(
        "--scenario",
        action="append",
        default=[],
        metavar="TITLE:NAME=VALUE,…",
        help="one of several cases beside each other; changes of --change hold in each",
    )
    parser.add_argument("--standards", type=Path, metavar="FILE", help="the locality's own numbers, YAML or JSON")
    parser.add_argument(
        "--as-of", metavar="YYYY-MM-DD", help="day of the decisions (default: the snapshot's, or today)"
    )
    parser.add_argument("--by", default="", metavar="division,area,route,group", help="tables to print besides")
    parser.add_argument("--level", default="county", choices=DIVISIONS, help="divisions to count by (default: county)")
    parser.add_argument("--xlsx", type=Path, metavar="FILE", help="write a workbook")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from doudi.engine.backends.duckdb import connect
    from doudi.engine.rules import load_pack
    from doudi.engine.simulate import open_register, simulate
    from doudi.engine.simulate.wording import DIMENSIONS

    wanted = [part.strip() for part in args.by.split(",") if part.strip()]
    for part in wanted:
        if part not in DIMENSIONS:
            raise InputError(f"{part!r} is no way to count", where="--by", hint=f"use {', '.join(DIMENSIONS)}")
    pack = load_pack(args.base)
    scenarios = _scenarios(pack, args)
    with connect() as connection:
        as_of = _day(args.as_of) if args.as_of else None
        register = open_register(connection, args.households, as_of)
        as_of = as_of or register.as_of or dt.date.today()  # noqa: DTZ011 the clerk's day
        standards, amendments = _numbers(pack, args, as_of)
        with tqdm(desc="测算", unit="批", disable=not sys.stderr.isatty()) as bar:

            def show(done: int, total: int) -> None:
                bar.total, bar.n = total, done
                bar.refresh()

            result = simulate(
                connection,
                pack,
                as_of,
                scenarios,
                standards=standards,
                amendments=amendments,
                division_digits=DIVISIONS[args.level],
                data=register.data,
                absent=register.absent,
                progress=show,
            )
    if args.xlsx:
        _write(result, args.xlsx)
    print(json.dumps(result.document(), ensure_ascii=False, indent=2) if args.json else render(result, wanted))
    return 0


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a date", where="--as-of", hint="write YYYY-MM-DD") from None


def _scenarios(pack: Pack, args: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Title → changes. ``--change`` alone is one scenario; beside ``--scenario`` it holds in each."""
    from doudi.engine.simulate import merge, parse_change

    common = merge(parse_change(pack, text) for text in args.change)
    if not args.scenario:
        if not common:
            raise InputError("nothing is changed", where="--change", hint="give --change NAME=VALUE or --scenario")
        return {ONLY: common}
    found: dict[str, dict[str, Any]] = {}
    for text in args.scenario:
        title, colon, written = text.partition(":")
        title = title.strip()
        if not colon or not title or not written.strip():
            raise InputError(f"{text!r} is no scenario", where="--scenario", hint="write TITLE:NAME=VALUE,NAME=VALUE")
        if title in found:
            raise InputError(f"two scenarios are called {title}", where="--scenario", hint="give each an own title")
        found[title] = common | merge(parse_change(pack, part, f"--scenario {title}") for part in _parts(written))
    return found


def _parts(text: str) -> list[str]:
    """At commas, except between the values of a list, where no NAME= follows."""
    parts: list[str] = []
    for piece in text.split(","):
        if "=" in piece or not parts:
            parts.append(piece)
        else:
            parts[-1] += f",{piece}"
    return parts


def _numbers(pack: Pack, args: argparse.Namespace, as_of: dt.date) -> tuple[dict[str, Any], dict[str, Any]]:
    """Standards and amendments: those of ``--standards``, or those that a registry snapshot brings along."""
    from doudi.engine.indicators.source import snapshot_standards
    from doudi.engine.rules import read_standards

    if args.standards:
        return read_standards(args.standards), {}
    if not args.households.is_dir():
        return {}, {}
    standards, amendments = (
        {name: value for name, value in found.items() if name in pack.parameters}
        for found in snapshot_standards(args.households, as_of)
    )
    return standards, amendments


def _write(result: Simulation, path: Path) -> None:
    """The workbook, whole or not at all."""
    from doudi.engine.simulate.workbook import write_workbook

    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as stream:
            write_workbook(result, stream)
        aside.replace(path)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=f"--xlsx {path}") from None
    finally:
        aside.unlink(missing_ok=True)


def render(result: Simulation, by: list[str]) -> str:
    """The result as officers read it on a terminal."""
    from doudi.engine.simulate import wording

    data = result.data
    lines = [
        f"{result.pack_title}（{result.pack}）  测算日期 {result.as_of}",
        f"数据 {data.get('name', '')}：{data['households']:,}户 {data['persons']:,}人",
    ]
    if result.absent:
        lines.append(f"数据中没有、按默认值处理的事实：{'、'.join(result.absent)}")
    lines += [
        f"提示：{name} 由文件规定，标准文件中的数值未采用；如需试算请用 --change {name}=数值。"
        for name in result.ignored
    ]
    for scenario in result.scenarios:
        total = scenario.total
        lines += ["", f"方案 {scenario.name}：{'；'.join(wording.change_text(change) for change in scenario.changes)}"]
        lines += _table(wording.categories(total))
        lines += _table(wording.costs(total))
        lines.append(
            f"  待遇提高 {total.winners.households:,}户（每月共 {wording.money(total.winners.amount)} 元），"
            f"降低 {total.losers.households:,}户（每月共 {wording.money(total.losers.amount)} 元），"
            f"金额待定 {total.unknown_before:,}户 → {total.unknown_after:,}户"
        )
        moves = wording.moves(total)
        lines += _table(moves) if moves.rows else ["  没有家庭或人员变动类别"]
        if scenario.missing:
            lines += _table(wording.missing(scenario))
        for dimension in by:
            lines += _table(wording.by(scenario, dimension))
    return "\n".join(lines)


def _table(table: Table) -> list[str]:
    if not table.rows:
        return [f"  {table.title}：没有"]
    cells = [[_cell(value) for value in row] for row in table.rows]
    columns = list(zip(table.headings, *cells, strict=True))
    widths = [max(map(_width, column)) for column in columns]
    numeric = [not any(isinstance(row[at], str) for row in table.rows) for at in range(len(columns))]
    return [f"  {table.title}", *(f"    {_row(row, widths, numeric)}" for row in ([*table.headings], *cells))]


def _row(row: list[str], widths: list[int], numeric: list[bool]) -> str:
    padded = []
    for text, width, right in zip(row, widths, numeric, strict=True):
        space = " " * (width - _width(text))
        padded.append(space + text if right else text + space)
    return "  ".join(padded).rstrip()


def _cell(value: Any) -> str:
    from doudi.engine.simulate.wording import money

    if isinstance(value, str):
        return value
    return money(int(value * 100)) if isinstance(value, Fraction) else f"{value:,}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)

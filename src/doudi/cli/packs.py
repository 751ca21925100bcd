"""``doudi packs``: list, show, check and compare policy packs."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doudi.engine.errors import InputError

if TYPE_CHECKING:
    from doudi.engine.rules import Pack, Parameter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the packs that ship with doudi")
    show = actions.add_parser("show", help="a pack's parameters and rules with their clauses")
    show.add_argument("pack", metavar="PACK", help="a name or a folder")
    check = actions.add_parser("check", help="whether a pack is sound")
    check.add_argument("pack", metavar="PATH", nargs="?", help="a name or a folder; all packs without it")
    check.add_argument("--tests", action="store_true", help="also run the pack's worked cases")
    check.add_argument("--coverage", action="store_true", help="also say what the worked cases would not notice")
    check.add_argument("--sources", type=Path, metavar="DIR", help="also compare clauses with the documents in DIR")
    check.add_argument("--seal", action="store_true", help="write down in the pack that its clauses were compared")
    diff = actions.add_parser("diff", help="two packs side by side")
    diff.add_argument("pack_a", metavar="PACK_A")
    diff.add_argument("pack_b", metavar="PACK_B")
    diff.add_argument("--all", action="store_true", help="also the rules that only serve another rule shown")
    for action in (listing, show, check, diff):
        action.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    actions = {"list": _list, "show": _show, "check": _check, "diff": _diff}
    return actions[args.action](args)


def _print(args: argparse.Namespace, document: Any, lines: list[str]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2) if args.json else "\n".join(lines))


def _list(args: argparse.Namespace) -> int:
    from doudi.engine.rules import load_pack, pack_names

    packs = [load_pack(name) for name in pack_names()]
    document = [
        {
            "name": p.name,
            "title": p.title,
            "cite_as": p.cite_as,
            "issuer": p.issuer,
            "date": p.date.isoformat(),
            "parent": p.parent,
            "region": p.region,
            "version": p.version,
        }
        for p in packs
    ]
    _print(args, {"packs": document}, [f"{p.name:<16}{p.date}  {p.cite_as}  {p.title}" for p in packs])
    return 0


def _show(args: argparse.Namespace) -> int:
    from doudi.engine.rules import load_pack

    pack = load_pack(args.pack)
    document = {
        "name": pack.name,
        "title": pack.title,
        "cite_as": pack.cite_as,
        "issuer": pack.issuer,
        "date": pack.date.isoformat(),
        "lineage": list(pack.lineage),
        "region": pack.region,
        "version": pack.version,
        "parameters": {name: _parameter(p) for name, p in pack.parameters.items()},
        "rules": {
            rule.name: {
                "entity": rule.entity,
                "label": rule.label,
                "unit": rule.unit,
                "expr": rule.expr,
                "cite": rule.cite,
                "pack": rule.pack,
                "overrides": rule.overrides or None,
                "default": rule.default,
            }
            for rule in pack.rules.values()
            if rule.expr
        },
        "ladder": [{"category": step.category, "rule": step.rule} for step in pack.household_steps],
        "clauses": {citation: clause.text for citation, clause in pack.clauses.items()},
    }
    lines = [
        f"{pack.title}  {pack.cite_as}  {pack.issuer}  {pack.date}",
        f"继承：{' → '.join(pack.lineage)}",
        f"版本：{pack.version}",
    ]
    lines += ["", "参数"] + [f"  {p.label}（{p.name}）= {_current(p)}" for p in pack.parameters.values()]
    lines += ["", "规则"] + [f"  {r.label}（{r.name}）: {r.expr}  〔{r.cite}〕" for r in pack.rules.values() if r.expr]
    _print(args, document, lines)
    return 0


def _parameter(parameter: Parameter) -> dict[str, Any]:
    values = [
        {"from": v.start.isoformat(), "value": plain(v.value), "cite": v.cite, "default": v.default, "pack": v.pack}
        for v in parameter.values
    ]
    return {
        "label": parameter.label,
        "unit": parameter.unit,
        "kind": parameter.kind,
        "by": list(parameter.by),
        "local": parameter.local,
        "values": values,
        "cite": parameter.cite,
        "pack": parameter.pack,
        "overrides": parameter.overrides or None,
    }


def plain(value: Any) -> Any:
    """An exact value for JSON: whole numbers as numbers, others as decimal text."""
    from doudi.engine.rules.pack import number_text

    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else number_text(value)
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def _current(parameter: Parameter) -> str:
    from doudi.engine.rules.explain import show

    value = parameter.at(dt.date.max)
    if value is None or value.value is None:
        return f"{'由各地填报' if parameter.local else '未规定'}  〔{value.cite if value else parameter.cite}〕"
    return f"{show(value.value, parameter.unit)} {parameter.unit}  〔{value.cite}〕"


def _check(args: argparse.Namespace) -> int:
    from doudi.engine.rules import check_pack, pack_names
    from doudi.engine.rules.check import read_by_platform, unread
    from doudi.engine.rules.reach import decided_by

    if args.seal and not args.sources:
        raise InputError("--seal writes down what was compared", hint="name the documents' folder: --sources DIR")
    report: list[dict[str, Any]] = []
    for name in [args.pack] if args.pack else pack_names():
        pack, problems = check_pack(name)
        found = [problem.line() for problem in problems]
        reminders: list[str] = []
        if pack:
            found += _check_further(pack, args)
            reminders = [problem.line() for problem in unread(pack)]
        entry: dict[str, Any] = {
            "pack": pack.name if pack else str(name),
            "ok": not found,
            "problems": found,
            "reminders": reminders,
        }
        if pack:
            entry.update(_counts(pack))
            entry["read_by_platform"] = sorted((pack.parameters.keys() & read_by_platform()) - decided_by(pack))
        report.append(entry)
    problems = [problem for entry in report for problem in entry["problems"]]
    lines = []
    for entry in report:
        lines.append(f"{entry['pack']}：{'通过' if entry['ok'] else '未通过'}")
        lines += [f"  {problem}" for problem in entry["problems"]]
        lines += [f"  提醒：{reminder}" for reminder in entry["reminders"]]
        if entry.get("read_by_platform"):
            lines.append(f"  由平台而非规则读取：{'、'.join(entry['read_by_platform'])}")
    _print(args, {"ok": not problems, "packs": report}, lines)
    if problems:
        raise InputError(f"{problems[0]} ({len(problems)} problems in all)", hint="standard output lists them")
    return 0


def _check_further(pack: Pack, args: argparse.Namespace) -> list[str]:
    """What is wrong with a pack that can be loaded; with --seal, seals its clauses when they stand in the document."""
    from doudi.engine.rules.check import run_tests
    from doudi.engine.rules.cover import uncovered
    from doudi.engine.rules.sources import check_clauses, check_seal, seal
    from doudi.engine.rules.units import check_units

    problems = check_units(pack)
    if args.sources and pack.source_file:
        problems += check_clauses(pack, args.sources)
        if args.seal and not problems:
            seal(pack)
    found = [problem.line() for problem in (*problems, *check_seal(pack))]
    if args.tests:
        found += run_tests(pack)
    if args.coverage:
        found += [f"{pack.name}: {text}" for text in uncovered(pack)]
    return found


def _counts(pack: Pack) -> dict[str, Any]:
    return {
        "version": pack.version,
        "parameters": len(pack.parameters),
        "rules": len(pack.rules),
        "clauses": len(pack.clauses),
        "tests": len(pack.tests),
    }


def _diff(args: argparse.Namespace) -> int:
    from doudi.cli.briefing import briefing
    from doudi.engine.rules import load_pack
    from doudi.engine.rules.diff import compare

    a, b = load_pack(args.pack_a), load_pack(args.pack_b)
    sections = compare(a, b)
    document = {
        "a": a.name,
        "b": b.name,
        "parameters": _differing(a, b, "parameters"),
        "rules": _differing(a, b, "rules"),
        "outcomes": _outcomes(a, b),
        "sections": [asdict(section) for section in sections],
    }
    _print(args, document, briefing(a, b, sections, details=args.all))
    return 0


def _differing(a: Pack, b: Pack, part: str) -> dict[str, dict[str, Any]]:
    sides = [{name: _summary(item) for name, item in getattr(pack, part).items()} for pack in (a, b)]
    names = [*sides[0], *(name for name in sides[1] if name not in sides[0])]
    return {
        name: {"a": sides[0].get(name), "b": sides[1].get(name)}
        for name in names
        if sides[0].get(name) != sides[1].get(name)
    }


def _summary(item: Any) -> dict[str, Any]:
    if hasattr(item, "expr"):
        return {"label": item.label, "expr": item.expr, "cite": item.cite}
    value = item.at(dt.date.max)
    return {
        "label": item.label,
        "unit": item.unit,
        "value": plain(value.value) if value else None,
        "cite": value.cite if value else item.cite,
    }


def _outcomes(a: Pack, b: Pack) -> dict[str, dict[str, Any]]:
    def collect(pack: Pack) -> dict[str, dict[str, Any]]:
        items = (*pack.lines, *pack.entitlements, *pack.warnings)
        return {
            item.name: {"label": item.item, "value": item.message or item.when, "cite": item.cite} for item in items
        }

    left, right = collect(a), collect(b)
    names = [*left, *(name for name in right if name not in left)]
    return {name: {"a": left.get(name), "b": right.get(name)} for name in names if left.get(name) != right.get(name)}

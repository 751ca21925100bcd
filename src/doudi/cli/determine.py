"""``doudi determine``: decide household documents by a policy pack, without a database."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path
from typing import Any

from doudi.engine.errors import InputError

ITEMS = {
    "dibao_difference": "低保金",
    "supplement": "分类施保增发",
    "tekun_basic": "特困基本生活费",
    "tekun_care": "特困照料护理费",
    "taper": "渐退期救助金",
    "inpatient_aid": "住院医疗救助",
    "outpatient_aid": "门诊慢特病救助",
    "insurance_subsidy": "资助参保",
}
REASONS = {
    "severe_disability": "重度残疾人",
    "serious_illness": "重病患者",
    "age": "70周岁以上老年人",
    "university_student": "在校大学生",
    "minor": "未成年人",
}


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
    print(json.dumps(result, ensure_ascii=False, indent=2) if args.json else render(result, pack.title))
    return 0


def render(result: dict[str, Any], title: str) -> str:
    """The result as officers read it on a terminal."""
    lines = [f"{title}（{result['pack']}）  认定日期 {result['as_of']}"]
    lines += [f"提示：{warning['message']}" for warning in result.get("warnings", ())]
    for household in result["households"]:
        lines += ["", *_household(household)]
    return "\n".join(lines)


def _household(household: dict[str, Any]) -> list[str]:
    from doudi.engine.rules.schema import CODES

    monthly = household["monthly"]
    lines = [f"家庭 {household['household_id']}：{CODES[household['category']]}    月救助金额 {monthly or '待补充'} 元"]
    for member in household["members"]:
        categories = "、".join(CODES[code] for code in member["categories"]) or "—"
        route = f"（{CODES[member['route']]}）" if member["route"] else ""
        lines.append(f"  成员 {member['person_id']}：{categories}{route}")
    lines += [_amount("待遇", line) for line in household["lines"]]
    lines += [_amount("应享", line) for line in household["entitlements"]]
    if "taper" in household:
        taper = household["taper"]
        lines.append(f"  渐退期 {taper['from']} 至 {taper['to']}，每月 {taper['monthly'] or '待补充'} 元")
    for missing in household["missing"]:
        decides = ITEMS.get(missing["decides"], CODES.get(missing["decides"], missing["decides"]))
        lines.append(
            f"  缺少 {missing['parameter']}（决定{decides}，依据 {missing['cite']}）：请在标准文件中补充或用 --set 给出"
        )
    lines += [f"  提示：{warning['message']}" for warning in household["warnings"]]
    for node in household.get("trace", ()):
        whose = f"[{node['person_id']}] " if node["person_id"] else ""
        value = {True: "是", False: "否", None: "（缺）"}.get(node["value"], node["value"])
        unit = f" {node['unit']}" if node["unit"] and node["value"] is not None else ""
        lines.append(f"    {whose}{node['label']} = {value}{unit}\n        {node['formula']}    〔{node['cite']}〕")
    return lines


def _amount(kind: str, line: dict[str, Any]) -> str:
    whose = f"（成员 {line['person_id']}）" if line["person_id"] else ""
    reason = f"·{REASONS.get(line['reason'], line['reason'])}" if "reason" in line else ""
    period = {"month": "元/月", "year": "元/年"}.get(line.get("period", ""), "元")
    if "amount" in line:
        amount = f"{line['amount']} {period}"
    elif "floor" in line:
        amount = f"不低于 {line['floor']} {period}"
    else:
        amount = f"金额待补充：{'、'.join(line['missing'])}"
    return f"  {kind} {ITEMS.get(line['item'], line['item'])}{reason}{whose}：{amount}  〔{line['cite']}〕"

"""A determination's result as text in plain Chinese, for a terminal."""

from __future__ import annotations

from typing import Any

from doudi.engine.rules.items import item_name, reason_name
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.schema import CODES, COLUMNS

BOUNDS = {"amount": "", "floor": "不低于 ", "ceiling": "不超过 "}
PERIODS = {"month": "元/月", "year": "元/年"}


def render(result: dict[str, Any], pack: Pack) -> str:
    """The result as officers read it on a terminal."""
    lines = [f"{pack.title}（{result['pack']}）  认定日期 {result['as_of']}"]
    lines += [f"提示：{warning['message']}" for warning in result.get("warnings", ())]
    for household in result["households"]:
        lines += ["", *_household(household, pack)]
    return "\n".join(lines)


def _household(household: dict[str, Any], pack: Pack) -> list[str]:
    monthly = household["monthly"]
    lines = [f"家庭 {household['household_id']}：{CODES[household['category']]}    月救助金额 {monthly or '待补充'} 元"]
    stops = [warning for warning in household["warnings"] if warning.get("blocks")]
    lines += [f"  ！不得作出认定：{stop['message']}{_whose(stop)}  〔{stop['cite']}〕" for stop in stops]
    for member in household["members"]:
        categories = "、".join(CODES[code] for code in member["categories"]) or "—"
        route = f"（{CODES[member['route']]}）" if member["route"] else ""
        lines.append(f"  成员 {member['person_id']}：{categories}{route}")
    lines += [_benefit("待遇", line, pack) for line in household["lines"]]
    settled = [line for line in household["entitlements"] if line.get("settled", True)]
    lines += [_benefit("可给" if line.get("optional") else "应享", line, pack) for line in settled]
    lines += _open_rights(household["entitlements"], pack)
    if "taper" in household:
        taper = household["taper"]
        lines.append(f"  渐退期 {taper['from']} 至 {taper['to']}，每月 {taper['monthly'] or '待补充'} 元")
    if "overpayment" in household:
        lines.append(_overpayment(household["overpayment"]))
    for finding in household["findings"]:
        lines.append(f"  {finding['label']}{_whose(finding)}：{_shown(finding['value'])}  〔{finding['cite']}〕")
    for missing in household["missing"]:
        decides = CODES.get(missing["decides"], item_name(missing["decides"]))
        lines.append(
            f"  缺少 {_label(missing['parameter'], pack)}（决定{decides}，依据 {missing['cite']}）"
            "：请在标准文件中补充或用 --set 给出"
        )
    lines += [
        f"  提示：{warning['message']}{_whose(warning)}" for warning in household["warnings"] if warning not in stops
    ]
    for node in household.get("trace", ()):
        whose = f"[{node['person_id']}] " if node["person_id"] else ""
        unit = f" {node['unit']}" if node["unit"] and node["value"] is not None else ""
        lines.append(f"    {whose}{node['label']} = {_shown(node['value'])}{unit}")
        lines.append(f"        {node['formula']}    〔{node['cite']}〕")
    return lines


def _benefit(kind: str, line: dict[str, Any], pack: Pack) -> str:
    reason = f"·{reason_name(line['reason'])}" if "reason" in line else ""
    authority = f"，由{_shown(line['decided_by'])}决定" if "decided_by" in line else ""
    amount = next(
        (
            f"：{words}{line[bound]} {PERIODS.get(line.get('period', ''), '元')}"
            for bound, words in BOUNDS.items()
            if bound in line
        ),
        "",
    )
    if "missing" in line:
        amount = f"：金额待补充，缺少 {'、'.join(_label(name, pack) for name in line['missing'])}"
    return f"  {kind} {item_name(line['item'])}{reason}{_whose(line)}{amount}{authority}  〔{line['cite']}〕"


def _open_rights(entitlements: list[dict[str, Any]], pack: Pack) -> list[str]:
    """Rights that a local number leaves open, those that wait for the same numbers together."""
    waiting: dict[tuple[str, ...], dict[str, None]] = {}
    for line in entitlements:
        if not line.get("settled", True):
            waiting.setdefault(tuple(line["missing"]), {})[f"{item_name(line['item'])}{_whose(line)}"] = None
    return [
        f"  待定 {'、'.join(items)}：缺少 {'、'.join(_label(name, pack) for name in names)}"
        for names, items in waiting.items()
    ]


def _overpayment(overpaid: dict[str, Any]) -> str:
    spans = overpaid.get("parts", [overpaid])
    months = "；".join(
        f"{span['from']} 至 {span['to']} 共 {span['months']} 个月，每月 {span['monthly']} 元" for span in spans
    )
    return (
        f"  死亡后多发 {overpaid['amount']} 元（{months}），请核实后按规定追回，系统不自动扣减  〔{overpaid['cite']}〕"
    )


def _whose(entry: dict[str, Any]) -> str:
    return f"（成员 {entry['person_id']}）" if entry.get("person_id") else ""


def _shown(value: Any) -> str:
    if value is None:
        return "（缺）"
    return ("是" if value else "否") if isinstance(value, bool) else CODES.get(value, str(value))


def _label(name: str, pack: Pack) -> str:
    """A missing number as officers know it, with the name under which it is given."""
    if name in pack.parameters:
        return f"{pack.parameters[name].label}（{name}）"
    fields = ((column, (column.field, f"{column.entity}s.{column.field}")) for column in COLUMNS)
    return next((f"{column.label}（{name}）" for column, written in fields if name in written), name)

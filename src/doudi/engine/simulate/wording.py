"""What a simulation's tables are called, for terminals and workbooks."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from doudi.engine.money import text_money
from doudi.engine.rules.items import item_name
from doudi.engine.rules.schema import CODES
from doudi.engine.simulate.outputs import GROUPS
from doudi.engine.simulate.result import Change, Effect, ScenarioResult

DIMENSIONS = {"division": "分地区", "area": "分城乡", "route": "低保纳入方式", "group": "分人群"}


@dataclass(frozen=True)
class Table:
    """Headings and rows: text, whole numbers and, with two decimals, yuan as Fraction."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]


def category_name(code: str) -> str:
    return CODES.get(code, code)


def area_name(key: str) -> str:
    return CODES.get(key, key) or "未填城乡"


@cache
def _divisions() -> dict[str, str]:
    data = files("doudi.catalogue").joinpath("divisions.csv.gz").read_bytes()
    rows = csv.DictReader(gzip.decompress(data).decode("utf-8").splitlines())
    return {row["code"]: row["name"] for row in rows}


def division_name(code: str) -> str:
    """The division's name with its code, or the code where the catalogue does not have it."""
    name = _divisions().get(code.ljust(12, "0"))
    return f"{name}（{code}）" if name else code or "未填区划"


def change_text(change: Change) -> str:
    """低保边缘倍数 1.5 → 2 倍."""
    before = "各地不一或未定" if change.before is None else _value(change.before)
    return f"{change.label} {before} → {_value(change.after)} {change.unit}".rstrip()


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "，".join(f"{CODES.get(key, key)} {_value(part)}" for key, part in value.items())
    if isinstance(value, list):
        return "、".join(_value(part) for part in value)
    return "未定" if value is None else str(value)


def yuan(fen: int) -> Fraction:
    return Fraction(fen, 100)


def money(fen: int) -> str:
    """12,345.60, with its sign."""
    text = text_money(Fraction(abs(fen), 100))
    whole, _, rest = text.partition(".")
    return f"{'-' if fen < 0 else ''}{int(whole):,}.{rest}"


def categories(effect: Effect) -> Table:
    rows = [
        [
            category_name(count.category),
            count.households_before,
            count.households_after,
            count.households_after - count.households_before,
            count.persons_before,
            count.persons_after,
            count.persons_after - count.persons_before,
        ]
        for count in effect.categories
    ]
    return Table("类别", ["类别", "户数（前）", "户数（后）", "户数增减", "人数（前）", "人数（后）", "人数增减"], rows)


def costs(effect: Effect) -> Table:
    rows = [
        [item_name(cost.item), yuan(cost.before), yuan(cost.after), yuan(cost.after - cost.before)]
        for cost in effect.items
    ]
    rows.append(
        ["合计", yuan(effect.cost_before), yuan(effect.cost_after), yuan(effect.cost_after - effect.cost_before)]
    )
    return Table("月支出", ["项目", "月支出（前，元）", "月支出（后，元）", "增减（元）"], rows)


def moves(effect: Effect) -> Table:
    """Those that change; who stays is in ``categories``."""
    rows = [
        [category_name(move.before), category_name(move.after), move.households, move.persons]
        for move in effect.moves
        if move.before != move.after
    ]
    return Table("类别变动", ["原类别", "新类别", "户数", "人数"], rows)


_PART_HEADINGS = [
    "户数",
    "低保户（前）",
    "低保户（后）",
    "边缘家庭（前）",
    "边缘家庭（后）",
    "刚性支出家庭（前）",
    "刚性支出家庭（后）",
    "特困家庭（前）",
    "特困家庭（后）",
    "变动户数",
    "月支出（前，元）",
    "月支出（后，元）",
    "增减（元）",
    "提高户数",
    "降低户数",
    "金额待定（后）",
]


def parts(scenario: ScenarioResult, dimension: str) -> Table:
    """One row a division or area."""
    name = division_name if dimension == "division" else area_name
    rows = [[name(part.key), *_part(part.effect)] for part in scenario.by[dimension]]
    return Table(DIMENSIONS[dimension], ["地区" if dimension == "division" else "城乡", *_PART_HEADINGS], rows)


def _part(effect: Effect) -> list[Any]:
    counts = {count.category: count for count in effect.categories}
    pairs = [
        number
        for code in ("DIBAO", "MARGIN", "RIGID", "TEKUN")
        for number in (counts[code].households_before, counts[code].households_after)
    ]
    moved = sum(move.households for move in effect.moves if move.before != move.after)
    change = effect.cost_after - effect.cost_before
    costs_ = [yuan(effect.cost_before), yuan(effect.cost_after), yuan(change)]
    return [effect.households, *pairs, moved, *costs_, effect.winners.households, effect.losers.households,
            effect.unknown_after]  # fmt: skip


def routes(scenario: ScenarioResult) -> Table:
    rows = [[CODES.get(one.key, one.key), one.before, one.after, one.after - one.before] for one in scenario.routes]
    return Table(DIMENSIONS["route"], ["纳入方式", "人数（前）", "人数（后）", "增减"], rows)


def groups(scenario: ScenarioResult) -> Table:
    rows = [
        [GROUPS[group.key], category_name(one.key), one.before, one.after, one.after - one.before]
        for group in scenario.groups
        for one in group.categories
    ]
    return Table(DIMENSIONS["group"], ["人群", "类别", "人数（前）", "人数（后）", "增减"], rows)


def missing(scenario: ScenarioResult) -> Table:
    rows = [
        [
            one.label,
            one.name,
            one.category_before,
            one.category_after,
            one.amount_before,
            one.amount_after,
            one.cite if one.is_parameter else "数据中没有",
        ]
        for one in scenario.missing
    ]
    headings = [
        "缺少的数值或事实",
        "名称",
        "类别待定户（前）",
        "类别待定户（后）",
        "金额待定户（前）",
        "金额待定户（后）",
        "依据",
    ]
    return Table("待补充", headings, rows)


def by(scenario: ScenarioResult, dimension: str) -> Table:
    """The table of one of ``DIMENSIONS``."""
    if dimension in scenario.by:
        return parts(scenario, dimension)
    return routes(scenario) if dimension == "route" else groups(scenario)

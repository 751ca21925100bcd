"""A stored decision's trace and codes in words, with the sentences of the clauses it rests on."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from doudi.apps.determination.models import Decision
from doudi.engine.errors import InputError
from doudi.engine.rules import Pack, Parameter, Rule, load_pack
from doudi.engine.rules.expression import names
from doudi.engine.rules.schema import CODES

ITEMS = {
    "dibao_difference": "低保金（补差）",
    "tekun_basic": "特困人员基本生活费",
    "supplement": "分类施保增发",
    "inpatient_aid": "住院医疗救助",
    "outpatient_aid": "门诊医疗救助",
    "insurance_subsidy": "参保资助",
}
REASONS = {
    "serious_illness": "重病",
    "severe_disability": "重度残疾",
    "age": "70 周岁以上",
    "minor": "未成年人",
    "university_student": "在校大学生",
}
PERIODS = {"month": "每月", "year": "每年"}


# where the reading of a computation begins
ROOTS = {"household": ("category", "monthly"), "person": ("person_category", "route", "person_monthly")}


@dataclass(frozen=True)
class Node:
    """One rule's value with those it rests on; ``sentence`` is the clause in the document's own words."""

    label: str
    value: str
    formula: str
    cite: str
    sentence: str
    children: list[Node]


@dataclass(frozen=True)
class Explanation:
    """What the page of a decision shows beside the result. ``pack_changed``: today's pack is not the one used then.

    ``household`` and ``persons`` (by person id) are trees: the result first, below it what it rests on, each rule once.
    """

    title: str
    household: list[Node]
    persons: dict[str, list[Node]]
    lines: list[dict[str, Any]]
    entitlements: list[dict[str, Any]]
    missing: list[dict[str, Any]]
    pack_changed: bool
    parameters: dict[str, tuple[str, str]]
    """name → (label, unit)"""


def explain(decision: Decision, names_of: Mapping[str, str]) -> Explanation:
    """The decision's result in words; ``names_of`` are the members' names (by person id) as the reader may see them.

    Clause sentences come from the pack, which may be a later version by now.
    """
    pack = _pack(decision.pack)
    found = decision.result["households"][0]
    entries = found.get("trace", [])

    def tree(entity: str, person_id: str | None) -> list[Node]:
        own = [e for e in entries if e["entity"] == entity and e["person_id"] == person_id]
        return _trees({entry["rule"]: _with_names(entry, names_of) for entry in own}, ROOTS[entity], pack)

    return Explanation(
        title=pack.title if pack else decision.pack,
        household=tree("household", None),
        persons={member["person_id"]: tree("person", member["person_id"]) for member in found["members"]},
        lines=[_line(line, pack) for line in found["lines"]],
        entitlements=[_line(line, pack) for line in found["entitlements"]],
        missing=[
            {**item, "label": _label(item["parameter"], pack), "sentence": _sentence(item["cite"], pack)}
            for item in found["missing"]
        ],
        pack_changed=pack is None or pack.version != decision.pack_version,
        parameters={name: (p.label, p.unit) for name, p in pack.parameters.items()} if pack else {},
    )


def _trees(entries: dict[str, dict[str, Any]], roots: tuple[str, ...], pack: Pack | None) -> list[Node]:
    """Each entry once: under the first that rests on it, the roots first, what nothing rests on at the end."""
    left = dict(entries)

    def take(name: str) -> Node:
        entry = left.pop(name)
        rule = pack.rules.get(name) if pack else None
        return _node(entry, pack, [take(one) for one in _below(rule, entries) if one in left])

    return [take(name) for name in (*roots, *reversed(list(entries))) if name in left]


@dataclass(frozen=True)
class ParameterRow:
    """A parameter of a pack on a day. ``origin``: 文件规定, 平台默认 (no document gives it), 当地标准 or 未规定."""

    name: str
    label: str
    value: str
    origin: str
    cite: str
    sentence: str


@dataclass(frozen=True)
class PackPage:
    name: str
    title: str
    issuer: str
    version: str
    parameters: list[ParameterRow]


def pack_page(name: str, day: dt.date) -> PackPage:
    """What a pack lays down on a day, for people to read."""
    pack = load_pack(name)
    rows = [_parameter(pack, parameter, day) for parameter in pack.parameters.values()]
    return PackPage(name, pack.title, pack.issuer, pack.version, rows)


def _parameter(pack: Pack, parameter: Parameter, day: dt.date) -> ParameterRow:
    dated = parameter.at(day)
    known = dated is not None and dated.value is not None
    origin = "当地标准" if parameter.local else "未规定"
    if dated is not None and known:
        origin = "平台默认" if dated.default else "文件规定"
    cite = (dated.cite if dated else "") or parameter.cite
    value = f"{_text(dated.value)} {parameter.unit}".strip() if dated is not None and known else "—"
    return ParameterRow(parameter.name, parameter.label, value, origin, cite, _sentence(cite, pack))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (tuple, list)):
        return "、".join(_text(one) for one in value)
    if isinstance(value, Fraction):
        return f"{float(value):g}"
    return str(CODES.get(value, value)) if isinstance(value, str) else str(value)


def _pack(name: str) -> Pack | None:
    try:
        return load_pack(name)
    except InputError:  # a pack that was taken away must not hide the decisions made with it
        return None


def _with_names(entry: dict[str, Any], names_of: Mapping[str, str]) -> dict[str, Any]:
    """The formula with members' names where it lists them by id: （12 已就业 是；13 已就业 否）."""
    listed = re.sub(r"(?<=[（；])(\d+)(?= [^\W\d])", lambda found: names_of.get(found[1], found[1]), entry["formula"])
    return {**entry, "formula": listed}


def _below(rule: Rule | None, entries: dict[str, dict[str, Any]]) -> list[str]:
    """The rules among ``entries`` that ``rule`` refers to, in the order of evaluation."""
    used = names(rule.tree) if rule else set()
    return [name for name in entries if name in used]


def _node(entry: dict[str, Any], pack: Pack | None, children: list[Node]) -> Node:
    value = entry["value"]
    text = {True: "是", False: "否", None: "未知"}[value] if not isinstance(value, str) else CODES.get(value, value)
    return Node(
        label=entry["label"],
        value=f"{text} {entry['unit']}".strip() if entry.get("unit") else text,
        formula=entry["formula"],
        cite=entry["cite"],
        sentence=_sentence(entry["cite"], pack),
        children=children,
    )


def _line(line: dict[str, Any], pack: Pack | None) -> dict[str, Any]:
    return {
        **line,
        "label": ITEMS.get(line["item"], line["item"]),
        "why": REASONS.get(line.get("reason", ""), line.get("reason", "")),
        "every": PERIODS.get(line.get("period", ""), ""),
        "sentence": _sentence(line["cite"], pack),
    }


def _label(parameter: str, pack: Pack | None) -> str:
    return pack.parameters[parameter].label if pack and parameter in pack.parameters else parameter


def _sentence(cite: str, pack: Pack | None) -> str:
    return pack.clauses[cite].text if pack and cite in pack.clauses else ""

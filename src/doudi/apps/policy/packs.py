"""A policy pack in words, for its pages: parameters as they stand here, rules, who may have what, clauses, cases."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from doudi.apps.base.errors import NotFound
from doudi.apps.policy.queries.values import InForce, pack_for
from doudi.apps.policy.values import AREA_LABELS
from doudi.engine.rules import Pack, Parameter, load_pack, pack_names, parameter_value
from doudi.engine.rules.diff import short_name
from doudi.engine.rules.items import item_departments, item_name
from doudi.engine.rules.pack import Outcome
from doudi.engine.rules.parameters import AREAS
from doudi.engine.rules.schema import CODES
from doudi.engine.rules.wording import label_of, rule_in_words, value_in_words

CATEGORIES = {
    "TEKUN": "特困",
    "DIBAO": "低保",
    "MARGIN": "边缘",
    "RIGID": "刚性",
    "FANPIN": "防返贫",
    "OTHER": "其他困难",
}
ORIGINS = {"文件规定": "blue", "平台默认": "orange", "当地标准": "green", "本地调整": "purple", "未规定": "grey"}
_ENTITIES = {"household": "家庭", "person": "成员", "supporter": "供养人", "settlement": "结算"}
_AMOUNTS = {"amount": "按{}", "floor": "不低于{}", "ceiling": "不高于{}"}


def pack_named(name: str) -> Pack:
    """One of the packs that ship with the platform, or :class:`NotFound`: a name never becomes a path."""
    if name not in pack_names():
        raise NotFound("没有这个政策文件包。")
    return load_pack(name)


@dataclass(frozen=True)
class PackRow:
    pack: Pack
    short: str
    parents: str
    is_here: bool


def pack_rows(division: str) -> list[PackRow]:
    """Every pack, the one that applies in ``division`` first."""
    here, rows = pack_for(division), []
    for pack in map(load_pack, pack_names()):
        parents = "、".join(short_name(load_pack(one)) for one in pack.lineage[1:])
        rows.append(PackRow(pack, short_name(pack), parents, pack.name == here))
    return sorted(rows, key=lambda row: not row.is_here)


@dataclass(frozen=True)
class ParameterRow:
    """A parameter as it stands in a place and on a day; ``papers`` are the local ones."""

    name: str
    label: str
    value: str
    origin: str
    colour: str
    cite: str
    sentence: str
    papers: tuple[str, ...]
    is_sample: bool
    inherited: str


def parameter_rows(pack: Pack, local: InForce, on: dt.date, division: str, q: str = "") -> list[ParameterRow]:
    """The pack's parameters whose label contains ``q``, in the pack's order."""
    return [
        parameter_row(pack, parameter, local, on, division)
        for parameter in pack.parameters.values()
        if q in parameter.label
    ]


def parameter_row(pack: Pack, parameter: Parameter, local: InForce, on: dt.date, division: str) -> ParameterRow:
    dated = parameter.at(on)
    rows = [row for row in local.rows if row.parameter == parameter.name]
    values = {
        area: parameter_value(
            pack, parameter.name, on, local.standards, division[:6], area, amendments=local.amendments
        )
        for area in AREAS
    }
    shown = {area: value_in_words(parameter, value) for area, value in values.items()}
    same = len(set(shown.values())) == 1
    if any(row.amends for row in rows):
        origin = "本地调整"
    elif rows:
        origin = "当地标准"
    elif dated is None or dated.value is None:
        origin = "未规定"
    else:
        origin = "平台默认" if dated.default else "文件规定"
    cite = (dated.cite if dated else "") or parameter.cite
    clause = pack.clauses.get(cite)
    return ParameterRow(
        name=parameter.name,
        label=parameter.label,
        value=shown["urban"] if same else "，".join(f"{AREA_LABELS[area]} {text}" for area, text in shown.items()),
        origin=origin,
        colour=ORIGINS[origin],
        cite=cite,
        sentence=clause.text if clause else "",
        papers=tuple(dict.fromkeys(row.document for row in rows if row.document)),
        is_sample=any(row.is_sample for row in rows),
        inherited=short_name(load_pack(parameter.pack)) if parameter.pack not in ("", pack.name) else "",
    )


@dataclass(frozen=True)
class DocumentValue:
    """What a document of the pack's line says of a parameter from a day on."""

    start: dt.date | None
    text: str
    cite: str
    sentence: str
    origin: str
    source: str


def document_values(pack: Pack, name: str) -> list[DocumentValue]:
    """A parameter in the pack and in those it inherits from, the nearest document first, the latest value first."""
    found = []
    for one in map(load_pack, pack.lineage):
        parameter = one.parameters.get(name)
        for dated in reversed(parameter.values if parameter else ()):
            if parameter is None or dated.pack != one.name:
                continue
            clause = one.clauses.get(dated.cite)
            found.append(
                DocumentValue(
                    start=dated.start if dated.start > one.date else None,
                    text=value_in_words(parameter, dated.value),
                    cite=dated.cite,
                    sentence=clause.text if clause else "",
                    origin="平台默认" if dated.default else "文件规定",
                    source=one.title,
                )
            )
    return found


@dataclass(frozen=True)
class RuleRow:
    label: str
    text: str
    entity: str
    cite: str
    sentence: str
    inherited: str
    is_default: bool


def rule_rows(pack: Pack, q: str = "") -> list[RuleRow]:
    """The rules with their expressions in words, from the result back to what it rests on."""
    return [
        RuleRow(
            label=rule.label,
            text=rule_in_words(pack, rule.name),
            entity=_ENTITIES[rule.entity],
            cite=rule.cite,
            sentence=_sentence(pack, rule.cite),
            inherited=short_name(load_pack(rule.pack)) if rule.pack not in ("", pack.name) else "",
            is_default=rule.default,
        )
        for rule in reversed(list(pack.rules.values()))
        if rule.expr and q in rule.label
    ]


@dataclass(frozen=True)
class ItemRow:
    """Who may have an item: ``holders`` of :data:`CATEGORIES`, None where the condition alone decides."""

    item: str
    departments: tuple[str, ...]
    holders: frozenset[str] | None
    condition: str
    optional: bool
    decided_by: str
    cite: str
    sentence: str


def item_rows(pack: Pack) -> list[ItemRow]:
    """The entitlement matrix of the pack: one row for each way to an item, items in the order of the pack."""
    order = {outcome.item: place for place, outcome in reversed(list(enumerate(pack.entitlements)))}
    outcomes = sorted(pack.entitlements, key=lambda outcome: order[outcome.item])
    return [
        ItemRow(
            item=item_name(outcome.item),
            departments=item_departments().get(outcome.item, ()),
            holders=_holders(outcome),
            condition=_condition(pack, outcome),
            optional=outcome.optional,
            decided_by=rule_in_words(pack, outcome.decided_by) if outcome.decided_by in pack.rules else "",
            cite=outcome.cite,
            sentence=_sentence(pack, outcome.cite),
        )
        for outcome in outcomes
    ]


@dataclass(frozen=True)
class CaseRow:
    name: str
    as_of: Any
    result: str


def case_rows(pack: Pack) -> list[CaseRow]:
    """The pack's worked cases: what happens and what must come out."""
    return [CaseRow(case["name"], case.get("as_of", ""), _expected(case["expect"])) for case in pack.tests]


def _holders(outcome: Outcome) -> frozenset[str] | None:
    if not outcome.categories:
        return None
    return frozenset(CATEGORIES) if "ANYONE" in outcome.categories else frozenset(outcome.categories)


def _condition(pack: Pack, outcome: Outcome) -> str:
    parts = []
    if outcome.area:
        parts.append(f"限{AREA_LABELS[outcome.area]}")
    if "ANYONE" in outcome.categories:
        parts.append("不限类别")
    rule = outcome.condition if outcome.categories or outcome.area else outcome.when
    if rule:
        parts.append(label_of(pack, rule))
    kind, amount = outcome.value
    if amount:
        parts.append(_AMOUNTS[kind].format(label_of(pack, amount)))
    return "；".join(parts)


def _expected(expect: dict[str, Any]) -> str:
    parts = []
    if "category" in expect:
        parts.append(str(CODES.get(expect["category"], expect["category"])))
    if expect.get("monthly") is not None:
        parts.append(f"每月 {expect['monthly']} 元")
    return "，".join(parts) or f"核对 {len(expect)} 项"


def _sentence(pack: Pack, cite: str) -> str:
    return pack.clauses[cite].text if cite in pack.clauses else ""

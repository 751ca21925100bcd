"""A stored decision's trace and codes in words, with the sentences of the clauses it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from doudi.apps.determination.models import Decision
from doudi.engine.errors import InputError
from doudi.engine.rules import Pack, load_pack

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


@dataclass(frozen=True)
class Node:
    """One rule's value; ``person_id`` None for the household's own, ``sentence`` the clause in the document's words."""

    label: str
    value: str
    formula: str
    cite: str
    sentence: str
    person_id: str | None


@dataclass(frozen=True)
class Explanation:
    """What the page of a decision shows beside the result. ``pack_changed``: today's pack is not the one used then."""

    title: str
    household: list[Node]
    persons: dict[str, list[Node]]
    lines: list[dict[str, Any]]
    entitlements: list[dict[str, Any]]
    missing: list[dict[str, Any]]
    pack_changed: bool
    standard_labels: dict[str, str] = field(default_factory=dict)


def explain(decision: Decision) -> Explanation:
    """The decision's result in words. Clause sentences come from the pack, which may be a later version by now."""
    pack = _pack(decision.pack)
    found = decision.result["households"][0]
    nodes = [_node(entry, pack) for entry in found.get("trace", [])]
    persons: dict[str, list[Node]] = {member["person_id"]: [] for member in found["members"]}
    for node in nodes:
        if node.person_id is not None:
            persons.setdefault(node.person_id, []).append(node)
    return Explanation(
        title=pack.title if pack else decision.pack,
        household=[node for node in nodes if node.person_id is None],
        persons={person: rows for person, rows in persons.items() if rows},
        lines=[_line(line, pack) for line in found["lines"]],
        entitlements=[_line(line, pack) for line in found["entitlements"]],
        missing=[
            {**item, "label": _label(item["parameter"], pack), "sentence": _sentence(item["cite"], pack)}
            for item in found["missing"]
        ],
        pack_changed=pack is None or pack.version != decision.pack_version,
        standard_labels={name: p.label for name, p in pack.parameters.items()} if pack else {},
    )


def _pack(name: str) -> Pack | None:
    try:
        return load_pack(name)
    except InputError:  # a pack that was taken away must not hide the decisions made with it
        return None


def _node(entry: dict[str, Any], pack: Pack | None) -> Node:
    value = entry["value"]
    text = {True: "是", False: "否", None: "未知"}.get(value) if not isinstance(value, str) else value
    return Node(
        label=entry["label"],
        value=f"{text} {entry['unit']}".strip() if entry.get("unit") else str(text),
        formula=entry["formula"],
        cite=entry["cite"],
        sentence=_sentence(entry["cite"], pack),
        person_id=entry["person_id"],
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

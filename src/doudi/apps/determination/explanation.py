"""A stored decision in words that can be read aloud: result, computation, why not another category, rights, findings.

What was computed then is shown, never computed again: later packs and numbers do not change an old decision.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doudi.apps.accounts.roles import DEPARTMENTS
from doudi.apps.determination.models import Decision
from doudi.apps.determination.services import RESULTS
from doudi.engine.errors import InputError
from doudi.engine.rules import Pack, load_pack
from doudi.engine.rules.items import item_departments, item_name, reason_name
from doudi.engine.rules.phrases import codes
from doudi.engine.rules.quote import Quote, quote

PERIODS = {"month": "每月", "year": "每年"}
ROUTES = {"whole_household": "整户保", "single_person": "单人保", "single_household": "参照单人户", "tekun": "特困供养"}
_STATES = {"failed": "不符合", "open": "尚不能判断"}
# Signs of formulas as they are read aloud; each stands between blanks.
_SIGNS = {" < ": " 低于 ", " ≤ ": " 不高于 ", " > ": " 高于 ", " ≥ ": " 不低于 "}
_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))
_MEMBER = re.compile(r"成员 (\d+)")


@dataclass(frozen=True)
class Node:
    """One rule's value with those it rests on. ``decided``: True, False, None (unknown) for a condition, else ''."""

    rule: str
    label: str
    value: str
    decided: Any
    formula: str
    cite: str
    quote: Quote | None
    children: list[Node]


@dataclass(frozen=True)
class Explanation:
    """What the page and the notice of a decision show beside its result.

    ``pack_changed``: today's pack is not the one used then. ``members``: trees by person id. ``steps``: the computation
    of each line in ``lines``, in the order of evaluation. ``stops``: warnings with which the decision must not pass.
    """

    title: str
    category: Node | None
    amount: Node | None
    members: dict[str, Node]
    rest: list[Node]
    why_not: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    entitlements: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    missing: list[dict[str, Any]]
    stops: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    overpayment: dict[str, Any] | None
    pack_changed: bool
    parameters: dict[str, tuple[str, str]]
    """name → (label, unit)"""


def explain(decision: Decision, names_of: Mapping[str, str]) -> Explanation:
    """The decision's result in words; ``names_of`` are the members' names (by person id) as the reader may see them.

    Sentences of clauses come from the pack, which may be a later version by now.
    """
    return _Reader(decision, names_of).read()


class _Reader:
    def __init__(self, decision: Decision, names_of: Mapping[str, str]) -> None:
        self.decision, self.names_of = decision, names_of
        self.found = decision.result["households"][0]
        self.pack = _pack(decision.pack)
        self.entries = {(entry["rule"], entry["person_id"]): entry for entry in self.found.get("trace", ())}

    def read(self) -> Explanation:
        found, pack = self.found, self.pack
        category, amount = self._tree(found.get("tree")), self._tree(found.get("amount_tree"))
        members = {tree["person_id"]: self._tree(tree) for tree in found.get("member_trees", ())}
        told = {key for tree in _stored_trees(found) for key in _keys(tree)}
        warnings = [self._quoted(warning, warning["message"]) for warning in found["warnings"]]
        return Explanation(
            title=pack.title if pack else self.decision.pack,
            category=category,
            amount=amount,
            members={key: node for key, node in members.items() if node},
            rest=[self._node(entry, []) for key, entry in self.entries.items() if key not in told and not key[1]],
            why_not=[self._why_not(entry) for entry in found.get("why_not", ())],
            lines=[self._right(line) | {"steps": self._steps(line)} for line in found["lines"]],
            entitlements=_together([self._right(line) for line in found["entitlements"]]),
            findings=[self._finding(finding) for finding in found.get("findings", ())],
            missing=[
                self._quoted(item, self._label(item["parameter"]))
                | {"label": self._label(item["parameter"]), "decides": _decides(item["decides"])}
                for item in found["missing"]
            ],
            stops=[warning for warning in warnings if warning.get("blocks")],
            warnings=[warning for warning in warnings if not warning.get("blocks")],
            overpayment=found.get("overpayment"),
            pack_changed=pack is None or pack.version != self.decision.pack_version,
            parameters={name: (p.label, p.unit) for name, p in pack.parameters.items()} if pack else {},
        )

    def words(self, text: str) -> str:
        """A formula as it is read aloud, with members' names."""
        text = _SIGN.sub(lambda found: _SIGNS[found[0]], text)
        return _MEMBER.sub(lambda found: self.names_of.get(found[1], found[0]), text)

    def _tree(self, stored: dict[str, Any] | None) -> Node | None:
        entry = self.entries.get((stored["rule"], stored["person_id"])) if stored else None
        if stored is None or entry is None:
            return None
        children = [child for one in stored["children"] if (child := self._tree(one))]
        return self._node(entry, children)

    def _node(self, entry: dict[str, Any], children: list[Node]) -> Node:
        value, unit = entry["value"], entry.get("unit") or ""
        truth = isinstance(value, bool) or value is None
        text = {True: "是", False: "否", None: "未知"}[value] if truth else codes().get(value, value)
        name = self.names_of.get(entry["person_id"] or "", "")
        formula = self.words(entry["formula"])
        return Node(
            rule=entry["rule"],
            label=f"{name}：{entry['label']}" if name else entry["label"],
            value=f"{text} {unit}".strip() if not truth else text,
            decided=value if truth else "",
            formula=formula,
            cite=entry["cite"],
            quote=self._quote(entry["cite"], entry["label"] + formula),
            children=children,
        )

    def _why_not(self, entry: dict[str, Any]) -> dict[str, Any]:
        route = entry.get("route")
        return {
            **entry,
            "label": RESULTS.get(entry["category"], entry["category"])
            + (f"（{ROUTES[route]}）" if route in ROUTES and route != "tekun" else ""),
            "name": self.names_of.get(entry["person_id"] or "", ""),
            "said": _STATES[entry["state"]],
            "higher": bool(entry["person_id"]) or self._is_higher(entry["category"]),
            "conditions": [
                self._quoted(condition, condition["label"] + condition["formula"])
                | {"text": self.words(condition["formula"])}
                for condition in entry["conditions"]
            ],
        }

    def _is_higher(self, category: str) -> bool:
        """Whether a category stands above the household's on the ladder."""
        order = [step.category for step in self.pack.household_steps] if self.pack else []
        given = self.decision.category
        return category in order and (given not in order or order.index(category) < order.index(given))

    def _right(self, line: dict[str, Any]) -> dict[str, Any]:
        label = item_name(line["item"])
        return self._quoted(line, label) | {
            "label": label,
            "why": reason_name(line["reason"]) if line.get("reason") else "",
            "every": PERIODS.get(line.get("period", ""), ""),
            "departments": [DEPARTMENTS.get(code, code) for code in item_departments().get(line["item"], ())],
            "name": self.names_of.get(line["person_id"], "成员") if line["person_id"] else "",
            "waits_for": [self._label(name) for name in line.get("missing", ())],
            "by": codes().get(line["decided_by"], line["decided_by"]) if line.get("decided_by") else "",
        }

    def _steps(self, line: dict[str, Any]) -> list[Node]:
        """How a line's amount came about: every number below its rule, the last step first to be told last."""
        outcomes = self.pack.lines if self.pack else ()
        rules = {
            o.amount for o in outcomes if o.item == line["item"] and (o.entity == "person") == bool(line["person_id"])
        }
        tree = next((t for t in _walk(self.found.get("amount_tree")) if t["rule"] in rules), None)
        below = {(t["rule"], t["person_id"]) for t in _walk(tree, depth=3)}
        below |= {(rule, line["person_id"]) for rule in rules}
        return [
            self._node(entry, [])
            for key, entry in self.entries.items()
            if key in below and key[1] in (None, line["person_id"]) and entry.get("unit") and _counts(entry, rules)
        ]

    def _finding(self, finding: dict[str, Any]) -> dict[str, Any]:
        value = finding["value"]
        text = {True: "是", False: "否"}[value] if isinstance(value, bool) else codes().get(value, value)
        name = self.names_of.get(finding["person_id"] or "", "")
        return self._quoted(finding, finding["label"]) | {"text": text, "name": name}

    def _quoted(self, entry: dict[str, Any], about: str) -> dict[str, Any]:
        return {**entry, "quote": self._quote(entry.get("cite", ""), about)}

    def _quote(self, cite: str, about: str) -> Quote | None:
        return quote(self.pack, cite, about) if self.pack else None

    def _label(self, parameter: str) -> str:
        return self.pack.parameters[parameter].label if self.pack and parameter in self.pack.parameters else parameter


def _counts(entry: dict[str, Any], rules: set[str]) -> bool:
    """Whether a step of a computation is worth telling: what is nothing adds nothing, but for the amount itself."""
    return entry["rule"] in rules or entry["value"] not in (None, "0.00", "0")


def _together(rights: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A right that several members have alike, once with all their names."""
    found: dict[str, dict[str, Any]] = {}
    for right in rights:
        alike = repr([(key, value) for key, value in right.items() if key not in ("person_id", "name")])
        if alike in found:
            found[alike]["name"] = "、".join(filter(None, (found[alike]["name"], right["name"])))
        else:
            found[alike] = dict(right)
    return list(found.values())


def _pack(name: str) -> Pack | None:
    try:
        return load_pack(name)
    except InputError:  # a pack that was taken away must not hide the decisions made with it
        return None


def _decides(code: str) -> str:
    return RESULTS.get(code) or item_name(code)


def _stored_trees(found: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return [tree for tree in (found.get("tree"), found.get("amount_tree"), *found.get("member_trees", ())) if tree]


def _keys(tree: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    return ((node["rule"], node["person_id"]) for node in _walk(tree))


def _walk(tree: dict[str, Any] | None, depth: int = 99) -> Iterator[dict[str, Any]]:
    """A stored tree from the top, its branches in order, ``depth`` levels below the top."""
    if tree is None:
        return
    yield tree
    if depth:
        for child in tree["children"]:
            yield from _walk(child, depth - 1)

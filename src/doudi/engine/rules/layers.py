"""Lay packs over each other, parents first: parameter by parameter, rule by rule, outcome by outcome."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from doudi.engine.rules.expression import ExpressionError, Node, parse
from doudi.engine.rules.pack import Clause, DatedValue, Outcome, Parameter, Step
from doudi.engine.rules.reader import Folder, Problem
from doudi.engine.rules.schema import CODES, ENTITIES

KINDS = ("money", "ratio", "number", "bool", "text", "list")
_OUTCOME_KEYS = {
    "entity",
    "when",
    "cite",
    "item",
    "amount",
    "floor",
    "period",
    "reason",
    "required",
    "message",
    "overrides",
}
_STEP_KEYS = {"category", "rule", "route"}
_LADDER_KEYS = {"household", "person", "flags", "lines", "entitlements", "warnings", "taper"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule read but not yet bound to names."""

    name: str
    entity: str
    label: str
    unit: str
    expr: str
    tree: Node
    cite: str
    default: bool
    pack: str
    overrides: str
    where: str


class Layers:
    """What the packs added so far say together, and what is wrong with it."""

    def __init__(self) -> None:
        self.parameters: dict[str, Parameter] = {}
        self.drafts: dict[str, Draft] = {}
        self.clauses: dict[str, Clause] = {}
        self.external: dict[str, str] = {}
        self.household: list[Step] = []
        self.person: list[Step] = []
        self.flags: list[Step] = []
        self.lines: dict[str, Outcome] = {}
        self.entitlements: dict[str, Outcome] = {}
        self.warnings: dict[str, Outcome] = {}
        self.taper: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.places: dict[str, str] = {}  # name used in a ladder → where, for messages

    def add(self, folder: Folder) -> None:
        """Lay one pack's own files over what its parents say."""
        for number, text in folder.section("clauses.yaml").items():
            citation = f"{folder.cite_as} {number}"
            if not isinstance(text, str) or not text.strip():
                self._report(folder, "clauses.yaml", (number,), f"{number} has no text")
            self.clauses[citation] = Clause(folder.name, str(number), str(text))
        self.external.update({str(k): str(v) for k, v in folder.section("pack.yaml", "external").items()})
        for name, entry in folder.section("parameters.yaml").items():
            self._parameter(folder, name, entry)
        for name, entry in folder.section("rules.yaml").items():
            self._rule(folder, name, entry)
        self._ladder(folder)
        self._labels(folder)

    def _report(self, folder: Folder, file: str, path: tuple[object, ...], message: str) -> None:
        self.problems.append(Problem(folder.where(file, *path), message))

    def _citation(self, folder: Folder, file: str, path: tuple[object, ...], entry: dict[str, Any]) -> tuple[str, bool]:
        """The citation in full and whether it marks a product default."""
        default = entry.get("default")
        if isinstance(default, str) and default.strip() and not entry.get("cite"):
            return f"产品默认值：{default.strip()}", True
        cite = entry.get("cite")
        if not isinstance(cite, str) or not cite.strip():
            self._report(folder, file, path, f"{path[0]} has no citation (cite: document and clause, or default: why)")
            return "", False
        cite = cite.strip()
        if cite not in self.clauses and not any(cite.startswith(name) for name in self.external):
            self._report(folder, file, (*path, "cite"), f"{path[0]}: the clause {cite} is not in clauses.yaml")
        return cite, False

    def _overriding(self, folder: Folder, file: str, name: str, entry: dict[str, Any], owner: str | None) -> str:
        """The pack whose entry this one replaces; a child says so, and only then may it."""
        stated = entry.get("overrides")
        if owner is not None and stated != owner:
            self._report(folder, file, (name,), f"{name} replaces what {owner} says: add 'overrides: {owner}'")
        if owner is None and stated is not None:
            self._report(folder, file, (name, "overrides"), f"{name} overrides nothing: {stated} does not have it")
        return str(stated or "")

    def _parameter(self, folder: Folder, name: str, entry: dict[str, Any]) -> None:
        file = "parameters.yaml"
        parent = self.parameters.get(name)
        kind = entry.get("kind", parent.kind if parent else "ratio")
        if kind not in KINDS:
            self._report(folder, file, (name, "kind"), f"{name}: kind must be one of {', '.join(KINDS)}")
            kind = "text"
        values: list[DatedValue] = []
        for index, item in enumerate(entry.get("values") or ()):
            value = self._dated(folder, name, kind, index, item)
            if value is not None:
                values.append(value)
        for earlier, later in pairwise(values):
            if later.start <= earlier.start:
                self._report(folder, file, (name, "values"), f"{name}: dates overlap or run backwards at {later.start}")
        overrides = self._overriding(folder, file, name, entry, parent.pack if parent else None)
        inherited = tuple(v for v in parent.values if not values or v.start < values[0].start) if parent else ()
        cite = values[-1].cite if values and "cite" not in entry else self._citation(folder, file, (name,), entry)[0]
        by = tuple(entry.get("by") or (parent.by if parent else ()))
        if set(by) - {"division", "area"}:
            self._report(folder, file, (name, "by"), f"{name}: by may hold division and area")
        local = entry.get("local", parent.local if parent else False)
        self.parameters[name] = Parameter(
            name,
            str(entry["label"]),
            str(entry["unit"] or ""),
            kind,
            by,
            bool(local),
            inherited + tuple(values),
            cite,
            folder.name,
            overrides,
        )
        self.places[name] = folder.where(file, name)
        if name in self.drafts:
            self._report(folder, file, (name,), f"{name} is a rule and a parameter")

    def _dated(self, folder: Folder, name: str, kind: str, index: int, item: Any) -> DatedValue | None:
        file, path = "parameters.yaml", (name, "values", index)
        if not isinstance(item, dict) or item.keys() - {"from", "value", "cite", "default"} or "value" not in item:
            self._report(folder, file, path, f"{name}: a value has from, value, and cite or default")
            return None
        start = item.get("from", folder.head.get("date"))
        if not isinstance(start, dt.date):
            self._report(folder, file, path, f"{name}: from must be a date")
            return None
        try:
            value = convert(item["value"], kind)
        except ValueError as error:
            self._report(folder, file, path, f"{name}: {error}")
            return None
        cite, default = self._citation(folder, file, path, item)
        return DatedValue(start, value, cite, default, folder.name)

    def _rule(self, folder: Folder, name: str, entry: dict[str, Any]) -> None:
        file = "rules.yaml"
        if entry["entity"] not in ENTITIES:
            self._report(folder, file, (name, "entity"), f"{name}: entity must be one of {', '.join(ENTITIES)}")
            return
        parent = self.drafts.get(name)
        overrides = self._overriding(folder, file, name, entry, parent.pack if parent else None)
        cite, default = self._citation(folder, file, (name,), entry)
        try:
            tree = parse(str(entry["expr"]))
        except ExpressionError as error:
            self._report(folder, file, (name, "expr"), f"{name}: {error}")
            return
        self.drafts[name] = Draft(
            name,
            entry["entity"],
            str(entry["label"]),
            str(entry.get("unit") or ""),
            " ".join(str(entry["expr"]).split()),
            tree,
            cite,
            default,
            folder.name,
            overrides,
            folder.where(file, name, "expr"),
        )
        if name in self.parameters:
            self._report(folder, file, (name,), f"{name} is a rule and a parameter")

    def _ladder(self, folder: Folder) -> None:
        ladder = folder.section("ladder.yaml")
        for key in ladder.keys() - _LADDER_KEYS:
            self._report(folder, "ladder.yaml", (key,), f"unknown key {key}")
        for key in ("household", "person", "flags"):
            if key in ladder:
                setattr(self, key, self._steps(folder, key, ladder[key]))
        for key in ("lines", "entitlements", "warnings"):
            for name, entry in folder.section("ladder.yaml", key).items():
                self._outcome(folder, key, name, entry)
        self.taper.update({str(k): str(v) for k, v in folder.section("ladder.yaml", "taper").items()})

    def _steps(self, folder: Folder, key: str, items: Any) -> list[Step]:
        steps: list[Step] = []
        for index, item in enumerate(items if isinstance(items, list) else ()):
            path = (key, index)
            if not isinstance(item, dict) or item.keys() - _STEP_KEYS or not {"category", "rule"} <= item.keys():
                self._report(folder, "ladder.yaml", path, "a step has category, rule and, for a person, route")
                continue
            if item["category"] not in CODES:
                self._report(folder, "ladder.yaml", path, f"unknown category {item['category']}")
            steps.append(Step(item["category"], item["rule"], item.get("route")))
            self.places[item["rule"]] = folder.where("ladder.yaml", *path)
        return steps

    def _outcome(self, folder: Folder, key: str, name: str, entry: Any) -> None:
        path = (key, name)
        existing: dict[str, Outcome] = getattr(self, key)
        if entry is None and name in existing:  # the child says that this outcome does not exist here
            del existing[name]
            return
        if not isinstance(entry, dict) or entry.keys() - _OUTCOME_KEYS or not {"entity", "when"} <= entry.keys():
            self._report(
                folder, "ladder.yaml", path, f"{name}: needs entity and when, and only {sorted(_OUTCOME_KEYS)}"
            )
            return
        cite, _ = self._citation(folder, "ladder.yaml", path, entry)
        if name in existing and entry.get("overrides") != existing[name].pack:
            self._report(
                folder, "ladder.yaml", path, f"{name} replaces another: add 'overrides: {existing[name].pack}'"
            )
        fields = {k: v for k, v in entry.items() if k not in ("cite", "overrides")}
        existing[name] = replace(Outcome(name, "", "", cite, item=name, pack=folder.name), **fields)
        for used in ("when", "amount", "floor"):
            self.places.setdefault(str(entry.get(used)), folder.where("ladder.yaml", *path))

    def _labels(self, folder: Folder) -> None:
        """Two things with one label cannot be told apart in an explanation."""
        seen: dict[str, str] = {}
        items: list[tuple[str, Parameter | Draft]] = [*self.parameters.items(), *self.drafts.items()]
        for name, item in items:
            if item.label in seen and folder.name in (item.pack, self._pack_of(seen[item.label])):
                file = "rules.yaml" if name in self.drafts else "parameters.yaml"
                self._report(folder, file, (name,), f"{name} and {seen[item.label]} have the same label {item.label}")
            seen[item.label] = name

    def _pack_of(self, name: str) -> str:
        return self.drafts[name].pack if name in self.drafts else self.parameters[name].pack


def convert(value: Any, kind: str) -> Any:
    """A YAML or command-line value as the parameter's kind. Raises ValueError in words."""
    if value is None:
        return None
    if kind == "bool":
        if isinstance(value, bool):
            return value
        raise ValueError(f"{value!r} must be true or false")
    if kind == "text":
        return str(value)
    if kind == "list":
        if not isinstance(value, list):
            raise ValueError(f"{value!r} must be a list")
        return tuple(Fraction(item) if isinstance(item, (int, Decimal)) else str(item) for item in value)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, Fraction)):
        raise ValueError(f"{value!r} must be a number")
    places = {"money": 2, "ratio": 4, "number": 0}[kind]
    number = Fraction(value)
    if (number * 10**places).denominator != 1:
        raise ValueError(f"{value} has more than {places} decimal places")
    if abs(number) > 10**10:
        raise ValueError(f"{value} is too large")
    return number

"""Lay packs over each other, parents first: parameter by parameter, rule by rule, outcome by outcome."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from doudi.engine.rules.expression import ExpressionError, Node, parse
from doudi.engine.rules.ladder import read_ladder
from doudi.engine.rules.pack import Clause, DatedValue, Finding, Outcome, Parameter, Step
from doudi.engine.rules.reader import Folder, Problem
from doudi.engine.rules.schema import ENTITIES

KINDS = ("money", "ratio", "number", "bool", "text", "list")


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
        self.findings: dict[str, Finding] = {}
        self.taper: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.places: dict[str, str] = {}  # name used in a ladder → where, for messages

    def add(self, folder: Folder) -> None:
        """Lay one pack's own files over what its parents say."""
        for number, text in folder.section("clauses.yaml").items():
            citation = f"{folder.cite_as} {number}"
            if not isinstance(text, str) or not text.strip():
                self.report(folder, "clauses.yaml", (number,), f"{number} has no text")
            self.clauses[citation] = Clause(folder.name, str(number), str(text))
        self.external.update({str(k): str(v) for k, v in folder.section("pack.yaml", "external").items()})
        for name, entry in folder.section("parameters.yaml").items():
            self._parameter(folder, name, entry)
        for name, entry in folder.section("rules.yaml").items():
            self._rule(folder, name, entry)
        read_ladder(self, folder)
        self._labels(folder)

    def report(self, folder: Folder, file: str, path: tuple[object, ...], message: str) -> None:
        self.problems.append(Problem(folder.where(file, *path), message))

    def citation(
        self, folder: Folder, file: str, path: tuple[object, ...], entry: dict[str, Any], name: str
    ) -> tuple[str, bool]:
        """The citation of ``name``'s entry in full and whether it marks a product default."""
        default = entry.get("default")
        if isinstance(default, str) and default.strip() and not entry.get("cite"):
            return f"产品默认值：{default.strip()}", True
        cite = entry.get("cite")
        if not isinstance(cite, str) or not cite.strip():
            self.report(folder, file, path, f"{name} has no citation (cite: document and clause, or default: why)")
            return "", False
        cite = cite.strip()
        if cite not in self.clauses and not any(cite.startswith(name) for name in self.external):
            self.report(folder, file, (*path, "cite"), f"{name}: the clause {cite} is not in clauses.yaml")
        return cite, False

    def _overriding(self, folder: Folder, file: str, name: str, entry: dict[str, Any], owner: str | None) -> str:
        """The pack whose entry this one replaces; a child says so, and only then may it."""
        stated = entry.get("overrides")
        if owner is not None and stated != owner:
            self.report(folder, file, (name,), f"{name} replaces what {owner} says: add 'overrides: {owner}'")
        if owner is None and stated is not None:
            self.report(folder, file, (name, "overrides"), f"{name} overrides nothing: {stated} does not have it")
        return str(stated or "")

    def _parameter(self, folder: Folder, name: str, entry: dict[str, Any]) -> None:
        file = "parameters.yaml"
        parent = self.parameters.get(name)
        kind = entry.get("kind", parent.kind if parent else "ratio")
        if kind not in KINDS:
            self.report(folder, file, (name, "kind"), f"{name}: kind must be one of {', '.join(KINDS)}")
            kind = "text"
        values: list[DatedValue] = []
        for index, item in enumerate(entry.get("values") or ()):
            value = self._dated(folder, name, kind, index, item)
            if value is not None:
                values.append(value)
        for earlier, later in pairwise(values):
            if later.start <= earlier.start:
                self.report(folder, file, (name, "values"), f"{name}: dates overlap or run backwards at {later.start}")
        overrides = self._overriding(folder, file, name, entry, parent.pack if parent else None)
        inherited = tuple(v for v in parent.values if not values or v.start < values[0].start) if parent else ()
        cite = (
            values[-1].cite if values and "cite" not in entry else self.citation(folder, file, (name,), entry, name)[0]
        )
        by = tuple(entry.get("by") or (parent.by if parent else ()))
        if set(by) - {"division", "area"}:
            self.report(folder, file, (name, "by"), f"{name}: by may hold division and area")
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
            self.report(folder, file, (name,), f"{name} is a rule and a parameter")

    def _dated(self, folder: Folder, name: str, kind: str, index: int, item: Any) -> DatedValue | None:
        file, path = "parameters.yaml", (name, "values", index)
        if not isinstance(item, dict) or item.keys() - {"from", "value", "cite", "default"} or "value" not in item:
            self.report(folder, file, path, f"{name}: a value has from, value, and cite or default")
            return None
        start = item.get("from", folder.head.get("date"))
        if not isinstance(start, dt.date):
            self.report(folder, file, path, f"{name}: from must be a date")
            return None
        try:
            value = convert(item["value"], kind)
        except ValueError as error:
            self.report(folder, file, path, f"{name}: {error}")
            return None
        cite, default = self.citation(folder, file, path, item, name)
        return DatedValue(start, value, cite, default, folder.name)

    def _rule(self, folder: Folder, name: str, entry: dict[str, Any]) -> None:
        file = "rules.yaml"
        if entry["entity"] not in ENTITIES:
            self.report(folder, file, (name, "entity"), f"{name}: entity must be one of {', '.join(ENTITIES)}")
            return
        parent = self.drafts.get(name)
        overrides = self._overriding(folder, file, name, entry, parent.pack if parent else None)
        cite, default = self.citation(folder, file, (name,), entry, name)
        try:
            tree = parse(str(entry["expr"]))
        except ExpressionError as error:
            self.report(folder, file, (name, "expr"), f"{name}: {error}")
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
            self.report(folder, file, (name,), f"{name} is a rule and a parameter")

    def _labels(self, folder: Folder) -> None:
        """Two things with one label cannot be told apart in an explanation."""
        seen: dict[str, str] = {}
        items: list[tuple[str, Parameter | Draft]] = [*self.parameters.items(), *self.drafts.items()]
        for name, item in items:
            if item.label in seen and folder.name in (item.pack, self._pack_of(seen[item.label])):
                file = "rules.yaml" if name in self.drafts else "parameters.yaml"
                self.report(folder, file, (name,), f"{name} and {seen[item.label]} have the same label {item.label}")
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

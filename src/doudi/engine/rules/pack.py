"""A policy pack: the rules of one locality with their parameters, clauses and outcomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from doudi.engine.rules.expression import Node


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value in force from ``start`` until before the next one. ``value`` None: the text says another rule decides."""

    start: dt.date
    value: Any
    cite: str
    default: bool  # a product default that no document gives
    pack: str  # the pack that says so


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    label: str
    unit: str
    kind: str  # money ratio number bool text list
    by: tuple[str, ...]  # keys a locality may give values by: division, area
    local: bool  # every locality fills it in
    values: tuple[DatedValue, ...]  # by start date
    cite: str  # the clause that speaks of it, also where it gives no value
    pack: str
    overrides: str = ""

    def at(self, as_of: dt.date) -> DatedValue | None:
        found = None
        for value in self.values:
            if value.start <= as_of:
                found = value
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    entity: str
    label: str
    unit: str
    kind: str  # number bool text date
    expr: str
    tree: Node
    cite: str
    default: bool
    pack: str
    overrides: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder: the category (and a person's route) that ``rule`` grants."""

    category: str
    rule: str
    route: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A benefit line, an entitlement or a warning: what follows when rule ``when`` holds."""

    name: str
    entity: str
    when: str  # the rule that settles it; compiled when the pack states categories or an area
    cite: str
    item: str = ""
    amount: str = ""  # rule with the amount
    floor: str = ""  # rule with an amount the document gives as a floor
    ceiling: str = ""  # rule with an amount the document gives as an upper limit
    period: str = ""
    reason: str = ""
    required: bool = True  # an unknown amount makes the monthly total unknown
    message: str = ""
    categories: tuple[str, ...] = ()  # who is named: categories, or ANYONE
    area: str = ""
    condition: str = ""  # the rule that the pack states beside categories and area
    optional: bool = False  # the document allows or encourages it
    decided_by: str = ""  # rule with the authority that decides
    blocks: bool = False  # a hard stop: the decision must not pass
    pack: str = ""

    @property
    def value(self) -> tuple[str, str]:
        """The kind of its amount (amount, floor, ceiling) and the rule that gives it; both empty without one."""
        named = (("amount", self.amount), ("floor", self.floor), ("ceiling", self.ceiling))
        return next(((kind, rule) for kind, rule in named if rule), ("", ""))


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact about the procedure that a decision states, as soon as rule ``value`` is known."""

    name: str
    entity: str
    value: str
    label: str
    cite: str
    pack: str


@dataclass(frozen=True, slots=True)
class Clause:
    pack: str
    number: str  # 二(二)5
    text: str  # verbatim


@dataclass(frozen=True)
class Pack:
    name: str
    title: str
    cite_as: str
    issuer: str
    date: dt.date
    parent: str | None
    region: str
    source_file: str
    lineage: tuple[str, ...]  # this pack, its parent, …
    version: str
    parameters: Mapping[str, Parameter]
    rules: Mapping[str, Rule]  # in the order of evaluation
    clauses: Mapping[str, Clause]  # full citation → clause
    external: Mapping[str, str]  # other rules cited → why
    household_steps: tuple[Step, ...]
    person_steps: tuple[Step, ...]
    flags: tuple[Step, ...]
    lines: tuple[Outcome, ...]
    entitlements: tuple[Outcome, ...]
    warnings: tuple[Outcome, ...]
    findings: tuple[Finding, ...]
    taper: Mapping[str, str]
    tests: tuple[Mapping[str, Any], ...]
    folder: str
    compiled: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)  # what evaluators keep ready


def number_text(value: Fraction) -> str:
    """A number as people write it: 3, 1.5, 0.0333… cut after six places."""
    if value.denominator == 1:
        return str(value.numerator)
    scaled = round(value * 10**6)
    sign, digits = ("-", -scaled) if scaled < 0 else ("", scaled)
    whole, rest = divmod(digits, 10**6)
    return f"{sign}{whole}.{rest:06d}".rstrip("0").rstrip(".")

"""What a simulation says: categories, moves, money and missing numbers, in total and by part of the register.

Money is an integer of 分 a month. ``document()`` is the JSON of docs/simulation.md, with money as yuan text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from doudi.engine.money import text_money


@dataclass(frozen=True, slots=True)
class Change:
    """A parameter that a scenario changes. ``before`` None: unset, or different between divisions or areas."""

    parameter: str
    label: str
    unit: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """Households by the household's category; living persons by their own (a flag where they have no other)."""

    category: str
    households_before: int
    households_after: int
    persons_before: int
    persons_after: int


@dataclass(frozen=True, slots=True)
class Move:
    """From one category to another; equal for those that stay."""

    before: str
    after: str
    households: int
    persons: int


@dataclass(frozen=True, slots=True)
class PersonCount:
    """Living persons of one category, or of one route, in a group."""

    key: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ItemCost:
    item: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Households whose monthly amount rises (or falls), and by how much together."""

    households: int
    amount: int


@dataclass(frozen=True, slots=True)
class Effect:
    """A scenario's effect on a set of households. ``unknown``: households whose amount waits for a number or fact."""

    households: int
    persons: int
    categories: tuple[CategoryCount, ...]
    moves: tuple[Move, ...]
    items: tuple[ItemCost, ...]
    cost_before: int
    cost_after: int
    winners: Balance
    losers: Balance
    unknown_before: int
    unknown_after: int


@dataclass(frozen=True, slots=True)
class Part:
    """One division or area. ``key``: division code or urban/rural, '' where households have none."""

    key: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Group:
    """A group of persons (minor, elder, severe_disability, serious_illness) by category."""

    key: str
    categories: tuple[PersonCount, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A number or fact that is missing, and how many households it leaves without category, or without amount."""

    name: str
    label: str
    is_parameter: bool
    cite: str
    category_before: int
    category_after: int
    amount_before: int
    amount_after: int


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """``total`` and the same by ``by`` ('division', 'area' → parts); routes of DIBAO and groups of persons."""

    name: str
    changes: tuple[Change, ...]
    total: Effect
    by: Mapping[str, tuple[Part, ...]]
    routes: tuple[PersonCount, ...]
    groups: tuple[Group, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """Every scenario against the same base. ``absent``: labels of facts that the data does not hold."""

    pack: str
    pack_title: str
    pack_version: str
    as_of: dt.date
    base: tuple[Change, ...]  # changes that the base already holds
    scenarios: tuple[ScenarioResult, ...]
    data: Mapping[str, Any]  # name, sha256, households, persons
    absent: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()  # standards that the pack's documents decide, not used

    def document(self) -> dict[str, Any]:
        """The JSON of docs/simulation.md."""
        return {
            "pack": self.pack,
            "pack_version": self.pack_version,
            "as_of": self.as_of.isoformat(),
            "data": dict(self.data),
            "absent": list(self.absent),
            "ignored": list(self.ignored),
            "base": [_change(change) for change in self.base],
            "scenarios": [_scenario(scenario) for scenario in self.scenarios],
        }


def _scenario(scenario: ScenarioResult) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "changes": [_change(change) for change in scenario.changes],
        **_effect(scenario.total),
        "by": {
            dimension: [{"key": part.key, **_effect(part.effect)} for part in parts]
            for dimension, parts in scenario.by.items()
        },
        "routes": [_persons(count) for count in scenario.routes],
        "groups": [{"key": g.key, "categories": [_persons(count) for count in g.categories]} for g in scenario.groups],
        "missing": [
            {
                "name": item.name,
                "label": item.label,
                "is_parameter": item.is_parameter,
                "cite": item.cite,
                "category": _pair(item.category_before, item.category_after),
                "amount": _pair(item.amount_before, item.amount_after),
            }
            for item in scenario.missing
        ],
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "households": effect.households,
        "persons": effect.persons,
        "categories": [
            {
                "category": count.category,
                "households": _pair(count.households_before, count.households_after),
                "persons": _pair(count.persons_before, count.persons_after),
            }
            for count in effect.categories
        ],
        "moves": [
            {"before": move.before, "after": move.after, "households": move.households, "persons": move.persons}
            for move in effect.moves
        ],
        "items": [
            {"item": item.item, "monthly": _pair(_yuan(item.before), _yuan(item.after))} for item in effect.items
        ],
        "monthly": {
            **_pair(_yuan(effect.cost_before), _yuan(effect.cost_after)),
            "change": _yuan(effect.cost_after - effect.cost_before),
        },
        "winners": _balance(effect.winners),
        "losers": _balance(effect.losers),
        "unknown": _pair(effect.unknown_before, effect.unknown_after),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "parameter": change.parameter,
        "label": change.label,
        "unit": change.unit,
        **_pair(change.before, change.after),
    }


def _persons(count: PersonCount) -> dict[str, Any]:
    return {"key": count.key, **_pair(count.before, count.after)}


def _balance(balance: Balance) -> dict[str, Any]:
    return {"households": balance.households, "monthly": _yuan(balance.amount)}


def _pair(before: Any, after: Any) -> dict[str, Any]:
    return {"before": before, "after": after}


def _yuan(fen: int) -> str:
    return text_money(Fraction(fen, 100))

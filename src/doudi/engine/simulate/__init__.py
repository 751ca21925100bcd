"""What a change of parameters would do to a register: who changes category, and what it costs. It only reads."""

from doudi.engine.simulate.result import (
    Balance,
    CategoryCount,
    Change,
    Effect,
    Group,
    ItemCost,
    Missing,
    Move,
    Part,
    PersonCount,
    ScenarioResult,
    Simulation,
)
from doudi.engine.simulate.run import simulate

__all__ = [
    "Balance",
    "CategoryCount",
    "Change",
    "Effect",
    "Group",
    "ItemCost",
    "Missing",
    "Move",
    "Part",
    "PersonCount",
    "ScenarioResult",
    "Simulation",
    "simulate",
]

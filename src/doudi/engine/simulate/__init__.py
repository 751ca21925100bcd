"""What a change of parameters would do to a register: who changes category, and what it costs. It only reads."""

from doudi.engine.simulate.changes import merge, parse_change
from doudi.engine.simulate.households import Register, open_register
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
    "Register",
    "ScenarioResult",
    "Simulation",
    "merge",
    "open_register",
    "parse_change",
    "simulate",
]

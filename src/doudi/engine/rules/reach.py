"""What a pack puts out, and which names that rests on."""

from __future__ import annotations

from collections.abc import Iterable

from doudi.engine.rules.expression import names
from doudi.engine.rules.pack import Outcome, Pack


def outcomes(pack: Pack) -> list[Outcome]:
    """Benefit lines, entitlements and warnings."""
    return [*pack.lines, *pack.entitlements, *pack.warnings]


def rules_of(outcome: Outcome) -> list[str]:
    """The rules that an outcome names."""
    named = (outcome.when, outcome.condition, outcome.amount, outcome.floor, outcome.ceiling, outcome.decided_by)
    return [name for name in named if name]


def decided_by(pack: Pack) -> set[str]:
    """Names of the rules, parameters and fields that something put out rests on."""
    start = ["category", "route", "person_category", "monthly", *pack.taper.values()]
    start += [step.rule for step in (*pack.household_steps, *pack.person_steps, *pack.flags)]
    start += [name for outcome in outcomes(pack) for name in rules_of(outcome)]
    start += [finding.value for finding in pack.findings]
    return rests_on(pack, start)


def rests_on(pack: Pack, start: Iterable[str]) -> set[str]:
    """``start`` and every name that these rules use, however deep."""
    todo, found = list(start), set[str]()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            if name in pack.rules:
                todo += names(pack.rules[name].tree)
    return found

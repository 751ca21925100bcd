"""Which rules one household's result rests on."""

from __future__ import annotations

from collections.abc import Iterable

from doudi.engine.rules.household import Row
from doudi.engine.rules.interpret import rows_of
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.reach import rests_on, rules_of
from doudi.engine.rules.schema import ENTITIES

# (entity, rule that settles it, values of that rule with which nothing is put out, rules below it)
_Optional = tuple[str, str, frozenset[object], frozenset[str]]


def concerned(pack: Pack, household: Row) -> set[str]:
    """Names of the rules below category, routes, amounts and warnings, and below each right and finding put out.

    A rule that only served a right nobody in the household has explains nothing. ``household`` is evaluated.
    """
    always, optional = _reach(pack)
    rows = {entity: rows_of(household, entity) for entity in ENTITIES}
    found = set(always)
    for entity, settled_by, silent, below in optional:
        if not below <= found and any(_value(row, settled_by) not in silent for row in rows[entity]):
            found |= below
    return found


def _value(row: Row | None, rule: str) -> object:
    while row is not None and rule not in row.values:
        row = row.above
    return row.values[rule] if row is not None else None


def _reach(pack: Pack) -> tuple[frozenset[str], list[_Optional]]:
    """The part that is the same for every household; made once a pack."""
    if "concern" not in pack.compiled:
        start = ["category", "route", "person_category", "monthly", *pack.taper.values()]
        start += [step.rule for step in (*pack.household_steps, *pack.person_steps, *pack.flags)]
        start += [rule for outcome in (*pack.lines, *pack.warnings) for rule in rules_of(outcome)]
        optional: list[_Optional] = [
            (right.entity, right.when, frozenset((False,)), _rules(pack, rules_of(right)))
            for right in pack.entitlements
        ]
        optional += [(f.entity, f.value, frozenset((None,)), _rules(pack, [f.value])) for f in pack.findings]
        pack.compiled["concern"] = (_rules(pack, start), optional)
    ready: tuple[frozenset[str], list[_Optional]] = pack.compiled["concern"]
    return ready


def _rules(pack: Pack, start: Iterable[str]) -> frozenset[str]:
    return frozenset(rests_on(pack, start) & pack.rules.keys())

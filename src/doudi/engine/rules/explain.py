"""The explanation of a determination: every rule with its value and its expression in Chinese, numbers put in."""

from __future__ import annotations

from typing import Any

from doudi.engine.rules.concern import concerned
from doudi.engine.rules.expression import Name, Steps
from doudi.engine.rules.household import Row
from doudi.engine.rules.interpret import rows_of
from doudi.engine.rules.pack import Pack, Rule
from doudi.engine.rules.phrases import show
from doudi.engine.rules.schema import ENTITIES
from doudi.engine.rules.texts import Write, above
from doudi.engine.rules.tree import trees
from doudi.engine.rules.why_not import why_not
from doudi.engine.rules.writer import Writer


def explanation(pack: Pack, household: Row) -> dict[str, Any]:
    """What a result carries when it is to explain itself: ``trace``, ``why_not``, and the trees of what rests on what.

    ``tree`` begins at the household's category, ``amount_tree`` at the monthly total, each of ``member_trees`` at a
    member's category. ``household``: a row that ``Evaluation`` has filled.
    """
    return {
        "trace": trace(pack, household),
        "why_not": why_not(pack, household),
        **trees(pack, household),
    }


def trace(pack: Pack, household: Row) -> list[dict[str, Any]]:
    """Every rule that the household's result rests on, in the order of evaluation (interfaces: ``trace``)."""
    entries: list[dict[str, Any]] = []
    rows = {entity: rows_of(household, entity) for entity in ENTITIES}
    shown = concerned(pack, household)
    for rule, formula in _formulas(pack):
        if rule.name not in shown:
            continue
        for row in rows[rule.entity]:
            value = row.values[rule.name]
            entries.append(
                {
                    "rule": rule.name,
                    "entity": rule.entity,
                    "person_id": None if rule.entity == "household" else row.key,
                    "label": rule.label,
                    "value": value if value is None or isinstance(value, (bool, str)) else show(value, rule.unit),
                    "unit": rule.unit,
                    "formula": formula(row),
                    "cite": rule.cite or _cite(pack, rule, row),
                }
            )
    return entries


def _cite(pack: Pack, rule: Rule, row: Row) -> str:
    """A ladder's citation is that of the step that was taken."""
    if isinstance(rule.tree, Steps):
        for _, step in rule.tree.steps:
            if isinstance(step, Name):
                found = pack.rules[step.name]
                if above(row, found.entity).values[step.name]:
                    return found.cite
    return pack.cite_as


def _formulas(pack: Pack) -> list[tuple[Rule, Write]]:
    """How each rule's expression is written, made once a pack."""
    if "formulas" not in pack.compiled:
        writer = Writer(pack)
        pack.compiled["formulas"] = [(rule, writer.rule(rule)) for rule in pack.rules.values()]
    ready: list[tuple[Rule, Write]] = pack.compiled["formulas"]
    return ready

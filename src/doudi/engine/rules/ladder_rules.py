"""Rules that a ladder makes: category, route, totals, who holds a category, and who is entitled to what.

They stand beside the pack's own rules, so that both evaluators and the explanation see them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps
from doudi.engine.rules.items import item_name
from doudi.engine.rules.ladder import ANYONE
from doudi.engine.rules.layers import Draft, Layers
from doudi.engine.rules.pack import Outcome, Step
from doudi.engine.rules.schema import CODES

FALSE, TRUE, UNKNOWN = Literal(False), Literal(True), Literal(None)
NOTHING = Literal(Fraction(0))


def ladder_rules(layers: Layers) -> list[Draft]:
    """All of them, unbound."""
    return [*_ladder(layers), *_holdings(layers), *_entitlements(layers)]


def _draft(name: str, entity: str, label: str, tree: Node, unit: str = "", cite: str = "") -> Draft:
    return Draft(name, entity, label, unit, "", tree, cite, False, "", "", "ladder.yaml")


def _ladder(layers: Layers) -> list[Draft]:
    category = Steps(tuple((s.category, Name(s.rule)) for s in layers.household), "NOT_LOW_INCOME", "NEEDS_LOCAL_RULE")
    route = Steps(tuple((s.route or "none", Name(s.rule)) for s in layers.person), "none", None)
    person = Steps(tuple((s.category, Name(s.rule)) for s in layers.person), "none", None)
    total_person = _total([line for line in layers.lines.values() if line.entity == "person"])
    total_household = _total([line for line in layers.lines.values() if line.entity == "household"])
    total = Call("+", (total_household, Aggregate("sum", Name("person_monthly"))))
    known = Choose(((_is("category", "NEEDS_LOCAL_RULE"), UNKNOWN),), total)
    return [
        _draft("category", "household", "家庭类别", category),
        _draft("route", "person", "纳入方式", route),
        _draft("person_category", "person", "个人类别", person),
        _draft("person_monthly", "person", "个人月救助金额", total_person, "元/月"),
        _draft("monthly", "household", "月救助金额合计", known, "元/月"),
    ]


def _total(lines: list[Outcome]) -> Node:
    """Sum of the lines that hold. A line that is not required counts as nothing while it is unknown."""
    total: Node = NOTHING
    for line in lines:
        amount: Node = Choose(((Name(line.when), Name(line.amount)),), NOTHING)
        if not line.required:
            amount = Call("coalesce", (amount, NOTHING))
        total = amount if isinstance(total, Literal) else Call("+", (total, amount))
    return total


def _holdings(layers: Layers) -> list[Draft]:
    """``holds_dibao`` of a person and ``family_holds_dibao`` of a household, for the categories entitlements name."""
    named = {(o.entity, category) for o in layers.entitlements.values() for category in o.categories} - {
        ("household", ANYONE),
        ("person", ANYONE),
    }
    drafts = []
    for category in sorted({category for _, category in named}):
        flags = [Name(step.rule) for step in layers.flags if step.category == category]
        own = _or([*_taken(layers.person, category, _is("person_category", category)), *flags])
        drafts.append(_draft(_holds("person", category), "person", f"属于{CODES[category]}", own))
        if ("household", category) in named:
            given = Choose(((_is("category", "NEEDS_LOCAL_RULE"), UNKNOWN),), _is("category", category))
            members = Aggregate("any", Name(_holds("person", category)))
            family = _or([*_taken(layers.household, category, given), members])
            label = f"家庭或成员属于{CODES[category]}"
            drafts.append(_draft(_holds("household", category), "household", label, family))
    return drafts


def _taken(steps: Iterable[Step], category: str, given: Node) -> list[Node]:
    """Whether the ladder ends at ``category``. False as soon as no step to it holds, even while others are open."""
    own = [Name(step.rule) for step in steps if step.category == category]
    return [Call("and", (_or(own), given))] if own else []


def _entitlements(layers: Layers) -> list[Draft]:
    drafts = []
    shared = Counter(outcome.item for outcome in layers.entitlements.values())
    for outcome in layers.entitlements.values():
        if not outcome.categories and not outcome.area:
            continue
        parts: list[Node] = []
        if outcome.categories == (ANYONE,):
            parts += [Name("is_living")] if outcome.entity == "person" else []
        elif outcome.categories:
            parts.append(_or([Name(_holds(outcome.entity, category)) for category in outcome.categories]))
        if outcome.area:
            parts.append(_is("area", outcome.area))
        if outcome.condition:
            parts.append(Name(outcome.condition))
        tree = Call("and", tuple(parts)) if len(parts) > 1 else parts[0] if parts else TRUE
        label = f"可享{item_name(outcome.item)}"
        if shared[outcome.item] > 1:  # the same item on several conditions; the label says whose
            label += f"（{'、'.join(CODES[code] for code in (*outcome.categories, outcome.area) if code in CODES)}）"
        drafts.append(_draft(outcome.when, outcome.entity, label, tree, cite=outcome.cite))
    return drafts


def _holds(entity: str, category: str) -> str:
    return f"{'family_' if entity == 'household' else ''}holds_{category.lower()}"


def _is(name: str, value: str) -> Node:
    return Call("=", (Name(name), Literal(value)))


def _or(parts: list[Node] | list[Name]) -> Node:
    return Call("or", tuple(parts)) if len(parts) > 1 else parts[0] if parts else FALSE

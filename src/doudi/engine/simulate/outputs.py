"""The rules that a simulation adds to a pack: what is counted of each household and person.

An amount that is the same for everyone it is due to in a household (a supplement, a standard) is counted times the
amount, not summed person by person: then a change of that amount is a matter of households alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps
from doudi.engine.rules.pack import Outcome, Pack, Rule
from doudi.engine.rules.schema import BY_NAME

MONTHLY, PERSONS, STATUS = "simulated_monthly", "simulated_persons", "simulated_status"
LIVING, DIVISION, AREA = "simulated_living", "simulated_division", "simulated_area"
UNKNOWN, NONE = "NEEDS_LOCAL_RULE", "NOT_LOW_INCOME"
ZERO, FALSE = Literal(Fraction(0)), Literal(False)
ADULT, ELDER = Fraction(18), Fraction(60)  # 《未成年人保护法》第二条，《老年人权益保障法》第二条
SEVERE = (Fraction(1), Fraction(2))
GROUPS = {
    "minor": "未成年人",
    "elder": "60周岁以上老年人",
    "severe_disability": "一、二级残疾人",
    "serious_illness": "重病患者",
}


@dataclass(frozen=True)
class Outputs:
    rules: tuple[Rule, ...]
    items: dict[str, str]  # item → rule with a household's monthly amount of it
    statuses: dict[str, str]  # code of a person's status → category, with /route where a person's step has one


def outputs(pack: Pack) -> Outputs:
    """Monthly amount by item and in all, living persons, and each person's status and groups."""
    items: dict[str, str] = {}
    rules: list[Rule] = []
    for item in dict.fromkeys(line.item for line in pack.lines):
        items[item] = f"simulated_{item}"
        terms = [_term(pack, line) for line in pack.lines if line.item == item]
        rules.append(_rule(items[item], "household", _sum(terms), "number", "元/月"))
    unknown = Call("=", (Name("category"), Literal(UNKNOWN)))
    total = Choose(((unknown, Literal(None)),), _sum([Name(name) for name in items.values()]))
    rules.append(_rule(MONTHLY, "household", total, "number", "元/月"))
    living = Call("or", (Call("is null", (Name("died_on"),)), Call(">=", (Name("died_on"), Name("month_start")))))
    rules.append(_rule(LIVING, "person", living, "bool"))
    rules.append(_rule(PERSONS, "household", Aggregate("count", Name(LIVING)), "number"))
    status, statuses = _status(pack)
    rules.append(_rule(STATUS, "person", status, "text"))
    age = Call("coalesce", (Call("completed_years", (Name("birth_date"), Name("as_of"))), Name("age_given")))
    groups: dict[str, Node] = {
        "minor": Call("<", (age, Literal(ADULT))),
        "elder": Call(">=", (age, Literal(ELDER))),
        "severe_disability": Call("in", (Name("disability_grade"), Literal(SEVERE))),
        "serious_illness": Name("serious_illness"),
    }
    rules += [_rule(group_rule(key), "person", Call("coalesce", (groups[key], FALSE)), "bool") for key in GROUPS]
    for name, column in ((DIVISION, "division"), (AREA, "area")):
        rules.append(_rule(name, "household", Name(column), "text"))
        rules.append(_rule(f"{name}_of_person", "person", Name(column), "text"))
    return Outputs(tuple(rules), items, statuses)


def group_rule(key: str) -> str:
    """The person's rule that says whether he is in a group."""
    return f"simulated_{key}"


def _status(pack: Pack) -> tuple[Node, dict[str, str]]:
    """What a person is, as a short code: texts over twelve letters cost several times as much to write and compare."""
    steps = (*pack.person_steps, *pack.flags)
    names = [f"{step.category}/{step.route}" if step.route else step.category for step in steps]
    codes = {name: str(at) for at, name in enumerate(dict.fromkeys([*names, NONE, UNKNOWN]))}
    tree = Steps(
        tuple((codes[name], Name(step.rule)) for name, step in zip(names, steps, strict=True)),
        codes[NONE],
        codes[UNKNOWN],
    )
    return tree, {code: name for name, code in codes.items()}


def _term(pack: Pack, line: Outcome) -> Node:
    when, amount = Name(line.when), Name(line.amount)
    if line.entity == "household":
        return _known(line, Choose(((when, amount),), ZERO))
    same = _of_household(pack, amount)
    if same is None:
        return Aggregate("sum", _known(line, Choose(((when, amount),), ZERO)))
    due: Node = when if line.required else Call("coalesce", (when, FALSE))
    number = Aggregate("count", due)
    return Choose(((Call(">", (number, ZERO)), Call("*", (number, _known(line, same)))),), ZERO)


def _known(line: Outcome, node: Node) -> Node:
    """A line that is not required counts as nothing while it is unknown."""
    return node if line.required else Call("coalesce", (node, ZERO))


def _of_household(pack: Pack, node: Node) -> Node | None:
    """The same value written with the household's columns and parameters; None where a person's facts enter."""
    match node:
        case Literal():
            return node
        case Name(name=name) if name in pack.rules:
            rule = pack.rules[name]
            return node if rule.entity == "household" else _of_household(pack, rule.tree)
        case Name(name=name):
            return None if name in BY_NAME and BY_NAME[name].entity != "household" else node
        case Call(function=function, arguments=arguments) if function != "lookup":
            parts = [_of_household(pack, part) for part in arguments]
            found = tuple(part for part in parts if part is not None)
            return Call(function, found) if len(found) == len(parts) else None
        case Choose(branches=branches, otherwise=otherwise):
            pairs = [(_of_household(pack, when), _of_household(pack, then)) for when, then in branches]
            known = tuple((when, then) for when, then in pairs if when is not None and then is not None)
            rest = _of_household(pack, otherwise)
            return Choose(known, rest) if rest is not None and len(known) == len(pairs) else None
    return None


def _sum(terms: list[Node]) -> Node:
    total: Node = terms[0] if terms else ZERO
    for term in terms[1:]:
        total = Call("+", (total, term))
    return total


def _rule(name: str, entity: str, tree: Node, kind: str, unit: str = "") -> Rule:
    return Rule(
        name=name,
        entity=entity,
        label=name,
        unit=unit,
        kind=kind,
        expr="",
        tree=tree,
        cite="",
        default=False,
        pack="",
    )

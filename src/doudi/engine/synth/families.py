"""Who lives together: household shapes as data, and the people that fill them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from doudi.engine.synth import names
from doudi.engine.synth.model import Member, Person, Sex, Supporter
from doudi.engine.synth.people import People

Shape = list[tuple[str, Sex, int]]
"""Relation to the head, sex, age; the head first."""

_SEXES: tuple[Sex, Sex] = ("male", "female")


def _children(rng: Random, number: int, mother: int) -> Shape:
    ages = sorted((max(0, min(22, mother - rng.randint(22, 31))) for _ in range(number)), reverse=True)
    for index in range(1, len(ages)):
        ages[index] = max(0, min(ages[index], ages[index - 1] - 2))
    return [("child", rng.choice(_SEXES), age) for age in ages]


def _couple(rng: Random, low: int, high: int) -> Shape:
    age = rng.randint(low, high)
    return [("head", "male", age), ("spouse", "female", age - rng.randint(0, 4))]


def single_elder(rng: Random) -> Shape:
    return [("head", rng.choices(_SEXES, (42, 58))[0], rng.randint(62, 89))]


def bachelor_elder(rng: Random) -> Shape:
    return [("head", rng.choices(_SEXES, (88, 12))[0], rng.randint(61, 88))]


def elder_couple(rng: Random) -> Shape:
    return _couple(rng, 63, 86)


def single_adult(rng: Random) -> Shape:
    return [("head", rng.choices(_SEXES, (70, 30))[0], rng.randint(27, 58))]


def middle_couple(rng: Random) -> Shape:
    return _couple(rng, 44, 59)


def one_child(rng: Random) -> Shape:
    couple = _couple(rng, 30, 52)
    return couple + _children(rng, 1, couple[1][2])


def with_teenager(rng: Random) -> Shape:
    return [*_couple(rng, 42, 52), ("child", rng.choice(_SEXES), rng.randint(15, 17))]


def two_children(rng: Random) -> Shape:
    couple = _couple(rng, 31, 50)
    return couple + _children(rng, rng.choices((2, 3), (85, 15))[0], couple[1][2])


def single_parent(rng: Random) -> Shape:
    sex: Sex = rng.choices(_SEXES, (35, 65))[0]
    age = rng.randint(29, 51)
    return [("head", sex, age), *_children(rng, rng.choices((1, 2), (66, 34))[0], age)]


def grandparents(rng: Random) -> Shape:
    couple = _couple(rng, 61, 76)
    elders: Shape = couple if rng.random() < 0.6 else [("head", "female", couple[1][2])]
    children: Shape = [("grandchild", rng.choice(_SEXES), rng.randint(4, 17)) for _ in range(rng.choice((1, 1, 2)))]
    return elders + children


def adult_with_parents(rng: Random) -> Shape:
    couple = _couple(rng, 60, 80)
    child: Shape = [("child", rng.choices(_SEXES, (65, 35))[0], couple[1][2] - rng.randint(22, 30))]
    parents: Shape = couple if rng.random() < 0.65 else [("head", "female", couple[1][2])]
    return parents + child


def three_generations(rng: Random) -> Shape:
    shape = two_children(rng) if rng.random() < 0.5 else one_child(rng)
    elder = shape[0][2] + rng.randint(22, 32)
    shape.append(("parent", "female", elder))
    if rng.random() < 0.5:
        shape.append(("parent", "male", elder + rng.randint(0, 4)))
    return shape


def two_brothers(rng: Random) -> Shape:
    age = rng.randint(61, 78)
    return [("head", "male", age), ("sibling", "male", age - rng.randint(1, 6) if age > 67 else age)]


def orphan(rng: Random) -> Shape:
    return [("head", rng.choice(_SEXES), rng.randint(6, 15))]


SHAPES: dict[str, tuple[tuple[Callable[[Random], Shape], int], ...]] = {
    "DIBAO": (
        (single_elder, 9), (elder_couple, 13), (single_adult, 6), (middle_couple, 4), (one_child, 15),
        (two_children, 17), (single_parent, 12), (grandparents, 7), (adult_with_parents, 9), (three_generations, 14),
    ),
    "TEKUN": ((bachelor_elder, 86), (single_adult, 8), (two_brothers, 4), (orphan, 2)),
    "MARGIN": (
        (elder_couple, 10), (middle_couple, 12), (one_child, 20), (two_children, 22), (single_parent, 8),
        (adult_with_parents, 10), (three_generations, 18),
    ),
}  # fmt: skip
_MARRIED, _NEVER, _WIDOWED, _DIVORCED = "20", "10", "30", "40"


def gather(people: People, rng: Random, shape: Shape) -> list[Member]:
    """The people of a shape: children bear the father's name, spouses are married, lone elders mostly widowed."""
    members: list[Member] = []
    has_spouse = any(relation == "spouse" for relation, _, _ in shape)
    family_name = names.surname(rng)
    father_is_head = shape[0][1] == "male"
    for relation, sex, age in shape:
        own = (
            relation == "spouse"
            or (relation == "parent" and sex == "female")
            or (relation == "head" and not father_is_head)
        )
        person = people.person(sex, age, surname=None if own else family_name)
        person.marital_status = _marital(rng, relation, person, age, has_spouse, shape)
        members.append(Member(person, relation))
    return members


def _marital(rng: Random, relation: str, person: Person, age: int, has_spouse: bool, shape: Shape) -> str:
    if relation in ("head", "spouse"):
        if has_spouse:
            return _MARRIED
        if age < 22:
            return _NEVER
        has_child = any(other in ("child", "grandchild") for other, _, _ in shape)
        if age >= 60:
            return _WIDOWED if has_child or rng.random() < 0.8 else _NEVER
        return (
            rng.choices((_DIVORCED, _WIDOWED), (60, 40))[0]
            if has_child
            else rng.choices((_NEVER, _DIVORCED), (75, 25))[0]
        )
    if relation == "parent":
        return _MARRIED if sum(other == "parent" for other, _, _ in shape) == 2 else _WIDOWED
    if relation == "sibling":
        return _NEVER
    return _NEVER if age < 30 or person.sex == "male" or rng.random() < 0.6 else _DIVORCED


def supporters(rng: Random, members: list[Member], year: int) -> list[Supporter]:
    """Grown children of elders who live alone: what they give a year is part of the head's transfer income."""
    head = members[0].person
    left = head.transfer_net
    if any(member.relation not in ("head", "spouse") for member in members) or head.marital_status == _NEVER:
        return []
    youngest = max(member.person.birth_date.year for member in members)
    if youngest > year - 55:
        return []
    found = []
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3))):
        sex: Sex = rng.choice(_SEXES)
        birth_year = min(youngest + rng.randint(22, 32), year - 20)
        given = names.given_name(rng, sex, birth_year)
        name = (head.name[0] if head.sex == "male" else names.surname(rng)) + given
        amount = min(left, rng.choice((0, 60000, 120000, 180000)))
        left -= amount
        found.append(
            Supporter(head, "child", name, year - birth_year, _MARRIED, rng.choice(("27", "24", "70", "51")), amount)
        )
    return found

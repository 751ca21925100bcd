"""Household documents for tests: the worked examples and random ones."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from doudi.engine.rules.schema import DISASTER_STAGES, EMERGENCY_LEVELS

AS_OF = dt.date(2025, 3, 1)
STANDARDS: dict[str, Any] = {"dibao_standard": {"urban": 800, "rural": 600}, "disposable_income": 36000}
PACKS = ["national_guide", "qingyang", "zhengzhou", "hubei", "anyang"]


def person(
    key: str, relation: str = "head", *, born: str | None = "1980-02-01", wage: Any = 0, **fields: Any
) -> dict[str, Any]:
    document = {"person_id": key, "relation": relation, "income": {"wage": wage}, **fields}
    return document if born is None else {**document, "birth_date": born}


def household(*members: dict[str, Any], area: str = "urban", **fields: Any) -> dict[str, Any]:
    return {"household_id": "H", "area": area, "property_conforms": True, "members": list(members), **fields}


def three_generations() -> dict[str, Any]:
    return household(
        person("A", born="1979-02-01", wage=10800, serious_illness=True),
        person("B", "parent", born="1952-06-01"),
        person("C", "child", born="2009-09-10"),
    )


def couple(wage: Any) -> dict[str, Any]:
    return household(person("A", wage=wage), person("B", "spouse"))


def rural_four(**daughter: Any) -> dict[str, Any]:
    return household(
        person("A", born="1970-02-01", wage=2880 * 12),
        person("B", "spouse", born="1972-02-01"),
        person("C", "child", born="2001-01-10", disability={"type": "physical", "grade": 2}, **daughter),
        person("D", "child", born="2005-01-10"),
        area="rural",
    )


def random_household(rng: random.Random, key: str) -> dict[str, Any]:
    """Anything a document may hold, with incomes around the lines and many things left out."""
    members = [_random_person(rng, f"P{index}", "head" if index == 0 else None) for index in range(rng.randint(1, 5))]
    document: dict[str, Any] = {"household_id": key, "area": rng.choice(["urban", "rural"]), "members": members}
    for name in ("property_conforms", "property_conforms_margin"):
        if rng.random() < 0.8:
            document[name] = rng.random() < 0.85
    if rng.random() < 0.7:
        document["division"] = rng.choice(["410502", "410502001", "620000", "410100000000"])
    if rng.random() < 0.3:
        document["shared_income"] = {"property_net": _money(rng, 8000)}
    if rng.random() < 0.5:
        document["spending"] = {name: _money(rng, 40000) for name in ("illness_rigid", "education_rigid", "daily")}
    if rng.random() < 0.4:
        document["previous"] = {"category": rng.choice(["DIBAO", "MARGIN"]), "monthly": _money(rng, 2000)}
    keys = [member["person_id"] for member in members]
    document["supporters"] = [
        {
            "supports": rng.choice(keys),
            "relation": rng.choice(["sibling", "child"]),
            "annual_support": _money(rng, 9000),
        }
        | ({"age": rng.randint(20, 90)} if rng.random() < 0.7 else {})
        for _ in range(rng.choice([0, 0, 1, 2]))
    ]
    document["settlements"] = [
        {
            "person_id": rng.choice(keys),
            "kind": rng.choice(["inpatient", "outpatient"]),
            "in_policy": _money(rng, 60000),
            "basic_paid": _money(rng, 30000),
            "designated": rng.random() < 0.8,
            "listed_disease": rng.random() < 0.5,
            "referred": rng.random() < 0.3,
        }
        for _ in range(rng.choice([0, 0, 1, 3]))
    ]
    return document | _random_procedure(rng)


def _random_procedure(rng: random.Random) -> dict[str, Any]:
    """Checks, dwelling, disaster and emergency of a household."""
    options: dict[str, Any] = {
        "investigated": rng.random() < 0.7,
        "authorised": rng.random() < 0.7,
        "check_report_date": _day(rng, 400),
        "rejected_on": _day(rng, 500),
        "exited_on": _day(rng, 900),
        "former_poor": True,
        "house": {"grade": rng.choice(["A", "B", "C", "D", "none"])}
        | ({"only": rng.random() < 0.7} if rng.random() < 0.7 else {}),
        "disaster": {"stage": rng.choice(DISASTER_STAGES)},
        "emergency": {"level": rng.choice(EMERGENCY_LEVELS)}
        | ({"amount": _money(rng, 4000)} if rng.random() < 0.7 else {}),
    }
    return {name: value for name, value in options.items() if rng.random() < 0.4}


def _day(rng: random.Random, most: int) -> str:
    """A day up to so many days before the determination."""
    return str(AS_OF - dt.timedelta(days=rng.randint(0, most)))


def _money(rng: random.Random, most: int) -> str:
    return f"{rng.randint(0, most * 100) / 100:.2f}"


def _random_person(rng: random.Random, key: str, relation: str | None) -> dict[str, Any]:
    relations = ["spouse", "child", "parent", "sibling", "grandchild"]
    document: dict[str, Any] = {"person_id": key, "relation": relation or rng.choice(relations)}
    if rng.random() < 0.9:
        document["birth_date"] = str(dt.date(1935, 1, 1) + dt.timedelta(days=rng.randint(0, 32800)))
    elif rng.random() < 0.5:
        document["age"] = rng.randint(0, 95)
    if rng.random() < 0.6:
        incomes = ["wage", "business_net", "transfer_net", "other"]
        document["income"] = {name: _money(rng, 14000) for name in rng.sample(incomes, rng.randint(1, 3))}
    options: dict[str, Any] = {
        "employed": True,
        "employed_since": str(dt.date(2024, 1, 1) + dt.timedelta(days=rng.randint(0, 420))),
        "workplace_division": rng.choice(["410100", "410502"]),
        "serious_illness": True,
        "illness_poor": True,
        "student": rng.choice(["undergraduate", "compulsory"]),
        "labour_ability": rng.choice(["full", "none", "partial"]),
        "has_legal_supporter": False,
        "supporter_able": False,
        "self_care_failed_items": rng.randint(0, 6),
        "current_category": rng.choice(["DIBAO", "TEKUN", "MARGIN", "OTHER"]),
        "fanpin": "unstable",
        "own_property_conforms": rng.random() < 0.5,
        "died_on": rng.choice(["2025-02-28", "2025-03-01"]),
        "disability": {"type": rng.choice(["physical", "mental"]), "grade": rng.randint(1, 4)},
        "applies": False,
        "willing_to_work": rng.random() < 0.7,
        "central_support": True,
    }
    chances = {"died_on": 0.04}
    return document | {name: value for name, value in options.items() if rng.random() < chances.get(name, 0.2)}

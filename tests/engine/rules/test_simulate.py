"""A simulation says what deciding every household before and after says, and reads without writing."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from doudi.engine.errors import InputError
from doudi.engine.rules import Values, determine, load_pack, read_household
from doudi.engine.rules.bulk import create_tables, fill_tables
from doudi.engine.rules.interpret import Causes, Evaluation
from doudi.engine.simulate import Effect, Simulation, run, simulate
from doudi.engine.simulate.missing import fact_path
from tests.engine.rules.examples import AS_OF, PACKS, household, person, random_household

DOCUMENTS = [random_household(random.Random(seed), f"H{seed}") for seed in range(1000, 1090)]
NUMBERS: dict[str, Any] = {
    "dibao_standard": {"410502": {"urban": "800.50", "rural": 600}, "410100": {"urban": 900, "rural": 700}, "62": 750},
    "disposable_income": 21000,
    "tekun_basic_standard": {"urban": 1040, "rural": 780},
    "tekun_income_limit": 200,
    "tekun_care_none": 900,
    "insurance_contribution": 400,
    "rigid_ratio": {"410502": "0.6"},
}
# Each reaches the decisions in another way: by the household, by persons' numbers, before the family's income is
# known, by a list, by a number taken away or filled in, and in some places only.
SCENARIOS: dict[str, dict[str, Any]] = {
    "margin": {"margin_multiplier": 2},
    "standard": {"dibao_standard": Decimal("900.5")},
    "higher": {"dibao_standard": 1000},
    "rural": {"dibao_standard": {"rural": 700}},
    "tekun": {"tekun_income_limit": 600, "tekun_basic_standard": 2000},
    "ratio": {"rigid_ratio": Decimal("0.3")},
    "severe": {"single_person_grades": [1, 2, 3]},
    "taken": {"disposable_income": None},
    "supplement": {"supplement": 333},
    "job cost": {"job_cost_ratio": Decimal("0.3")},
    "county": {"dibao_standard": {"410100": {"urban": 1100}}, "margin_multiplier": Decimal("1.7")},
}
Decided = dict[str, dict[str, Any]]


def register(documents: list[dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_tables(connection)
    fill_tables(connection, documents, AS_OF)
    return connection


def fen(text: str | None) -> int:
    return int(Decimal(text or 0) * 100)


def changes_of(name: str, case: str) -> dict[str, Any]:
    known = load_pack(name).parameters
    return {parameter: value for parameter, value in SCENARIOS[case].items() if parameter in known}


def one_by_one(name: str, changes: Mapping[str, Any]) -> Decided:
    placed = {key: value for key, value in changes.items() if isinstance(value, dict)}
    plain = {key: value for key, value in changes.items() if key not in placed}
    result = determine(DOCUMENTS, load_pack(name), AS_OF, NUMBERS, plain, amendments=placed)
    return {decided["household_id"]: decided for decided in result["households"]}


def causes(name: str, changes: Mapping[str, Any]) -> Counter[tuple[str, str]]:
    """What leaves each household open, by the interpreter: without category, else without amount."""
    pack = load_pack(name)
    placed = {key: value for key, value in changes.items() if isinstance(value, dict)}
    plain = {key: value for key, value in changes.items() if key not in placed}
    values, found = Values(pack, AS_OF, NUMBERS, plain, placed), Counter[tuple[str, str]]()
    for document in DOCUMENTS:
        decided = read_household(document, as_of=AS_OF)
        Evaluation(pack, decided, values)
        asked = {"category": [step.rule for step in pack.household_steps], "amount": ["monthly"], "": []}
        opened = "category" if decided.values["category"] == "NEEDS_LOCAL_RULE" else "amount"
        kind = opened if decided.values["monthly"] is None else ""
        missing = {cause for rule in asked[kind] for cause in Causes(pack).of(rule, decided)}
        found.update((kind, cause if cause in pack.parameters else fact_path(cause)) for cause in missing)
    return found


@pytest.fixture(scope="module")
def simulated() -> Callable[[str], Simulation]:
    made: dict[str, Simulation] = {}

    def of(name: str) -> Simulation:
        if name not in made:
            cases = {case: changes_of(name, case) for case in SCENARIOS}
            made[name] = simulate(register(DOCUMENTS), load_pack(name), AS_OF, cases, standards=NUMBERS)
        return made[name]

    return of


@pytest.fixture(scope="module")
def bases() -> dict[str, Decided]:
    return {name: one_by_one(name, {}) for name in PACKS}


@pytest.mark.parametrize("number", range(len(SCENARIOS)), ids=list(SCENARIOS))
@pytest.mark.parametrize("name", PACKS)
def test_agrees_with_deciding_one_by_one(
    name: str, number: int, simulated: Callable[[str], Simulation], bases: dict[str, Decided]
) -> None:
    """Moves, money by item, winners and losers to the 分."""
    scenario = simulated(name).scenarios[number]
    before, after, total = bases[name], one_by_one(name, changes_of(name, scenario.name)), scenario.total
    moves = Counter((before[key]["category"], after[key]["category"]) for key in before)
    assert {(move.before, move.after): move.households for move in total.moves if move.households} == dict(moves)
    for side, decided in ((0, before), (1, after)):
        known = [one for one in decided.values() if one["monthly"] is not None]
        items = Counter[str]()
        for one in known:
            items.update({line["item"]: 0 for line in one["lines"]})
            for line in one["lines"]:
                items[line["item"]] += fen(line["amount"])
        found = {cost.item: (cost.before, cost.after)[side] for cost in total.items}
        assert {item: amount for item, amount in found.items() if amount} == {k: v for k, v in items.items() if v}
        assert (total.cost_before, total.cost_after)[side] == sum(fen(one["monthly"]) for one in known)
        assert (total.unknown_before, total.unknown_after)[side] == len(decided) - len(known)
    both = [key for key in before if before[key]["monthly"] is not None and after[key]["monthly"] is not None]
    changes = [fen(after[key]["monthly"]) - fen(before[key]["monthly"]) for key in both]
    assert (total.winners.households, total.winners.amount) == (
        sum(c > 0 for c in changes),
        sum(c for c in changes if c > 0),
    )
    assert (total.losers.households, total.losers.amount) == (
        sum(c < 0 for c in changes),
        -sum(c for c in changes if c < 0),
    )


@pytest.mark.parametrize("number", range(len(SCENARIOS)), ids=list(SCENARIOS))
@pytest.mark.parametrize("name", PACKS)
def test_persons_agree_with_deciding_one_by_one(
    name: str, number: int, simulated: Callable[[str], Simulation], bases: dict[str, Decided]
) -> None:
    """Living persons by their own category and by route of dibao."""
    scenario = simulated(name).scenarios[number]
    living = {
        (document["household_id"], member["person_id"])
        for document in DOCUMENTS
        for member in document["members"]
        if member.get("died_on") != "2025-02-28"
    }
    for side, decided in ((0, bases[name]), (1, one_by_one(name, changes_of(name, scenario.name)))):
        members = [
            member for key, one in decided.items() for member in one["members"] if (key, member["person_id"]) in living
        ]
        dibao = Counter(member["route"] for member in members if member["categories"][:1] == ["DIBAO"])
        routes = {route.key: (route.before, route.after)[side] for route in scenario.routes}
        assert {key: number for key, number in routes.items() if number} == dict(dibao)
        own = {count.category: (count.persons_before, count.persons_after)[side] for count in scenario.total.categories}
        listed = Counter(code for member in members for code in member["categories"][:1])
        settled = ("TEKUN", "DIBAO", "MARGIN")
        assert {code: own[code] for code in settled} == {code: listed[code] for code in settled}
        assert sum(own.values()) == len(members)


@pytest.mark.parametrize("number", range(len(SCENARIOS)), ids=list(SCENARIOS))
@pytest.mark.parametrize("name", PACKS)
def test_says_what_is_missing_as_one_decision_does(
    name: str, number: int, simulated: Callable[[str], Simulation]
) -> None:
    scenario = simulated(name).scenarios[number]
    for side, changes in ((0, {}), (1, changes_of(name, scenario.name))):
        found = Counter[tuple[str, str]]()
        for one in scenario.missing:
            found["category", one.name] = (one.category_before, one.category_after)[side]
            found["amount", one.name] = (one.amount_before, one.amount_after)[side]
        assert {key: count for key, count in found.items() if count} == dict(causes(name, changes))


def totals(effect: Effect) -> list[int]:
    money = [effect.cost_before, effect.cost_after, effect.winners.amount, effect.losers.amount]
    return [effect.households, effect.persons, *money, effect.unknown_before, effect.unknown_after]


@pytest.mark.parametrize("dimension", ["division", "area"])
@pytest.mark.parametrize("name", ["national_guide", "anyang"])
def test_parts_and_moves_add_up(name: str, dimension: str, simulated: Callable[[str], Simulation]) -> None:
    for scenario in simulated(name).scenarios:
        parts = [part.effect for part in scenario.by[dimension]]
        assert [sum(column) for column in zip(*map(totals, parts), strict=True)] == totals(scenario.total)
        moves = Counter[tuple[str, str]]()
        for part in parts:
            moves.update({(move.before, move.after): move.households for move in part.moves})
        assert +moves == {(m.before, m.after): m.households for m in scenario.total.moves if m.households}
        for count in scenario.total.categories:
            leaving = [move for move in scenario.total.moves if move.before == count.category]
            coming = [move for move in scenario.total.moves if move.after == count.category]
            assert sum(move.households for move in leaving) == count.households_before
            assert sum(move.persons for move in leaving) == count.persons_before
            assert sum(move.households for move in coming) == count.households_after
            assert sum(move.persons for move in coming) == count.persons_after


def test_blocks_give_what_one_block_gives(
    simulated: Callable[[str], Simulation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BLOCK_BYTES", 10_000)
    cases = {case: changes_of("zhengzhou", case) for case in SCENARIOS}
    blocks: list[tuple[int, int]] = []
    made = simulate(
        register(DOCUMENTS), load_pack("zhengzhou"), AS_OF, cases, standards=NUMBERS,
        progress=lambda done, total: blocks.append((done, total)),
    )  # fmt: skip
    assert blocks[-1][0] == blocks[-1][1] > 1
    assert made == simulated("zhengzhou")


# ---- one household at the line ----


def couple(key: str, wage: int) -> dict[str, Any]:
    return {**household(person("A", wage=wage), person("B", "spouse")), "household_id": key, "division": "410502"}


MARGIN = [  # two persons, standard 800: 1.5 × is 1,200 a month a head, 2 × is 1,600
    couple("dibao", 800 * 24 - 1),
    couple("at the standard", 800 * 24),
    couple("below 1.5", 1200 * 24 - 1),
    couple("at 1.5", 1200 * 24),
    couple("below 2", 1600 * 24 - 1),
    couple("at 2", 1600 * 24),
]
STANDARDS = {"dibao_standard": {"urban": 800, "rural": 600}, "disposable_income": 12000, "rigid_ratio": Decimal("0.6")}


def test_margin_of_two_takes_in_who_stands_below_it() -> None:
    """R168, R326 (V-MARGIN): below 1.5 times, or 2 where it is widened; who stands at the line is outside."""
    connection = register(MARGIN)
    made = simulate(
        connection, load_pack("anyang"), AS_OF, {"2": {"margin_multiplier": 2}}, standards=STANDARDS,
        changed_table="changed",
    )  # fmt: skip
    total = made.scenarios[0].total
    counts = {count.category: (count.households_before, count.households_after) for count in total.categories}
    assert counts["DIBAO"] == (1, 1)
    assert counts["MARGIN"] == (2, 4)
    assert counts["NOT_LOW_INCOME"] == (3, 1)
    assert [(m.before, m.after, m.households, m.persons) for m in total.moves if m.before != m.after] == [
        ("NOT_LOW_INCOME", "MARGIN", 2, 4)
    ]
    assert (total.cost_before, total.cost_after) == (8, 8)  # 1 元 a year short: 0.08 元 a month
    assert connection.execute("SELECT household_key, category_after FROM changed ORDER BY 1").fetchall() == [
        ("at 1.5", "MARGIN"),
        ("below 2", "MARGIN"),
    ]


def test_change_stands_beside_its_value_before() -> None:
    cases = {"both": {"margin_multiplier": 2, "dibao_standard": {"rural": 700}}}
    made = simulate(register(MARGIN), load_pack("anyang"), AS_OF, cases, standards=STANDARDS)
    assert [(c.parameter, c.before, c.after) for c in made.scenarios[0].changes] == [
        ("margin_multiplier", "1.5", "2"),
        ("dibao_standard", None, {"rural": "700"}),
    ]


def test_base_holds_before_and_after() -> None:
    made = simulate(
        register(MARGIN), load_pack("anyang"), AS_OF, {"more": {"dibao_standard": 900}},
        base={"margin_multiplier": 2}, standards=STANDARDS,
    )  # fmt: skip
    counts = {c.category: (c.households_before, c.households_after) for c in made.scenarios[0].total.categories}
    assert counts["MARGIN"] == (4, 4)  # two fall to dibao, two come up to 1,800
    assert counts["DIBAO"] == (1, 2)
    assert [change.parameter for change in made.base] == ["margin_multiplier"]


def test_scenario_fills_what_was_missing() -> None:
    """A ratio that no document gives leaves families open; the scenario that gives it settles them."""
    rich_in_bills = {**couple("bills", 1300 * 24), "spending": {"illness_rigid": 20000}}
    given = {"dibao_standard": 800, "disposable_income": 36000}
    made = simulate(
        register([rich_in_bills]), load_pack("national_guide"), AS_OF, {"0.6": {"rigid_ratio": "0.6"}}, standards=given
    )
    scenario = made.scenarios[0]
    assert [(m.before, m.after) for m in scenario.total.moves if m.households] == [("NEEDS_LOCAL_RULE", "RIGID")]
    ratio = next(one for one in scenario.missing if one.name == "rigid_ratio")
    assert (ratio.category_before, ratio.category_after, ratio.is_parameter) == (1, 0, True)


def test_no_households_are_no_change() -> None:
    made = simulate(register([]), load_pack("anyang"), AS_OF, {"2": {"margin_multiplier": 2}})
    total = made.scenarios[0].total
    assert totals(total) == [0] * 8
    assert (total.moves, made.scenarios[0].by["division"], made.scenarios[0].missing) == ((), (), ())


def test_leaves_tables_as_they_are() -> None:
    connection = register(MARGIN)
    query = "SELECT * FROM household ORDER BY 1"
    before = connection.execute(query).fetchall()
    simulate(connection, load_pack("anyang"), AS_OF, {"2": {"margin_multiplier": 2}}, standards=STANDARDS)
    assert connection.execute(query).fetchall() == before
    kept = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY 1").fetchall()
    assert kept == [("household",), ("person",), ("settlement",), ("supporter",)]


@pytest.mark.parametrize(
    ("scenarios", "part"),
    [
        ({}, "no scenario"),
        ({"": {"margin_multiplier": 2}}, "no name"),
        ({"a": {"margin_multiplayer": 2}}, "margin_multiplayer"),
        ({"a": {"margin_multiplier": "two"}}, "must be a number"),
        ({"a": {"dibao_standard": {"rural": True}}}, "must be a number"),
        ({"a": {"dibao_standard": {"village": 3}}}, "neither an area"),
        ({"a": {"single_person_grades": {"41": [1], "42": [2]}}}, "list"),
        ({"a": {"round_up_to_yuan": 1}}, "true or false"),
    ],
)
def test_wrong_changes_are_named(scenarios: dict[str, Any], part: str) -> None:
    connection = register(MARGIN)
    with pytest.raises(InputError, match=part):
        simulate(connection, load_pack("anyang"), AS_OF, scenarios, standards=STANDARDS)
    assert connection.execute("SELECT COUNT(*) FROM duckdb_tables() WHERE temporary").fetchone() == (0,)

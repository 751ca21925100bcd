"""What holds of every household: checked on random ones, always the same, and against a second computation."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from doudi.engine.rules import determine, load_pack
from doudi.engine.rules.bulk import create_tables, fill_tables, statement_many
from doudi.engine.rules.reach import decided_by
from doudi.engine.rules.schema import BY_NAME, COLUMNS
from tests.engine.rules.examples import AS_OF, PACKS, random_household
from tests.engine.rules.reference import STANDARDS, Reference, complete

SOME: dict[str, Any] = {"dibao_standard": {"urban": 800, "rural": 600}, "disposable_income": 21000}
same_every_time = settings(
    derandomize=True, database=None, deadline=None, max_examples=60, suppress_health_check=list(HealthCheck)
)
households = st.integers(0, 10**6).map(lambda seed: random_household(random.Random(seed), "H"))
packs = st.sampled_from(PACKS)


def decide(document: Any, pack: str, **options: Any) -> dict[str, Any]:
    result: dict[str, Any] = determine([document], load_pack(pack), AS_OF, **{"standards": SOME, **options})[
        "households"
    ][0]
    return result


# ---- more income ----


@same_every_time
@given(
    households,
    packs,
    st.sampled_from(["wage", "business_net", "other"]),
    st.decimals("0.01", "9000", places=2),
    st.integers(0, 4),
)
def test_more_income_never_raises_the_benefit(
    document: dict[str, Any], pack: str, kind: str, more: Decimal, which: int
) -> None:
    """While category and routes stay: a family that leaves 低保 may gain by the law itself (单人保, 渐退期)."""
    richer = copy.deepcopy(document)
    income = richer["members"][which % len(richer["members"])].setdefault("income", {})
    income[kind] = str(Decimal(income.get(kind, 0)) + more)
    before, after = decide(document, pack), decide(richer, pack)
    assume((before["category"], before["members"]) == (after["category"], after["members"]))
    assume("taper" not in after and before["monthly"] is not None)
    assert Decimal(after["monthly"]) <= Decimal(before["monthly"])


@same_every_time
@given(households, packs, st.decimals("0.01", "9000", places=2), st.integers(0, 4))
def test_more_income_brings_no_family_into_dibao(
    document: dict[str, Any], pack: str, more: Decimal, which: int
) -> None:
    """While the same members are 特困人员: whoever no longer is one is counted among the family again."""
    richer = copy.deepcopy(document)
    income = richer["members"][which % len(richer["members"])].setdefault("income", {})
    income["other"] = str(Decimal(income.get("other", 0)) + more)
    before, after = decide(document, pack), decide(richer, pack)
    assume(after["category"] == "DIBAO" and tekun(before) == tekun(after))
    assert before["category"] in ("DIBAO", "TEKUN", "NEEDS_LOCAL_RULE")


def tekun(result: dict[str, Any]) -> list[str]:
    return [member["person_id"] for member in result["members"] if "TEKUN" in member["categories"]]


# ---- order ----


def unordered(node: Any) -> Any:
    """Without order; the row that a missing fact is named for first is a matter of order too."""
    if isinstance(node, dict):
        return {key: unordered(value) for key, value in node.items()}
    if isinstance(node, list):
        return sorted((unordered(item) for item in node), key=lambda item: json.dumps(item, sort_keys=True))
    return node


@same_every_time
@given(households, packs, st.randoms(use_true_random=False))
def test_order_does_not_matter(document: dict[str, Any], pack: str, rng: random.Random) -> None:
    other = copy.deepcopy(document)
    for name in ("members", "supporters", "settlements"):
        rng.shuffle(other[name])
    found = [decide(one, pack) for one in (document, other)]
    for result in found:
        for entry in result["missing"]:
            entry.pop("person_id", None)
    assert unordered(found[0]) == unordered(found[1])


# ---- facts that do not count ----


def facts(tree: dict[str, Any], pack: str) -> Iterator[str]:
    """The fields that the rules of a decision's tree read."""
    from doudi.engine.rules.expression import names

    for name in names(load_pack(pack).rules[tree["rule"]].tree):
        if name in BY_NAME:
            yield name
    for child in tree["children"]:
        yield from facts(child, pack)


OTHER_VALUES: dict[str, Any] = {
    "spending.daily": "1234.00",
    "spending.illness_rigid": "39000.00",
    "spending.education_rigid": "25000.00",
    "previous.category": "DIBAO",
    "previous.monthly": "12345.00",
    "property_conforms": False,
    "property_conforms_margin": False,
    "emergency.level": "large",
    "emergency.amount": "50000.00",
    "disaster.stage": "drought",
    "house.grade": "D",
    "former_poor": True,
    "investigated": False,
    "authorised": False,
}


@same_every_time
@given(households, packs, st.sampled_from(sorted(OTHER_VALUES)))
def test_a_fact_that_a_decision_does_not_cite_does_not_change_it(
    document: dict[str, Any], pack: str, field: str
) -> None:
    """R332: the category follows from what its tree shows, and from nothing else."""
    decided = decide(document, pack, explain=True)
    column = next(column.name for column in COLUMNS if column.entity == "household" and column.field == field)
    assume(column not in set(facts(decided["tree"], pack)))
    changed = copy.deepcopy(document)
    group, _, leaf = field.rpartition(".")
    (changed.setdefault(group, {}) if group else changed)[leaf] = OTHER_VALUES[field]
    assert decide(changed, pack)["category"] == decided["category"]


@same_every_time
@given(households, packs, st.sampled_from(["name", "id_number", "sex"]))
def test_who_somebody_is_does_not_matter(document: dict[str, Any], pack: str, field: str) -> None:
    """R333: no identity decides; sex, name and number enter no rule of any pack."""
    assert field not in decided_by(load_pack(pack))
    changed = copy.deepcopy(document)
    value = {"name": "张三", "id_number": "410502198002011234", "sex": "female"}[field]
    for member in changed["members"]:
        if "birth_date" in member:  # a number would give the date of birth where none is known
            member[field] = value
            break
    assert decide(changed, pack) == decide(document, pack)


# ---- missing numbers ----


FILLED: dict[str, list[Any]] = {
    "bool": [True, False],
    "money": ["0.00", "150.00", "900.00", "30000.00"],
    "ratio": ["0.3", "0.6", "1.5"],
    "number": [1, 6, 12],
}


def named(node: Any) -> Iterator[str]:
    """Every parameter that a result names as missing."""
    if isinstance(node, dict):
        for entry in node.get("missing", ()):
            yield entry["parameter"] if isinstance(entry, dict) else entry
        for value in node.values():
            yield from named(value)
    elif isinstance(node, list):
        for item in node:
            yield from named(item)


@same_every_time
@given(households, packs, st.data())
def test_a_number_that_was_not_asked_for_changes_nothing(
    document: dict[str, Any], pack: str, data: st.DataObject
) -> None:
    """R008: a decision names every missing number that could still change it."""
    loaded = load_pack(pack)
    before = decide(document, pack)
    values = {p.name: p.at(AS_OF) for p in loaded.parameters.values() if p.kind in FILLED and p.name not in SOME}
    unset = sorted(name for name, dated in values.items() if dated is None or dated.value is None)
    name = data.draw(st.sampled_from([name for name in unset if name not in set(named(before))]))
    value = data.draw(st.sampled_from(FILLED[loaded.parameters[name].kind]))
    after = decide(document, pack, overrides={name: value})
    for key in ("category", "members", "monthly", "lines", "entitlements", "taper"):
        assert after.get(key) == before.get(key), (key, name, value)


# ---- a second computation ----


CASES = [("zhengzhou", True), ("national_guide", True), ("hubei", False), ("anyang", False)]


def random_complete(supporters: bool, count: int) -> list[dict[str, Any]]:
    rngs = ((number, random.Random(1000 + number)) for number in range(count))
    return [complete(random_household(rng, f"H{number}"), supporters=supporters) for number, rng in rngs]


def standards(pack: str) -> dict[str, Any]:
    return {name: value for name, value in STANDARDS.items() if name in load_pack(pack).parameters}


@pytest.mark.parametrize(("pack", "supporters"), CASES)
def test_the_interpreter_agrees_to_the_fen(pack: str, supporters: bool) -> None:
    """R117, R204, R280, R369: difference, single persons, 特困, supplements, taper."""
    documents = random_complete(supporters, 400)
    found = determine(documents, load_pack(pack), AS_OF, standards(pack))["households"]
    expected = [f"{Reference(document, pack).monthly:.2f}" for document in documents]
    assert [result["monthly"] for result in found] == expected
    assert sum(Decimal(amount) > 0 for amount in expected) > 100


@pytest.mark.parametrize(("pack", "supporters"), CASES)
def test_sql_agrees_to_the_fen(pack: str, supporters: bool) -> None:
    documents = random_complete(supporters, 400)
    connection = duckdb.connect()
    create_tables(connection)
    fill_tables(connection, documents, AS_OF)
    statement = statement_many(connection, load_pack(pack), AS_OF, standards=standards(pack))
    found = {key: amount for key, _, amount in connection.execute(statement).fetchall()}
    assert found == {d["household_id"]: int(Reference(d, pack).monthly * 100) for d in documents}


def test_medical_assistance_agrees_to_the_fen() -> None:
    """R285: 100, 70, 60 and 50 per cent in hospital, the highest of several; R286: 50 for outpatients."""
    documents = random_complete(False, 400)
    results = determine(documents, load_pack("hubei"), AS_OF, standards("hubei"))["households"]
    found, expected = {}, {}
    for document, result in zip(documents, results, strict=True):
        reference = Reference(document, "hubei")
        for member in document["members"]:
            for item, amount in reference.aid(member).items():
                expected[result["household_id"], member["person_id"], item] = f"{amount:.2f}"
        for entry in result["entitlements"]:
            if entry["item"] in ("inpatient_aid", "outpatient_aid"):
                key = (result["household_id"], entry["person_id"], entry["item"])
                found[key] = entry.get("amount") or entry["floor"]
    assert found == expected
    assert len(expected) > 100

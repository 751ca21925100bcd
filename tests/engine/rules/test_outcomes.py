"""What follows from a decision: entitlements by category, bounds, findings, hard stops, amended parameters."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from doudi.engine.errors import InputError
from doudi.engine.rules import Pack, check_pack, determine, load_pack, parameter_value
from doudi.engine.rules.bulk import create_tables, fill_tables, statement_many
from tests.engine.rules.examples import AS_OF, STANDARDS, couple, household, person, rural_four

FILES = {
    "pack": "title: 试验县\ncite_as: 试\nissuer: 县\ndate: 2024-01-01\nparent: national_guide\n",
    "clauses": "一: 原文。\n",
    "parameters": """
county_limit: {label: 本县小额限额, unit: 元, kind: money, by: [division], local: true, cite: 试 一}
county_switch: {label: 本县是否开展, unit: "", kind: bool, cite: 试 一}
""",
    "rules": """
is_pupil: {entity: person, label: 在本县就读, expr: student <> 'none', cite: 试 一}
wants_work: {entity: person, label: 本人愿意就业, expr: willing_to_work, cite: 试 一}
is_offered: {entity: household, label: 本县已开展, expr: county_switch, cite: 试 一}
relief_most: {entity: household, label: 本县小额救助上限, unit: 元, expr: county_limit * 1, cite: 试 一}
decider:
  entity: household
  label: 本县决定机关
  expr: case when area = 'rural' then 'township' else 'county' end
  cite: 试 一
visit_by: {entity: household, label: 本县复查截止, expr: "month_shift(check_report_date, 6)", cite: 试 一}
own_cost: {entity: person, label: 本县自付, unit: 元/年, expr: "wage / 3", cite: 试 一}
is_uninvestigated: {entity: household, label: 未经调查, expr: not investigated, cite: 试 一}
""",
    "ladder": """
entitlements:
  pupil: {entity: person, item: enrolment_travel_subsidy, for: [DIBAO, MARGIN, FANPIN], when: is_pupil, cite: 试 一}
  rent: {entity: household, item: rent_reduction, for: [DIBAO, OTHER], area: urban, cite: 试 一}
  anyone: {entity: person, item: charity_volunteering, for: [ANYONE], optional: true, cite: 试 一}
  relief: {entity: household, item: small_relief, for: [ANYONE], ceiling: relief_most, decided_by: decider, cite: 试 一}
  debtor: {entity: person, item: loan_compensation, for: [RIGID], cite: 试 一}
  worker: {entity: person, item: startup_subsidy, for: [DIBAO], when: wants_work, period: year, cite: 试 一}
  offered: {entity: person, item: day_care, for: [DIBAO], when: is_offered, cite: 试 一}
warnings:
  UNSEEN: {entity: household, when: is_uninvestigated, message: 未经调查不得审核。, blocks: true, cite: 试 一}
findings:
  county_review: {entity: household, value: visit_by, label: 复查截止, cite: 试 一}
  county_cost: {entity: person, value: own_cost, label: 自付, cite: 试 一}
""",
}
ITEMS = {
    "enrolment_travel_subsidy",
    "rent_reduction",
    "charity_volunteering",
    "small_relief",
    "loan_compensation",
    "startup_subsidy",
    "day_care",
}


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in (FILES | files).items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load_pack(write(tmp_path_factory.mktemp("packs") / "county"))


def decide(pack: Pack, document: dict[str, Any], standards: Any = STANDARDS, **options: Any) -> dict[str, Any]:
    result: dict[str, Any] = determine([document], pack, AS_OF, standards, **options)["households"][0]
    return result


def rights(result: dict[str, Any]) -> dict[tuple[str, str | None], dict[str, Any]]:
    """The county's own entitlements by item and person."""
    return {(entry["item"], entry["person_id"]): entry for entry in result["entitlements"] if entry["item"] in ITEMS}


def test_categories_flags_and_condition_name_the_person(county: Pack) -> None:
    """R004: who is named for an item: by the determined category or by a status beside it, never the neighbour."""
    pupils = [person("B", "child", born="2012-05-01", student="compulsory"), person("C", "child", born="2010-05-01")]
    poor = decide(county, household(person("A"), *pupils))
    assert ("enrolment_travel_subsidy", "B") in rights(poor)
    assert not {("enrolment_travel_subsidy", "A"), ("enrolment_travel_subsidy", "C")} & rights(poor).keys()
    pupils[0]["fanpin"] = "sudden"
    rich = decide(county, household(person("A", wage=900_000), *pupils))
    assert rich["category"] == "NOT_LOW_INCOME"
    assert ("enrolment_travel_subsidy", "B") in rights(rich)
    assert rights(poor)["enrolment_travel_subsidy", "B"] == {
        "item": "enrolment_travel_subsidy",
        "person_id": "B",
        "cite": "试 一",
    }


def test_area_and_household_categories(county: Pack) -> None:
    """A household holds what it is or what one of its members is."""
    assert ("rent_reduction", None) in rights(decide(county, couple(0)))
    assert ("rent_reduction", None) not in rights(decide(county, couple(0) | {"area": "rural"}))
    assert ("rent_reduction", None) not in rights(decide(county, couple(1600 * 12)))
    margin = rural_four() | {"area": "urban"}
    margin["members"][0]["income"]["wage"] = 900 * 4 * 12
    result = decide(county, margin)
    assert (result["category"], result["members"][2]["categories"]) == ("MARGIN", ["DIBAO"])
    assert ("rent_reduction", None) in rights(result)
    other = decide(county, household(person("A", wage=900_000, current_category="OTHER")))
    assert ("rent_reduction", None) in rights(other)


def test_anyone_is_everybody_alive(county: Pack) -> None:
    document = household(person("A", wage=900_000), person("B", "spouse", died_on="2025-02-28"))
    found = rights(decide(county, document))
    assert found["charity_volunteering", "A"]["optional"] is True
    assert ("charity_volunteering", "B") not in found


def test_ceiling_authority_and_period(county: Pack) -> None:
    found = rights(decide(county, couple(0) | {"area": "rural"}, STANDARDS | {"county_limit": "1500.5"}))
    assert found["small_relief", None] == {
        "item": "small_relief", "person_id": None, "ceiling": "1500.50", "decided_by": "township", "cite": "试 一",
    }  # fmt: skip
    waits = rights(decide(county, couple(0)))["small_relief", None]
    assert waits["missing"] == ["county_limit"]
    assert not waits.keys() & {"ceiling", "settled"}
    willing = household(person("A", willing_to_work=True))
    assert rights(decide(county, willing))["startup_subsidy", "A"]["period"] == "year"


def test_open_category_leaves_the_right_open(county: Pack) -> None:
    """R008: without the standard nobody is refused; the entry says what it waits for."""
    document = household(person("A", wage=9600, student="undergraduate"))
    entry = rights(decide(county, document, {}))["enrolment_travel_subsidy", "A"]
    assert entry["settled"] is False
    assert entry["missing"] == ["dibao_standard"]


def test_what_cannot_hold_is_not_open(county: Pack) -> None:
    """No necessary spending, no rigid spending: RIGID is out whatever the standard will be."""
    found = rights(decide(county, household(person("A", wage=9600)), {}))
    assert ("loan_compensation", "A") not in found
    heavy = household(person("A", wage=9600), spending={"illness_rigid": 30_000})
    assert rights(decide(county, heavy, {}))["loan_compensation", "A"]["settled"] is False


def test_a_switch_that_the_county_has_not_set_leaves_the_right_open(county: Pack) -> None:
    entry = rights(decide(county, couple(0)))["day_care", "A"]
    assert (entry["settled"], entry["missing"]) == (False, ["county_switch"])
    assert ("day_care", "A") not in rights(decide(county, couple(900_000)))
    on, off = ({"county_switch": value} for value in (True, False))
    assert "settled" not in rights(decide(county, couple(0), STANDARDS | on))["day_care", "A"]
    assert ("day_care", "A") not in rights(decide(county, couple(0), STANDARDS | off))


def test_an_unknown_fact_makes_no_entry(county: Pack) -> None:
    assert ("startup_subsidy", "A") not in rights(decide(county, couple(0)))
    assert ("startup_subsidy", "A") not in rights(decide(county, couple(0), {}))


def test_hard_stop(county: Pack) -> None:
    """R333: the platform must not let such a decision pass."""
    stops = decide(county, couple(0) | {"investigated": False})["warnings"]
    assert {"code": "UNSEEN", "message": "未经调查不得审核。", "cite": "试 一", "blocks": True} in stops
    for known in ({"investigated": True}, {}):
        assert "UNSEEN" not in {warning["code"] for warning in decide(county, couple(0) | known)["warnings"]}


def test_findings_stand_when_known(county: Pack) -> None:
    result = decide(county, couple(30_000) | {"check_report_date": "2024-11-20"})
    found = [entry for entry in result["findings"] if entry["finding"].startswith("county_")]
    assert found == [
        {"finding": "county_review", "person_id": None, "label": "复查截止", "value": "2025-05-01", "cite": "试 一"},
        {"finding": "county_cost", "person_id": "A", "label": "自付", "value": "10000.00", "cite": "试 一"},
        {"finding": "county_cost", "person_id": "B", "label": "自付", "value": "0.00", "cite": "试 一"},
    ]
    assert "county_review" not in {entry["finding"] for entry in decide(county, couple(0))["findings"]}


def test_compiled_rules_stand_in_trace_and_sql(county: Pack) -> None:
    """The rule made from for, area and when is one for both evaluators and for the explanation."""
    documents = [couple(0) | {"household_id": "POOR"}, couple(900_000) | {"household_id": "RICH"}]
    connection = duckdb.connect()
    create_tables(connection)
    fill_tables(connection, documents, AS_OF)
    outputs = ["entitled_rent", "family_holds_dibao", "entitled_relief"]
    statement = statement_many(connection, county, AS_OF, standards=STANDARDS, outputs=outputs)
    assert sorted(connection.execute(statement).fetchall()) == [
        ("POOR", True, True, True),
        ("RICH", False, False, True),
    ]
    rule = county.rules["entitled_pupil"]
    assert (rule.label, rule.cite, rule.entity) == ("可享新生入学路费资助", "试 一", "person")


@pytest.mark.parametrize(
    ("ladder", "message"),
    [
        ("x: {entity: person, item: enrolment_travel_subsidy, cite: 试 一}", "x: needs for or when"),
        ("x: {entity: person, item: nothing, for: [DIBAO], cite: 试 一}", "x: item nothing is not in the catalogue"),
        ("x: {entity: person, item: visiting, for: [POOR], cite: 试 一}", "x: for may hold DIBAO, TEKUN"),
        ("x: {entity: person, item: visiting, for: [], cite: 试 一}", "x: needs for or when"),
        ("x: {entity: person, item: visiting, for: [ANYONE, DIBAO], cite: 试 一}", "x: for may hold DIBAO, TEKUN"),
        ("x: {entity: person, item: visiting, for: DIBAO, cite: 试 一}", "x: for must be a list"),
        ("x: {entity: supporter, item: visiting, for: [DIBAO], cite: 试 一}", "x: only a person or a household holds"),
        ("x: {entity: person, item: visiting, for: [DIBAO], area: city, cite: 试 一}", "x: area must be one of urban"),
        ("x: {entity: person, item: visiting, for: [DIBAO], optional: 1, cite: 试 一}", "x: optional must be true or"),
        ("x: null", "x is removed, but no parent has it"),
        ("x: {entity: person, item: visiting, for: [DIBAO]}", "x has no citation"),
        ("x: {entity: person, item: visiting, for: [DIBAO], when: nothing, cite: 试 一}", "the ladder names nothing"),
        (
            "x: {entity: person, item: visiting, when: is_offered, cite: 试 一}",
            "the ladder needs is_offered for each p",
        ),
        ("x: {entity: household, item: visiting, when: decider, cite: 试 一}", "the ladder needs bool of decider, wh"),
        (
            "x: {entity: household, item: visiting, for: [DIBAO], decided_by: is_offered, cite: 试 一}",
            "the ladder needs text of is_offered",
        ),
        (
            "x: {entity: household, item: visiting, for: [DIBAO], floor: relief_most, ceiling: a, cite: 试 一}",
            "x: give one of amount, floor and ceiling",
        ),
        ("x: {entity: person, item: visiting, for: [DIBAO], blocks: true, cite: 试 一}", "x: needs entity, and only"),
    ],
)
def test_unsound_entitlement_is_refused_with_its_line(tmp_path: Path, ladder: str, message: str) -> None:
    text = FILES["ladder"].replace("entitlements:\n", f"entitlements:\n  {ladder}\n")
    _, problems = check_pack(write(tmp_path / "county", ladder=text))
    assert problems[0].message.startswith(message)
    assert problems[0].where.endswith("ladder.yaml:3")


def test_amendments_count_above_the_document_and_below_an_override() -> None:
    """R302: pack, then standards where the pack leaves room, then published amendments, then --set."""
    pack = load_pack("anyang")
    amended = {"rigid_ratio": {"410502": [{"from": dt.date(2025, 2, 1), "value": Decimal("0.6")}]}}
    there, before = {"division": "410502001", "as_of": AS_OF}, dt.date(2025, 1, 31)
    assert parameter_value(pack, "rigid_ratio", **there) == Decimal("0.5")
    assert parameter_value(pack, "rigid_ratio", **there, standards=amended) == Decimal("0.5")
    assert parameter_value(pack, "rigid_ratio", **there, amendments=amended) == Decimal("0.6")
    assert parameter_value(pack, "rigid_ratio", before, division="410502", amendments=amended) == Decimal("0.5")
    assert parameter_value(pack, "rigid_ratio", AS_OF, division="410100", amendments=amended) == Decimal("0.5")
    forced = {"rigid_ratio": Decimal("0.7")}
    assert parameter_value(pack, "rigid_ratio", **there, amendments=amended, overrides=forced) == Decimal("0.7")
    local = {"dibao_standard": 800}
    assert parameter_value(pack, "dibao_standard", AS_OF, local, amendments={"dibao_standard": 820}) == 820


def test_amendment_decides_one_and_many_alike() -> None:
    pack, document = load_pack("anyang"), couple(1600 * 12)
    widened = {"margin_multiplier": {"urban": 2}}
    document["members"][0]["income"]["wage"] = 1300 * 2 * 12
    assert decide(pack, document)["category"] != "MARGIN"
    result = determine([document], pack, AS_OF, STANDARDS, amendments=widened)
    assert result["households"][0]["category"] == "MARGIN"
    assert "warnings" not in result
    connection = duckdb.connect()
    create_tables(connection)
    fill_tables(connection, [document], AS_OF)
    statement = statement_many(connection, pack, AS_OF, standards=STANDARDS, amendments=widened, outputs=["category"])
    assert connection.execute(statement).fetchall() == [("H", "MARGIN")]


def test_amendment_that_cannot_be_read() -> None:
    with pytest.raises(InputError) as raised:
        determine([couple(0)], load_pack("anyang"), AS_OF, amendments={"margin_multiplier": "many"})
    assert raised.value.where == "amendments: margin_multiplier"
    with pytest.raises(InputError, match="nothing is not a parameter of anyang"):
        determine([couple(0)], load_pack("anyang"), AS_OF, amendments={"nothing": 1})

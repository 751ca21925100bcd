"""The county in memory: the same for a seed, people that could exist, categories that their figures bear out."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from doudi.engine.errors import InputError
from doudi.engine.identity import check_id_number
from doudi.engine.rules.decide import determine
from doudi.engine.rules.loader import load_pack
from doudi.engine.synth import County, Village, make_county, places, villages_of
from doudi.engine.synth.context import DIBAO_STANDARD, WORKPLACES
from doudi.engine.synth.model import Household, Member
from doudi.engine.synth.months import add_months, shift, years_before
from tests.engine.synth.conftest import HOUSEHOLDS, PERIOD, SEED


def ordinary(county: County) -> list[Household]:
    return [home for home in county.households if home.head.person_no not in county.special]


def test_same_arguments_same_county(county: County) -> None:
    assert make_county(HOUSEHOLDS, SEED, PERIOD) == county


def test_another_seed_another_county(county: County) -> None:
    other = make_county(HOUSEHOLDS, SEED + 1, PERIOD)
    assert other.token_key != county.token_key
    assert {person.id_number for person in other.persons()} != {person.id_number for person in county.persons()}


def test_id_numbers_are_valid_unique_and_fit_the_person(county: County) -> None:
    people = [*county.persons(), *county.strangers]
    checked = [check_id_number(person.id_number) for person in people]
    assert [(found.number, found.birth_date, found.sex) for found in checked] == [
        (person.id_number, person.birth_date, person.sex) for person in people
    ]
    assert len({person.id_number for person in people}) == len(people)


def test_most_are_born_here_and_some_are_not(county: County) -> None:
    prefixes = Counter(person.id_number[:6] == county.code for person in county.persons())
    assert 0.8 < prefixes[True] / prefixes.total() < 0.95


def test_nobody_can_be_called(county: County) -> None:
    phones = [person.phone for person in county.persons() if person.phone]
    assert all(len(phone) == 11 and phone[3:7] == "0000" for phone in phones)


@pytest.mark.slow
def test_shares_and_size_of_a_whole_county() -> None:
    county = make_county(7500, 1, "2025-10")
    people = Counter(home.category or home.register for home in ordinary(county) for _ in home.members)
    shares = {category: number / people.total() for category, number in people.items()}
    assert len(county.households) == 7500
    usual = [len(home.members) for home in ordinary(county)]  # recipes like small families
    assert sum(usual) / len(usual) == pytest.approx(2.7, abs=0.05)
    assert shares["DIBAO"] == pytest.approx(0.61, abs=0.03)
    assert shares["TEKUN"] == pytest.approx(0.07, abs=0.01)
    assert shares["MARGIN"] == pytest.approx(0.09, abs=0.02)
    assert shares["RIGID"] == pytest.approx(0.03, abs=0.01)
    flagged = sum(member.fanpin is not None for home in ordinary(county) for member in home.members)
    assert flagged / people.total() == pytest.approx(0.05, abs=0.01)


def document(home: Household, county: County) -> dict[str, object]:
    """The household document that ``determine`` reads."""

    def person(member: Member) -> dict[str, object]:
        known = member.person
        return {
            "person_id": str(known.person_no),
            "relation": member.relation,
            "birth_date": f"{known.birth_date}",
            "income": {
                "wage": yuan(known.wage),
                "business_net": yuan(known.business_net),
                "property_net": yuan(known.property_net),
                "transfer_net": yuan(known.transfer_net),
                "other": yuan(known.other_income),
            },
            "employed": known.employed,
            "workplace_area": "urban",
            "workplace_division": known.workplace_division or county.code,
            "serious_illness": known.serious_illness,
            "labour_ability": known.labour_ability,
            "self_care_failed_items": known.self_care_failed_items,
            "has_legal_supporter": known.has_legal_supporter,
            **({"student": known.student} if known.student else {}),
            **({"current_category": member.category} if member.category else {}),
            **(
                {"disability": {"type": known.disability_type, "grade": known.disability_grade}}
                if known.disability_grade
                else {}
            ),
        }

    return {
        "household_id": home.household_no,
        "area": home.area,
        "division": county.code,
        "property_conforms": home.assets.conforms,
        "members": [person(member) for member in home.members],
        "shared_income": {"property_net": yuan(home.shared_income)},
        "spending": {
            "illness_rigid": yuan(home.spending.illness_rigid),
            "disability_rigid": yuan(home.spending.disability_rigid),
            "education_rigid": yuan(home.spending.education_rigid),
        },
    }


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def test_categories_and_benefits_are_those_of_the_pack(county: County) -> None:
    """The rule engine comes to the county's categories and monthly amounts: difference rule, 单人保, 特困."""
    standards = {
        "dibao_standard": {
            county.code: dict(DIBAO_STANDARD),
            **{code: {"urban": urban, "rural": rural} for code, (urban, rural) in WORKPLACES.items()},
        },
        "tekun_basic_standard": {"urban": 1040, "rural": 780},
        "disposable_income": 36000,
        "insurance_contribution": 400,
    }
    homes = ordinary(county)
    decided = determine([document(home, county) for home in homes], load_pack("anyang"), date(2025, 10, 31), standards)
    got = {found["household_id"]: (found["category"], found["monthly"]) for found in decided["households"]}
    assert got == {home.household_no: (home.category or "NOT_LOW_INCOME", yuan(home.monthly_benefit)) for home in homes}


def test_whole_family_is_covered_except_the_single_person_route(county: County) -> None:
    routes = Counter(
        (home.category, member.category, member.route) for home in ordinary(county) for member in home.members
    )
    assert set(routes) == {
        ("DIBAO", "DIBAO", "whole_household"),
        ("DIBAO", "DIBAO", "single_household"),
        ("TEKUN", "TEKUN", "tekun"),
        ("MARGIN", "MARGIN", None),
        ("MARGIN", "DIBAO", "single_person"),
        ("RIGID", "RIGID", None),
        ("OTHER", "OTHER", None),
        (None, None, None),
    }


def test_benefits_are_paid_by_the_tenth(county: County) -> None:
    lines = [line for home in ordinary(county) for line in home.payments if line.period == "2025-10"]
    assert lines
    assert {line.result for line in lines} == {"paid"}
    assert max(line.paid_on for line in lines) <= date(2025, 10, 10)
    assert {line.period for home in county.households for line in home.payments} == {
        shift("2025-10", -back) for back in range(7)
    }


def test_history_ends_in_the_present_category(county: County) -> None:
    homes = [home for home in county.households if home.history]
    assert len(homes) == len(county.households)
    assert all(home.history[-1].after == home.category for home in homes)
    assert all(home.history == sorted(home.history, key=lambda change: change.on) for home in homes)


def test_the_divisions_file_gives_real_villages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        "code,name,level,parent_code",
        "410522,某县,3,4105",
        "410522100,某镇,4,410522",
        "410522100201,东村村委会,5,410522100",
        "410522100001,和平社区居委会,5,410522100",
        "410523100201,别县村委会,5,410523100",
    ]
    with gzip.open(tmp_path / "divisions.csv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    monkeypatch.setattr(places.resources, "files", lambda package: tmp_path)
    assert villages_of("410522") == (
        "某县",
        [
            Village("410522100201", "东村村委会", "410522100000", "某镇", "rural"),
            Village("410522100001", "和平社区居委会", "410522100000", "某镇", "urban"),
        ],
    )
    with pytest.raises(InputError, match="no village of county 410599"):
        villages_of("410599")


def test_given_villages_are_used() -> None:
    villages = [Village("410522100201", "东村村民委员会", "410522100000", "某镇", "rural")]
    county = make_county(30, 1, "2025-10", divisions=villages, county_name="某县")
    assert {home.village.code for home in county.households} == {"410522100201"}
    assert all(home.address.startswith("某县某镇东村") for home in county.households)


@pytest.mark.parametrize("households", [1, 2, 30, 199])
def test_small_counties_have_exactly_their_households(households: int) -> None:
    assert len(make_county(households, 5, "2025-10").households) == households


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"households": 0}, "--households"),
        ({"period": "2025-13"}, "--period"),
        ({"period": "2025-1"}, "--period"),
        ({"periods": 1}, "--periods"),
        ({"periods": 25}, "--periods"),
        ({"county": "4105"}, "--county"),
    ],
)
def test_impossible_arguments_are_refused(options: dict[str, object], where: str) -> None:
    arguments: dict[str, object] = {"households": 10, "seed": 1, "period": "2025-10", **options}
    with pytest.raises(InputError) as refused:
        make_county(**arguments)  # type: ignore[arg-type]
    assert refused.value.where == where


def test_months_end_where_the_calendar_ends_them() -> None:
    assert add_months(date(2025, 5, 31), -3) == date(2025, 2, 28)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert years_before(date(2025, 10, 1), 70) == date(1955, 10, 1)

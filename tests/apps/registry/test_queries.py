"""Scope, search and masking of the registry's reads."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from doudi.apps.base.errors import NotFound, Refused
from doudi.apps.registry import queries, services
from doudi.apps.registry.models import Disability, Employment, Health, Income, Study
from doudi.apps.registry.queries import HouseholdFilters
from tests import factories as f

pytestmark = pytest.mark.django_db


def ids(page):
    return [row.pk for row in page.rows]


@pytest.fixture
def family():
    head = f.make_person("张大山", birth=dt.date(1960, 3, 4), phone="13912345678")
    wife = f.make_person("王小花", birth=dt.date(1962, 5, 6), sex="female")
    return f.make_household(f.VILLAGE_A, members=[("head", head), ("spouse", wife)], category="DIBAO", income=12000)


@pytest.mark.parametrize(
    ("role", "division", "sees"),
    [
        ("TOWN_CLERK", f.TOWN_A, True),
        ("TOWN_CLERK", f.TOWN_B, False),
        ("CNTY_REVIEW", f.COUNTY, True),
        ("CNTY_REVIEW", f.OTHER_COUNTY, False),
        ("CITY_CA", f.CITY, True),
        ("VIL_ASSIST", f.VILLAGE_A, False),
    ],
)
def test_list_shows_only_what_lies_in_scope(family, role, division, sees):
    f.make_household(f.OTHER_VILLAGE)
    actor = f.make_user(role, division)
    page = queries.household_list(actor, HouseholdFilters(name="张大"))
    assert ids(page) == ([family.pk] if sees else [])
    assert page.count == (1 if sees else 0)


@pytest.mark.parametrize("role", ["SYS_ADMIN", "SEC_ADMIN", "POLICY_ADMIN", "CNTY_DATA", "DEPT_MED"])
def test_list_is_refused_to_roles_without_it(family, role):
    with pytest.raises(Refused):
        queries.household_list(f.make_user(role))


def test_user_without_grants_sees_nothing(family):
    actor = f.make_user("TOWN_CLERK", f.TOWN_A)
    actor.role_grants.all().delete()
    with pytest.raises(Refused):
        queries.household_list(actor)
    with pytest.raises(Refused):
        queries.household_get(actor, family.pk)
    assert queries.search(actor, family.household_no) == []


@pytest.mark.parametrize(
    "read",
    [
        lambda actor, family: queries.household_get(actor, family.pk),
        lambda actor, family: queries.household_by_no(actor, family.household_no),
        lambda actor, family: queries.person_get(actor, family.head_id),
    ],
)
def test_household_outside_scope_looks_absent(family, read):
    with pytest.raises(NotFound):
        read(f.make_user("TOWN_CLERK", f.TOWN_B), family)


@pytest.mark.parametrize(
    "filters",
    [
        {"name": "张"},
        {"name": "张大山"},
        {"name": "王小花"},
        {"category": "DIBAO"},
        {"register": "ACTIVE"},
        {"area": "rural"},
        {"division": f.TOWN_A},
        {"division": f.VILLAGE_A},
        {"name": "王小", "category": "DIBAO", "division": f.VILLAGE_A},
    ],
)
def test_filters_find_the_family_and_nobody_else(family, filters):
    f.make_household(f.VILLAGE_B, area="urban", register="WATCH")
    page = queries.household_list(f.make_user("CNTY_REVIEW"), HouseholdFilters(**filters))
    assert ids(page) == [family.pk]


def test_numbers_find_the_family_through_tokens(family):
    f.make_household(f.VILLAGE_A)
    actor, number = f.make_user("CNTY_REVIEW"), family.head.id_number
    assert ids(queries.household_list(actor, HouseholdFilters(id_number=number.lower()))) == [family.pk]
    assert ids(queries.household_list(actor, HouseholdFilters(id_last6=number[-6:]))) == [family.pk]
    assert ids(queries.household_list(actor, HouseholdFilters(household_no=family.household_no))) == [family.pk]
    assert ids(queries.household_list(actor, HouseholdFilters(id_number="not a number"))) == []


@pytest.mark.parametrize("text", ["张大", "household_no", "last6", "number"])
def test_global_search_finds_by_name_last_six_number_and_household(family, text):
    words = {
        "household_no": family.household_no,
        "last6": family.head.id_number[-6:],
        "number": family.head.id_number,
    }
    text = words.get(text, text)
    assert family.pk in [h.pk for h in queries.search(f.make_user("TOWN_CLERK", f.TOWN_A), text)]
    assert queries.search(f.make_user("TOWN_CLERK", f.TOWN_B), text) == []


def test_keyset_pages_cover_everything_once():
    made = [f.make_household(f.VILLAGE_A).pk for _ in range(7)]
    actor, seen, cursor = f.make_user("TOWN_CLERK", f.TOWN_A), [], None
    while True:
        page = queries.household_list(actor, cursor=cursor, size=3)
        seen += ids(page)
        cursor = page.next
        if cursor is None:
            break
    assert seen == made
    assert page.count == 7
    assert page.previous is not None


@pytest.fixture
def known(family):
    """The family with a disease, a card, a course of study and an income on record."""
    common = {"actor": None, "subject_id": family.head_id, "source": "verified", "as_of": dt.date(2024, 2, 1)}
    services.fact_record(fact=Health, disease="慢性肾衰竭", serious_illness=True, **common)
    services.fact_record(fact=Disability, kind="physical", grade=2, card_no="41052219600304001042", **common)
    services.fact_record(fact=Study, stage="undergraduate", **common)
    services.fact_record(fact=Employment, employed=True, **common)
    return family


# role → (full names, disease, disability, study, employment, income)
SIGHT = {
    "CNTY_REVIEW": (True, "慢性肾衰竭", "肢体二级", "本专科", "就业", Decimal(12000)),
    "CITY_CA": (True, "重特大疾病", "肢体二级", "本专科", "就业", Decimal(12000)),
    "VIL_ASSIST": (True, "重特大疾病", "肢体二级", "本专科", "就业", None),
    "DEPT_MED": (False, "慢性肾衰竭", "", "", "", None),
    "DEPT_DPF": (False, "", "肢体二级", "", "", None),
    "DEPT_EDU": (False, "", "", "本专科", "", None),
    "DEPT_HRSS": (False, "", "", "", "就业", None),
    "DEPT_EMERG": (False, "", "", "", "", None),
}
DIVISIONS = {"CITY_CA": f.CITY, "VIL_ASSIST": f.VILLAGE_A}


def granted(role, household):
    """An actor of the role to whom the household is open, by division, task or referral."""
    actor = f.make_user(role, DIVISIONS.get(role, f.COUNTY), department=role.removeprefix("DEPT_"))
    to = {"unit": actor.unit} if role.startswith("DEPT_") else {"user": actor}
    services.grant_open(actor=None, household_id=household.pk, ref=f"test:{role}", purpose="test", **to)
    return actor


@pytest.mark.parametrize("role", SIGHT)
def test_each_role_sees_the_fields_of_its_purpose_only(known, role):
    actor = granted(role, known)
    head = queries.household_members(actor, queries.household_get(actor, known.pk))[0]
    names, illness, disability, study, employment, income = SIGHT[role]
    assert head.name == ("张大山" if names else "张**")
    assert (head.illness, head.disability, head.study, head.employment) == (illness, disability, study, employment)
    assert head.income_year == income
    assert head.id_number == known.head.id_number[:6] + "********" + known.head.id_number[-4:]
    assert head.phone in ("139****5678", "")


def test_department_sees_no_address_and_no_money(known):
    known.address, known.monthly_benefit = "三组 12 号", Decimal(500)
    known.save()
    row = queries.shown(granted("DEPT_MED", known), known)
    assert (row.head_name, row.address, row.monthly_benefit, row.village) == ("张**", "", None, "甲一村")


def test_grants_open_one_household_to_its_task_and_close_with_it(family):
    other = f.make_household(f.VILLAGE_A)
    actor = granted("VIL_ASSIST", family)
    assert ids(queries.household_list(actor)) == [family.pk]
    with pytest.raises(NotFound):
        queries.household_get(actor, other.pk)
    assert services.grant_close(ref="test:VIL_ASSIST")
    with pytest.raises(NotFound):
        queries.household_get(actor, family.pk)


def test_latest_fact_wins_and_earlier_dates_stay_answerable(family):
    common = {"actor": None, "fact": Income, "subject_id": family.head_id, "source": "verified"}
    services.fact_record(wage=Decimal(20000), as_of=dt.date(2024, 6, 1), **common)
    services.fact_record(wage=Decimal(5000), as_of=dt.date(2024, 3, 1), **common)
    assert queries.latest_facts(Income, [family.head_id])[family.head_id].wage == 20000
    assert queries.latest_facts(Income, [family.head_id], as_of=dt.date(2024, 5, 31))[family.head_id].wage == 5000
    assert queries.latest_facts(Income, [family.head_id], as_of=dt.date(2024, 2, 1))[family.head_id].wage == 12000


@pytest.mark.parametrize("size", [1, 6])
def test_members_cost_the_same_for_any_family(django_assert_num_queries, size):
    members = [("head", f.make_person("甲"))] + [("child", f.make_person(f"子{i}")) for i in range(size)]
    household, actor = f.make_household(members=members), f.make_user("CNTY_REVIEW")
    queries.household_list(actor)
    with django_assert_num_queries(7):
        assert len(queries.household_members(actor, household)) == size + 1

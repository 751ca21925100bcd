"""The item catalogue and what households received."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from doudi.apps.accounts.roles import DEPARTMENTS
from doudi.apps.assistance import queries, services
from doudi.apps.assistance.items import item, item_name, items, items_of
from doudi.apps.assistance.models import AssistanceRecord
from doudi.apps.base.errors import Invalid
from doudi.apps.chain.models import ChainEvent
from doudi.apps.registry.models import Category
from doudi.engine.rules import pack_names
from tests.factories import COUNTY, TOWN_B, make_household, make_unit, make_user

TODAY = dt.date(2024, 5, 6)


def test_the_catalogue_names_known_departments_categories_and_packs():
    catalogue = items()
    assert len(catalogue) == 73
    assert {department for one in catalogue.values() for department in one.departments} <= set(DEPARTMENTS)
    assert {target for one in catalogue.values() for target in one.targets} <= set(Category.values)
    assert {pack for one in catalogue.values() for pack in one.named_in} <= set(pack_names())


def test_items_of_a_department_begin_with_those_that_the_document_names():
    named = [("qingyang" in one.named_in) for one in items_of("DPF", pack="qingyang")]
    assert named == sorted(named, reverse=True)
    assert {one.code for one in items_of("MED")} == {"M01", "M02", "M03", "M04", "M05"}


def test_an_unknown_item_is_refused():
    with pytest.raises(Invalid):
        item("Z9")
    assert item_name("Z9") == "Z9"


@pytest.fixture
def household(db):
    return make_household(category="DIBAO")


def record(household, **values):
    unit = make_unit(COUNTY, "MED", "县医疗保障局")
    arguments = {"item": "M03", "unit_id": unit.pk, "given_on": TODAY, "amount": Decimal("1200.50"), **values}
    return services.record(
        actor=make_user("DEPT_MED", department="MED", unit=unit), household_id=household.pk, **arguments
    )


def test_a_record_is_on_the_chain_with_its_figures(household):
    """R015, R385: what departments give is returned and completes the household's chain."""
    record(household, ref="referral:1", note="一次性救助")
    event = ChainEvent.objects.get()
    assert (event.kind, event.title) == ("ASSISTANCE", "县医疗保障局给予住院医疗救助 1,200.50 元")
    assert event.body["金额（元）"] == "1200.50"


def test_one_reference_is_one_record(household):
    first = record(household, ref="referral:1")
    assert record(household, ref="referral:1", amount=Decimal(9)).pk == first.pk
    assert (AssistanceRecord.objects.count(), ChainEvent.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"item": "X"}, "item"),
        ({"amount": Decimal("-0.01")}, "amount"),
        ({"amount": Decimal("1e12")}, "amount"),
        ({"given_on": dt.date(2999, 1, 1)}, "given_on"),
    ],
)
def test_what_a_record_must_say(household, values, where):
    with pytest.raises(Invalid) as refused:
        record(household, **values)
    assert refused.value.where == where
    assert not AssistanceRecord.objects.exists()
    assert not ChainEvent.objects.exists()


def test_who_sees_what_a_household_received(household):
    record(household)
    assert queries.received(actor=make_user("CNTY_REVIEW"), household_id=household.pk).count() == 1
    assert queries.received(actor=make_user("TOWN_CLERK", TOWN_B), household_id=household.pk).count() == 0
    assert queries.received(actor=make_user("SYS_ADMIN"), household_id=household.pk).count() == 0

"""From its date every page reckons with a published number: monitoring, its reasons, handling, exits, the register."""

from __future__ import annotations

import datetime as dt

import pytest

from doudi.apps.casework.policy import switches_for
from doudi.apps.determination import services as determination
from doudi.apps.monitoring.queries.basis import Place, limits
from doudi.apps.registry import queries as registry
from doudi.apps.registry.snapshot import export_snapshot
from doudi.engine.indicators import load_indicators
from doudi.engine.indicators.source import source_of
from tests import factories as f
from tests.apps.policy.builders import PAPER, publish, standards

pytestmark = pytest.mark.django_db


def value(folder, name, area="rural", on=dt.date(2025, 3, 31)):
    return source_of("anyang", None, folder, on).value(name, as_of=on, division="410522", area=area)


def test_the_snapshot_that_monitoring_reads_holds_it(drafter, lead, tmp_path):
    standards()
    publish(drafter, lead)
    publish(drafter, lead, parameter="margin_multiplier", area="", value="2")
    march = export_snapshot(f.COUNTY, "2025-03", tmp_path / "march")
    assert (value(march, "dibao_standard"), value(march, "dibao_standard", "urban")) == (660, 800)
    assert value(march, "margin_multiplier") == 2
    february = export_snapshot(f.COUNTY, "2025-02", tmp_path / "february")
    assert value(february, "dibao_standard", on=dt.date(2025, 2, 28)) == 600
    assert value(february, "margin_multiplier", on=dt.date(2025, 2, 28)) == 1.5


def test_the_snapshot_tells_both_areas_from_one(drafter, lead, tmp_path):
    """A number for both areas and a later one for one of them stand side by side."""
    standards(dibao_standard=600, disposable_income=36000)
    publish(drafter, lead)
    march = export_snapshot(f.COUNTY, "2025-03", tmp_path / "march")
    assert (value(march, "dibao_standard"), value(march, "dibao_standard", "urban")) == (660, 600)


def test_reasons_of_alerts_name_it_and_its_paper(drafter, lead):
    standards()
    publish(drafter, lead)
    indicator = next(one for one in load_indicators().values() if "dibao_standard" in one.parameters and one.parameters)
    found = limits(indicator, Place.of("anyang", "2025-03", f.COUNTY))
    shown = next(limit for limit in found if "660" in limit.text)
    assert (shown.origin, shown.cite) == ("local", PAPER)


def test_handling_follows_it(drafter, lead):
    """R303: who decides may be delegated by the locality."""
    assert switches_for(f.VILLAGE_A).deciding_role == "TOWN_HEAD"
    publish(drafter, lead, parameter="determining_authority", area="", value="county")
    assert switches_for(f.VILLAGE_A).deciding_role == "CNTY_LEAD"


def test_exits_follow_it(drafter, lead):
    household = f.make_household(f.VILLAGE_A)
    assert determination.exit_register(household, dt.date(2025, 3, 31)) == ("RETAINED", None)
    publish(drafter, lead, parameter="retain_exited_months", area="", value="24")
    assert determination.exit_register(household, dt.date(2025, 3, 31)) == ("RETAINED", dt.date(2027, 3, 31))


def test_documents_of_a_county_are_those_of_its_households():
    """The trial reckons with the very document that a decision would."""
    person = f.make_person("李氏", birth=dt.date(1952, 6, 1))
    households = [
        f.make_household(f.VILLAGE_A, income=1200, category="DIBAO"),
        f.make_household(f.VILLAGE_B, members=[("head", person), ("child", f.make_person("张小"))], income=90000),
        f.make_household(f.OTHER_VILLAGE),
        f.make_household(f.VILLAGE_A, register="ARCHIVED"),
    ]
    day = dt.date(2025, 3, 12)
    found = dict(registry.registered_documents_for_system(f.COUNTY, day))
    assert found == {
        household.pk: registry.household_document_for_system(household.pk, day) for household in households[:2]
    }
    assert registry.registered_count_for_system(f.COUNTY) == 2

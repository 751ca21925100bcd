"""Which pack and which local numbers apply in a division on a day."""

from __future__ import annotations

import datetime as dt

import pytest

from doudi.apps.base.errors import Conflict, Invalid, Refused
from doudi.apps.policy import queries
from doudi.apps.policy.models import LocalStandard
from doudi.apps.policy.services import StandardRow, standards_import
from tests import factories as f

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 3, 1)
START = dt.date(2024, 1, 1)


def standards(county=f.COUNTY, **values):
    """Sample standards of a county: {name: value or {area: value}}."""
    rows = [
        StandardRow(name, county, area, START, number)
        for name, value in values.items()
        for area, number in (value.items() if isinstance(value, dict) else [("", value)])
    ]
    return standards_import(actor=None, rows=rows, is_sample=True)


class TestPacksAndStandards:
    @pytest.mark.parametrize(
        ("division", "pack"),
        [
            ("410522000000", "anyang"),
            ("410105", "zhengzhou"),
            ("621002", "qingyang"),
            ("420106", "hubei"),
            ("110101", "national_guide"),
        ],
    )
    def test_longest_prefix_names_the_pack(self, division, pack):
        assert queries.pack_for(division) == pack

    def test_county_before_city_before_province(self):
        standards(f.COUNTY, dibao_standard={"urban": 800})
        standards(f.CITY, dibao_standard={"urban": 750, "rural": 580}, disposable_income=35000)
        standards("410000000000", dibao_standard={"rural": 500}, insurance_contribution=400)
        assert queries.standards_for(f.COUNTY, DAY) == {
            "dibao_standard": {"rural": 580, "urban": 800},
            "disposable_income": 35000,
            "insurance_contribution": 400,
        }

    def test_value_in_force_on_the_day(self):
        standards(disposable_income=36000)
        rows = [StandardRow("disposable_income", f.COUNTY, "", dt.date(2025, 7, 1), 38000)]
        standards_import(actor=None, rows=rows, is_sample=True)
        assert queries.standards_for(f.COUNTY, DAY) == {"disposable_income": 36000}
        assert queries.standards_for(f.COUNTY, dt.date(2025, 7, 1)) == {"disposable_income": 38000}
        assert queries.standards_for(f.COUNTY, dt.date(2023, 1, 1)) == {}

    def test_workplaces_are_keyed_by_division(self):
        standards(dibao_standard={"urban": 800})
        standards("310115000000", dibao_standard={"urban": 1595})
        assert queries.standards_for(f.COUNTY, DAY, also=["310115", ""]) == {
            "dibao_standard": {"310115": {"urban": 1595}, "410522": {"urban": 800}}
        }

    def test_importing_twice_is_once_and_rewriting_is_refused(self):
        assert standards(disposable_income=36000) == 1
        assert standards(disposable_income=36000) == 0
        with pytest.raises(Conflict):
            standards(disposable_income=40000)
        assert LocalStandard.objects.get().value == 36000

    def test_real_standard_needs_its_document(self):
        rows = [StandardRow("disposable_income", f.COUNTY, "", START, 36000)]
        with pytest.raises(Invalid):
            standards_import(actor=f.make_user("POLICY_ADMIN"), rows=rows)
        with pytest.raises(Refused):
            standards_import(actor=f.make_user("CNTY_LEAD"), rows=rows, document="安民〔2024〕1号")
        assert LocalStandard.objects.count() == 0

"""Standards, families and changes for the tests of policy."""

from __future__ import annotations

import datetime as dt
from typing import Any

from doudi.apps.policy import services
from doudi.apps.policy.models import ParameterChange
from doudi.apps.policy.services import StandardRow, standards_import
from tests import factories as f

START = dt.date(2024, 6, 1)
PAPER = "安县民〔2025〕7号"


def standards(county: str = f.COUNTY, since: dt.date = START, **values: Any) -> int:
    """Standards of a county: {name: value or {area: value}}; without values a county that can decide 低保."""
    values = values or {"dibao_standard": {"urban": 800, "rural": 600}, "disposable_income": 36000}
    rows = [
        StandardRow(name, county, area, since, number)
        for name, value in values.items()
        for area, number in (value.items() if isinstance(value, dict) else [("", value)])
    ]
    return standards_import(actor=None, rows=rows, is_sample=True)


def draft(actor: Any, **fields: Any) -> ParameterChange:
    """A rise of the rural 低保 standard to 660 from March 2025."""
    return services.change_draft(
        **{
            "actor": actor,
            "division": f.COUNTY,
            "parameter": "dibao_standard",
            "area": "rural",
            "value": "660",
            "valid_from": dt.date(2025, 3, 1),
            "document": PAPER,
            "reason": "按年度提标",
            **fields,
        }
    )


def try_out(actor: Any, change: ParameterChange) -> ParameterChange:
    """The change after its trial on the register."""
    simulation = services.trial_request(actor=actor, change_id=change.pk, version=change.version)
    services.simulation_execute(simulation_id=simulation.pk)
    change.refresh_from_db()
    return change


def publish(drafter: Any, publisher: Any, **fields: Any) -> ParameterChange:
    """Drafted by one, tried and published by another."""
    change = try_out(publisher, draft(drafter, **fields))
    return services.change_publish(actor=publisher, change_id=change.pk, version=change.version)

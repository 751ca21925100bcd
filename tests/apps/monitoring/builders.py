"""Alerts for tests."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from doudi.apps.base import clock
from doudi.apps.monitoring.models import Alert
from doudi.apps.registry.models import Household
from tests.factories import VILLAGE_A, make_household

_numbers = itertools.count(1)


def make_alert(village: str = VILLAGE_A, *, household: Household | None = None, **fields: Any) -> Alert:
    """An open alert of a (new) household, about its head unless ``person=None``."""
    household = household or make_household(village, category="DIBAO")
    indicator = fields.pop("indicator", "NHD-01")
    values: dict[str, Any] = {
        "alert_no": f"YJ-202503-{next(_numbers):06d}",
        "indicator": indicator,
        "alert_class": indicator[:3],
        "severity": "orange",
        "household": household,
        "person": household.head,
        "subject_name": household.head_name,
        "state": "NEW",
        "pack": "anyang",
        "indicator_version": "sha256:test",
        "period": "2025-03",
        "first_period": "2025-03",
        "measures": {},
        "explanation": "近12个月政策范围内自付费用较高",
        "created_at": clock.now(),
        "due_on": clock.today() + dt.timedelta(days=7),
        **{name: getattr(household, name) for name in _LEVELS},
    }
    values |= fields
    if values["state"] == "CLOSED":
        values.setdefault("closed_at", clock.now())
    return Alert.objects.create(**values)


_LEVELS = ("province_code", "city_code", "county_code", "township_code", "village_code")

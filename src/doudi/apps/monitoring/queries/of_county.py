"""A county's alerts without an actor, for jobs of higher apps."""

from __future__ import annotations

import datetime as dt
from typing import Any

from doudi.apps.base.scoped import level_codes
from doudi.apps.monitoring.models import Alert


def alerts_since_for_system(
    county_code: str, indicator: str, since: dt.date
) -> list[tuple[int, int | None, dict[str, Any]]]:
    """[(household id, person id or None, measures)] of an indicator's alerts opened on ``since`` or later."""
    rows = Alert.objects.filter(
        county_code=level_codes(county_code)["county_code"], indicator=indicator, created_at__date__gte=since
    )
    return list(rows.order_by("id").values_list("household_id", "person_id", "measures"))

"""Keys and requests of departments' systems, for tests."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from doudi.apps.exchange import services
from doudi.apps.exchange.models import ApiKey
from tests.factories import COUNTY, make_household, make_user

BASE = "/api/push/v1"


def issue(*, county: str = COUNTY, department: str = "CIVIL_AFFAIRS", **fields: Any) -> tuple[ApiKey, str]:
    """A key for funeral lists unless said otherwise; the county has a household, so that it is known."""
    if county == COUNTY:
        make_household()
    values = {"feeds": ["funeral"], "holder": "殡葬系统", "days": 30, "per_minute": 60} | fields
    return services.key_issue(actor=make_user("SYS_ADMIN"), county=county, department=department, **values)


def call(key: str, method: str, path: str, body: Any = None, **more: Any) -> Any:
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return Client().generic(
        method, BASE + path, data=data, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {key}", **more
    )


def push_event(key: str, row: dict[str, Any], event_id: str = "E1", feed: str = "funeral", **more: Any) -> Any:
    return call(key, "POST", f"/feeds/{feed}/events", {"event_id": event_id, "row": row} | more)


def push_rows(key: str, rows: list[Any], batch_id: str = "B1", feed: str = "funeral", **more: Any) -> Any:
    body = {"batch_id": batch_id, "period": "2025-03", "record_count": len(rows), "rows": rows} | more
    return call(key, "POST", f"/feeds/{feed}/batches", body)

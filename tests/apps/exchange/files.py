"""Departments' files for tests."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Sequence
from typing import Any

from doudi.apps.exchange import services
from doudi.apps.exchange.models import Batch
from tests.factories import COUNTY, id_number

HEADINGS = "身份证号码,姓名,死亡日期,火化日期"
GOOD = "410522194001010019"


def number(at: int) -> str:
    """A valid ID number; another one for each ``at``."""
    return id_number(dt.date(1940, 1, 1) + dt.timedelta(days=at), serial=at)


def funeral(rows: Sequence[str], encoding: str = "utf-8") -> bytes:
    """A file of the funeral feed."""
    return ("\r\n".join([HEADINGS, *rows]) + "\r\n").encode(encoding)


def row(at: int, died: str = "2025-02-11", name: str = "张大山") -> str:
    return f"{number(at)},{name},{died},{died}"


def envelope(content: bytes, **changed: Any) -> bytes:
    values = {
        "batch_id": "F-2025-03-1",
        "owner": "CIVIL_AFFAIRS",
        "dataset": "funeral",
        "period": "2025-03",
        "region": "410522",
        "schema_version": "1",
        "record_count": content.count(b"\r\n") - 1,
        "sha256": hashlib.sha256(content).hexdigest(),
        "sent_at": "2025-04-02T09:00:00+08:00",
    } | changed
    return json.dumps(values, ensure_ascii=False).encode()


def send(
    content: bytes,
    *,
    actor: Any = None,
    feed: str = "funeral",
    period: str = "2025-03",
    county: str = COUNTY,
    file_name: str = "殡葬3月.csv",
    envelope: bytes | None = None,
    replace: bool = False,
) -> Batch:
    return services.deliver(
        actor=actor,
        feed=feed,
        period=period,
        county=county,
        file=io.BytesIO(content),
        file_name=file_name,
        envelope=envelope,
        replace=replace,
    )

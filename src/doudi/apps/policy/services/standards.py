"""Local standards of a county that is set up, as one import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base.errors import Conflict, Invalid
from doudi.apps.base.history import named
from doudi.apps.policy.models import LocalStandard


@dataclass(frozen=True)
class StandardRow:
    """One local number: ``division`` a code of 2 to 12 digits, ``area`` urban, rural or '' for both."""

    parameter: str
    division: str
    area: str
    valid_from: dt.date
    value: Any


@transaction.atomic
def standards_import(
    *, actor: User | None, rows: Iterable[StandardRow], document: str = "", is_sample: bool = False
) -> int:
    """Record local standards; returns how many are new. The same again changes nothing.

    A different value for the same day is a :class:`Conflict`: a standard changes by a new date, or by a change that two
    persons publish. ``document`` is where it is published; only sample values may do without. Pages mark sample values.
    """
    if actor is not None:
        require(actor, "standards.import")
    if not document and not is_sample:
        raise Invalid("没有注明公布标准的文件", where="document", hint="请填写公布该标准的文件名称和文号")
    new = 0
    with named(actor, "standards.import"):
        for row in rows:
            stored, created = LocalStandard.objects.get_or_create(
                division=row.division.ljust(12, "0"),
                parameter=row.parameter,
                area=row.area or "",
                valid_from=row.valid_from,
                change=None,
                defaults={"value": row.value, "document": document, "is_sample": is_sample},
            )
            if not created and str(stored.value) != str(row.value):
                raise Conflict(
                    f"{row.parameter} 自 {row.valid_from:%Y-%m-%d} 起的标准已登记为 {stored.value}，不能改写。"
                )
            new += created
    return new

"""Recording what a household received."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pghistory
from django.db import transaction

from doudi.apps.assistance.items import item as item_of
from doudi.apps.assistance.models import AssistanceRecord
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid
from doudi.apps.chain import services as chain
from doudi.apps.chain.models import Kind

_LARGEST = Decimal("9999999999.99")


@transaction.atomic
def record(
    *,
    actor: Any,
    household_id: int,
    item: str,
    unit_id: int,
    given_on: dt.date,
    amount: Decimal | None = None,
    period: str = "",
    note: str = "",
    person_id: int | None = None,
    ref: str = "",
) -> AssistanceRecord:
    """Record one item of help and append it to the chain; the caller has checked that ``actor`` may.

    ``amount`` in yuan, None for help in kind or service. One record per ``ref`` (e.g. ``referral:7``): again gives the
    same record. :class:`Invalid` for an unknown item, a day in the future or a negative amount.
    """
    catalogue_item = item_of(item)
    if given_on > clock.today():
        raise Invalid("给予日期不能晚于今天", where="given_on")
    if amount is not None and not Decimal(0) <= amount <= _LARGEST:
        raise Invalid("金额应为 0 或正数", where="amount", hint="没有发放资金的，金额留空")
    if ref and (existing := AssistanceRecord.objects.filter(ref=ref).first()):
        return existing
    with pghistory.context(actor=getattr(actor, "pk", None), action="assistance.record"):
        row = AssistanceRecord.objects.create(
            household_id=household_id,
            person_id=person_id,
            item=item,
            amount=amount,
            period=period,
            unit_id=unit_id,
            given_on=given_on,
            note=note,
            ref=ref,
            recorded_by=actor,
            recorded_at=clock.now(),
        )
        figure = f" {amount:,.2f} 元" if amount is not None else ""
        chain.append(
            Kind.ASSISTANCE,
            actor=actor,
            household_id=household_id,
            person_id=person_id,
            title=f"{row.unit.name}给予{catalogue_item.name}{figure}",
            document=ref or f"assistance:{row.pk}",
            body={
                "项目": catalogue_item.name,
                "金额（元）": f"{amount:.2f}" if amount is not None else "",
                "所属期": period,
                "给予日期": given_on.isoformat(),
                "说明": note,
            },
        )
    return row

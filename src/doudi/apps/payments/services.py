"""Payment lines as the bank returned them come in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection, transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.chain.models import Kind
from doudi.apps.chain.services import append_many
from doudi.apps.payments.models import Item, Result


class Line(NamedTuple):
    """One line of a month; ``person_id`` None for the household's own benefit. ``amount`` in yuan."""

    household_id: int
    person_id: int | None
    period: str
    item: str
    amount: Decimal
    result: str
    paid_on: dt.date | None


_INSERT = """
    INSERT INTO payment_line (household_id, person_id, period, item, amount, result, paid_on)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::numeric[], %s::text[], %s::date[])
    ON CONFLICT DO NOTHING
    RETURNING household_id, person_id, period, item, amount, result, paid_on
"""


@transaction.atomic
def import_lines(*, actor: User | None, lines: Iterable[Line]) -> int:
    """Record lines, and one event for each household on its chain; returns how many lines are new.

    Lines that are there already change nothing: the same file twice is one effect. The event sums up the months; the
    lines themselves stand in the ledger.
    """
    if actor is not None:
        require(actor, "payment.import")
    columns = [list(column) for column in zip(*lines, strict=True)]
    if not columns:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, columns)
        new = sorted((Line(*row) for row in cursor.fetchall()), key=lambda line: (line.household_id, line.period))
    append_many(_events(new), actor=actor)
    return len(new)


def _events(lines: list[Line]) -> Iterator[dict[str, Any]]:
    for household_id, group in groupby(lines, key=lambda line: line.household_id):
        mine = list(group)
        paid = [line for line in mine if line.result == Result.PAID]
        returned = len(mine) - len(paid)
        months = sorted({line.period for line in mine})
        span = months[0] if len(months) == 1 else f"{months[0]} 至 {months[-1]}"
        body = {
            Item(item).label: f"{sum(line.amount for line in paid if line.item == item):.2f}"
            for item in sorted({line.item for line in paid})
        }
        last = max((line.paid_on for line in mine if line.paid_on), default=None)
        yield {
            "kind": Kind.PAYMENT,
            "household_id": household_id,
            "title": f"{span} 发放 {len(paid)} 笔，合计 {sum(line.amount for line in paid):,.2f} 元"
            + (f"，退票 {returned} 笔" if returned else ""),
            "body": body,
            "at": min(clock.at_noon(last), clock.now()) if last else None,
        }

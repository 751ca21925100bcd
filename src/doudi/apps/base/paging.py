"""Keyset paging and capped counts: the same cost at page 1 and page 10,000."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

COUNT_CAP = 1000
PAGE_SIZE = 20


@dataclass(frozen=True)
class Page:
    """``rows`` of one page, cursors of the neighbours (or None) and a count capped at 1,000 ("1000+")."""

    rows: list[Any]
    next: str | None
    previous: str | None
    count: int
    capped: bool

    @property
    def count_label(self) -> str:
        return f"{COUNT_CAP}+" if self.capped else str(self.count)


def paginate(rows: QuerySet[Any], *, order: Sequence[str], cursor: str | None, size: int = PAGE_SIZE) -> Page:
    """One page of ``rows`` ordered by ``order`` (unique as a whole; '-' descends); a spoilt cursor starts at page 1."""
    counted = rows.order_by().values("pk")[: COUNT_CAP + 1].count()
    back, values = _decode(cursor, len(order))
    direction = [(name.lstrip("-"), name.startswith("-") != back) for name in order]
    ordered = rows.order_by(*[("-" if descending else "") + name for name, descending in direction])
    if values is not None:
        try:
            ordered = ordered.filter(_after(direction, values))
        except (ValueError, TypeError, OverflowError, ValidationError):  # a value that its column cannot hold
            return paginate(rows, order=order, cursor=None, size=size)
    found = list(ordered[: size + 1])
    more = len(found) > size
    found = found[:size]
    if back:
        found.reverse()
    names = [name for name, _ in direction]
    has_next = more if not back else values is not None
    has_previous = (values is not None) if not back else more
    return Page(
        rows=found,
        next=_encode(False, found[-1], names) if found and has_next else None,
        previous=_encode(True, found[0], names) if found and has_previous else None,
        count=min(counted, COUNT_CAP),
        capped=counted > COUNT_CAP,
    )


def _after(direction: list[tuple[str, bool]], values: list[Any]) -> Q:
    condition = Q()
    for i, (name, descending) in enumerate(direction):
        equal = Q(**{n: v for (n, _), v in zip(direction[:i], values[:i], strict=True)})
        condition |= equal & Q(**{f"{name}__{'lt' if descending else 'gt'}": values[i]})
    return condition


def _encode(back: bool, row: Any, names: list[str]) -> str:
    values = []
    for name in names:
        value: Any = row
        for part in name.split("__"):
            value = getattr(value, part)
        values.append(value.isoformat() if hasattr(value, "isoformat") else value)
    return base64.urlsafe_b64encode(json.dumps([back, *values]).encode()).decode().rstrip("=")


def _decode(cursor: str | None, width: int) -> tuple[bool, list[Any] | None]:
    if not cursor:
        return False, None
    try:
        back, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        return False, None
    sound = len(values) == width and not any("\x00" in value for value in values if isinstance(value, str))
    return (bool(back), values) if sound else (False, None)

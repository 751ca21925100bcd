"""One effect for a request sent twice (double click, back button, retry, offline sync)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from doudi.apps.base.errors import Conflict
from doudi.apps.base.models import IdempotencyKey


def once(key: str | None, *, actor: Any, action: str, do: Callable[[], Any]) -> tuple[Any, bool]:
    """Run ``do`` once per ``key``; return (its JSON-able result, whether this call was the first).

    Without a key it simply runs. The key row is inserted in the same transaction as the effect: a crash leaves neither.
    A key that was used by someone else or for something else is a :class:`Conflict`.
    """
    if not key:
        return do(), True
    with transaction.atomic():
        row, created = IdempotencyKey.objects.get_or_create(
            key=key[:64], defaults={"actor_id": getattr(actor, "pk", None), "action": action}
        )
        if not created:
            if row.action != action or row.actor_id != getattr(actor, "pk", None):
                raise Conflict("该请求标识已被其他操作使用，请刷新页面后重新提交。")
            return row.result, False
        row.result = do()
        row.save(update_fields=["result"])
        return row.result, True

"""Who and which verb stands in the history rows that a service leaves."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pghistory
from pghistory import runtime


def named(actor: Any, action: str) -> AbstractContextManager[Any]:
    """History rows written inside carry ``actor`` and ``action``.

    A service called by another service keeps the outer verb: nested contexts share one row, and the last would win.
    """
    outer = getattr(runtime._tracker, "value", None)
    if outer is not None and "action" in outer.metadata:
        return nullcontext()
    return pghistory.context(actor=actor.pk if actor else None, action=action)

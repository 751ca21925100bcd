"""What every page gets."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from doudi.web.navigation import counters, menu_for


def page(request: HttpRequest) -> dict[str, Any]:
    """``actor``, ``menu`` and ``todo_count``; for people who are not signed in none of them."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or user.must_change_password:
        return {"actor": None, "menu": [], "todo_count": 0}
    counts = counters(user)
    return {"actor": user, "menu": menu_for(user, request.path, counts), "todo_count": counts.get("todo", 0)}

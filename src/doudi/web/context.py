"""What every page gets."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    from doudi.web.navigation import menu_for

    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "actor": user if signed_in else None,
        "menu": menu_for(user, request.path) if signed_in else [],
    }

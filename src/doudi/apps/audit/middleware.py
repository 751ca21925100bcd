"""Puts the request and its actor into log and history, and turns what services refuse into pages and log rows."""

from __future__ import annotations

from collections.abc import Callable

import pghistory
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from doudi.apps.audit import context
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused

_STATUS = {Refused: 403, NotFound: 404, Conflict: 409, Invalid: 422}


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = context.enter(
            context.RequestContext(context.client_address(request), request.path, request.method or "")
        )
        try:
            if request.method in ("GET", "HEAD", "OPTIONS"):
                return self.get_response(request)
            actor = request.user.pk if request.user.is_authenticated else None
            with pghistory.context(actor=actor, path=request.path):
                return self.get_response(request)
        finally:
            context.leave(token)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), None)
        if status is None:
            return None
        message = error.what if isinstance(error, Invalid) else error.message  # type: ignore[attr-defined]
        if status in (403, 404) and request.user.is_authenticated:
            record(Action.REFUSED, actor=request.user, object_type="path", object_id=request.path[:60], reason=message)
        if request.path.startswith("/api/"):
            return JsonResponse({"error": type(error).__name__.lower(), "message": message}, status=status)
        return render(request, "error.html", {"status": status, "message": message}, status=status)

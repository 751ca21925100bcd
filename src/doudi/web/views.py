"""Pages that belong to no app: errors and the health check."""

from __future__ import annotations

import logging
import uuid
from http import HTTPStatus

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader

from doudi.apps.accounts.middleware import public

log = logging.getLogger(__name__)


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 from the framework itself."""
    return _error(request, 403, "请求被拒绝。")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 for an address that leads nowhere."""
    return _error(request, 404, "没有这个页面。")


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token: usually a page that was open for too long."""
    return _error(request, 403, "页面已过期，未作任何改动。请返回上一页，刷新后重新提交。")


def failed(request: HttpRequest) -> HttpResponse:
    """500: a number to report and nothing else. The log holds the rest under the same number."""
    number = uuid.uuid4().hex[:12]
    log.error("request failed, number %s, %s %s", number, request.method, request.path)
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"error": "internal", "message": "系统故障，请稍后重试。", "request_id": number}, status=500
        )
    return HttpResponse(loader.get_template("500.html").render({"number": number}), status=500)


@public
def health(request: HttpRequest) -> JsonResponse:
    """For load balancers: 200 when the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        log.exception("the database does not answer")
        return JsonResponse({"status": "no database"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse({"status": "ok"})


def _error(request: HttpRequest, status: int, message: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"error": HTTPStatus(status).phrase.lower().replace(" ", "_"), "message": message}, status=status
        )
    return render(request, "error.html", {"status": status, "message": message}, status=status)

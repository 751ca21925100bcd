"""The API for the departments' systems: session and CSRF token as on the pages; errors as JSON."""

from __future__ import annotations

from importlib.util import find_spec

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.security import django_auth

# prefix → app; each has its router in <app>/api.py
ROUTERS = {"/households/": "registry", "/alerts/": "monitoring", "/visits/": "casework", "/feeds/": "exchange"}

api = NinjaAPI(
    title="低收入人口监测与救助平台接口",
    version="1",
    auth=django_auth,  # a session and, for writes, its CSRF token
    urls_namespace="api",
    docs_url=None,
    openapi_url="openapi.json",
)
for prefix, app in ROUTERS.items():
    if find_spec(f"doudi.apps.{app}.api"):
        api.add_router(prefix, f"doudi.apps.{app}.api.router")


@api.exception_handler(ValidationError)
def wrong_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Which fields are wrong, never the value that was sent."""
    fields = [{"where": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors]
    return api.create_response(request, {"error": "invalid", "message": "请求内容有误。", "fields": fields}, status=422)


@api.exception_handler(HttpError)
def refused_by_framework(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A missing CSRF token (403), or a body that is no JSON (400)."""
    message = "请求缺少有效的 CSRF 令牌，未作任何改动。" if error.status_code == 403 else "请求内容无法读取。"
    return api.create_response(request, {"error": "refused", "message": message}, status=error.status_code)

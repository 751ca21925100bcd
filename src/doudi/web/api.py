"""The API for the departments' systems: session and CSRF token as on the pages; errors as JSON."""

from __future__ import annotations

from importlib.util import find_spec

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

# prefix → app; each has its router in <app>/api.py
ROUTERS = {"/households/": "registry", "/alerts/": "monitoring", "/visits/": "casework", "/feeds/": "exchange"}

api = NinjaAPI(
    title="低收入人口监测与救助平台接口", version="1", urls_namespace="api", docs_url=None, openapi_url="openapi.json"
)
for prefix, app in ROUTERS.items():
    if find_spec(f"doudi.apps.{app}.api"):
        api.add_router(prefix, f"doudi.apps.{app}.api.router")


@api.exception_handler(ValidationError)
def wrong_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Which fields are wrong, never the value that was sent."""
    fields = [{"where": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors]
    return api.create_response(request, {"error": "invalid", "message": "请求内容有误。", "fields": fields}, status=422)

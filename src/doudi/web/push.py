"""The departments' push interface as a whole: its own keys, no sessions, no cookies; errors as JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError

from doudi.apps.accounts.middleware import public
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.exchange.push import KeyAuth, router
from doudi.apps.exchange.services import TooMany

push = NinjaAPI(
    title="部门数据推送接口",
    version="push-1",
    auth=KeyAuth(),
    urls_namespace="push",
    docs_url=None,
    openapi_url="openapi.json",
)
push.add_router("", router)


@push.exception_handler(AuthenticationError)
def no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    body = {"error": "no_key", "message": "密钥无效、已停用或已过期。"}
    return push.create_response(request, body, status=401)


@push.exception_handler(TooMany)
def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    body = {"error": "too_many", "message": f"本分钟的请求次数已用完，请在 {error.seconds} 秒后再试。"}
    response = push.create_response(request, body, status=429)
    response["Retry-After"] = str(error.seconds)
    return response


@push.exception_handler(Invalid)
def wrong_input(request: HttpRequest, error: Invalid) -> HttpResponse:
    body = {"error": "invalid", "message": error.what, "where": error.where, "hint": error.hint}
    return push.create_response(request, body, status=422)


@push.exception_handler(Conflict)
def conflict(request: HttpRequest, error: Conflict) -> HttpResponse:
    return push.create_response(request, {"error": "conflict", "message": error.message}, status=409)


@push.exception_handler(Refused)
@push.exception_handler(NotFound)
def refused(request: HttpRequest, error: Refused | NotFound) -> HttpResponse:
    """What the key may not do stands in the access log."""
    key = request.auth  # type: ignore[attr-defined]
    record(
        Action.REFUSED,
        actor=None,
        object_type="api_key",
        object_id=key.public_id,
        county_code=key.county_id,
        reason=f"{key.holder}：{error.message}",
    )
    body = {"error": type(error).__name__.lower(), "message": error.message}
    return push.create_response(request, body, status=403 if isinstance(error, Refused) else 404)


# The session's middleware lets them pass: each asks for a key itself. The description is for whoever has a session.
urls = push.urls  # made anew by every call
for pattern in urls[0]:
    if (pattern.name or "").startswith("push_"):
        public(pattern.callback)

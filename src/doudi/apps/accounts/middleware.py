"""Every page needs a signed-in officer, a live session and a changed first password, unless its view is public."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from doudi.apps.base import clock

IDLE = "您已超过 30 分钟未操作，为保护群众信息已自动退出，请重新登录。"
TOO_LONG = "本次登录已满 8 小时，为保护群众信息已自动退出，请重新登录。"


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view as open to people without an account."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def before_password_change(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that an officer may use before he changed his first password."""
    view.before_password_change = True  # type: ignore[attr-defined]
    return view


class SignedInMiddleware:
    """Also keeps signed-in pages out of every cache, and tells browsers what pages never use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        if getattr(view, "is_public", False):
            return None
        user = request.user
        if not user.is_authenticated:
            return self._sign_in(request)
        moment = int(clock.now().timestamp())
        seen = request.session.get("seen_at")
        if moment - request.session.setdefault("signed_in_at", moment) > settings.SESSION_COOKIE_AGE:
            return self._end(request, TOO_LONG)
        if seen is not None and moment - seen > settings.SESSION_IDLE_SECONDS:
            return self._end(request, IDLE)
        if seen is None or moment - seen > 60:
            request.session["seen_at"] = moment
        if user.must_change_password and not getattr(view, "before_password_change", False):
            if request.path.startswith("/api/"):
                return JsonResponse({"error": "password_change", "message": "请先登录页面修改初始密码。"}, status=403)
            return redirect("accounts:password")
        return None

    def _end(self, request: HttpRequest, why: str) -> HttpResponse:
        logout(request)
        messages.info(request, why)
        return self._sign_in(request)

    @staticmethod
    def _sign_in(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return JsonResponse({"error": "not_signed_in", "message": "请先登录。"}, status=401)
        if getattr(request, "htmx", False):
            response = HttpResponse(status=204)
            response["HX-Redirect"] = settings.LOGIN_URL
            return response
        return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")

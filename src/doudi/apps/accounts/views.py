"""Pages of log-in, passwords, users and units."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doudi.apps.accounts import queries, services
from doudi.apps.accounts.forms import GrantForm, LoginForm, PasswordForm, UnitForm, UnitSearch, UserForm, UserSearch
from doudi.apps.accounts.middleware import before_password_change, public
from doudi.apps.accounts.roles import DEPARTMENTS, ROLES
from doudi.apps.accounts.scope import require
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.base.idempotency import once

NAMES = {"roles": ROLES, "departments": DEPARTMENTS}


@public
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Sign in; then to the page that was asked for, if it is ours."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = LoginForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.log_in(request, **form.cleaned_data)
                return redirect(_next(request))
            except (Invalid, Refused) as error:
                form.add_error(None, error.what if isinstance(error, Invalid) else error.message)
    return render(request, "accounts/login.html", {"form": form, "next": _next(request)}, status=status)


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """What the lock answers: the same page for every user name, known or not."""
    return render(request, "accounts/locked.html", {"minutes": int(settings.AXES_COOLOFF_TIME * 60)}, status=429)


@before_password_change
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    services.log_out(request)
    messages.info(request, "您已安全退出。")
    return redirect("accounts:login")


@before_password_change
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; the first one must be changed before anything else."""
    form = PasswordForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                user = services.password_change(
                    actor=request.user, old=form.cleaned_data["old"], new=form.cleaned_data["new"]
                )
            except Invalid as error:
                form.add_error(error.where, _said(error))
            else:
                update_session_auth_hash(request, user)  # rotates the session id; the other sessions end
                messages.success(request, "密码已修改。")
                return redirect(settings.LOGIN_REDIRECT_URL)
    context = {"form": form, "rules": password_validators_help_texts(), "first": request.user.must_change_password}
    return render(request, "accounts/password.html", context, status=status)


@require_GET
def users(request: HttpRequest) -> HttpResponse:
    form = UserSearch(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    page = queries.user_page(actor=request.user, cursor=request.GET.get("cursor"), **wanted)
    return render(request, "accounts/users.html", {"form": form, "page": page, **NAMES})


@require_http_methods(["GET", "POST"])
def user_new(request: HttpRequest) -> HttpResponse:
    """A new user; the answer shows the one-time password, which no address, message or log holds."""
    require(request.user, "user.manage")
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        shown: list[str] = []

        def create() -> int:
            user, one_time = services.user_create(
                actor=request.user,
                username=data["username"],
                name=data["name"],
                unit_id=data["unit"].pk,
                grants=[(data["role"], data["division"])],
            )
            shown.append(one_time)
            return user.pk

        try:
            user_id, _ = once(request.POST.get("idempotency_key"), actor=request.user, action="user.create", do=create)
        except Invalid as error:
            form.add_error(error.where if error.where in form.fields else None, _said(error))
        else:
            return _with_password(request, user_id, shown)
    return render(request, "accounts/user_new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def user(request: HttpRequest, user_id: int) -> HttpResponse:
    return _user_page(request, user_id, GrantForm())


@require_POST
def user_step(request: HttpRequest, user_id: int, step: str) -> HttpResponse:
    """disable, enable, reset (password) and grant."""
    require(request.user, "user.manage")
    if step == "grant":
        return _grant(request, user_id)
    if step == "reset":
        return _reset(request, user_id)
    verbs = {"disable": (services.user_disable, "账号已停用。"), "enable": (services.user_enable, "账号已启用。")}
    if step not in verbs:
        raise NotFound()
    verb, said = verbs[step]
    verb(actor=request.user, user_id=user_id)
    messages.success(request, said)
    return redirect("accounts:user", user_id)


@require_POST
def revoke(request: HttpRequest, user_id: int, grant_id: int) -> HttpResponse:
    services.role_revoke(actor=request.user, grant_id=grant_id)
    messages.success(request, "角色已收回。")
    return redirect("accounts:user", user_id)


@require_GET
def units(request: HttpRequest) -> HttpResponse:
    form = UnitSearch(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    page = queries.unit_page(actor=request.user, cursor=request.GET.get("cursor"), **wanted)
    return render(request, "accounts/units.html", {"form": form, "page": page, **NAMES})


@require_http_methods(["GET", "POST"])
def unit_new(request: HttpRequest) -> HttpResponse:
    require(request.user, "user.manage")
    form = UnitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            unit = services.unit_create(
                actor=request.user, division_code=data["division"], department=data["department"], name=data["name"]
            )
        except Invalid as error:
            form.add_error(error.where if error.where in form.fields else None, _said(error))
        else:
            messages.success(request, f"单位“{unit.name}”已建立。")
            return redirect("accounts:units")
    return render(request, "accounts/unit_new.html", {"form": form}, status=422 if form.errors else 200)


def _user_page(
    request: HttpRequest, user_id: int, form: GrantForm, one_time: str = "", status: int = 200
) -> HttpResponse:
    shown = queries.user_get(actor=request.user, user_id=user_id)
    context = {"shown": shown, "form": form, "one_time": one_time, "own": shown.pk == request.user.pk, **NAMES}
    return render(request, "accounts/user.html", context, status=status)


def _with_password(request: HttpRequest, user_id: int, shown: list[str]) -> HttpResponse:
    """The page with the one-time password; a request sent twice says that it was already shown."""
    if not shown:
        messages.info(request, "该请求已办理过。初始密码只显示一次，如未记下请重置密码。")
        return redirect("accounts:user", user_id)
    return _user_page(request, user_id, GrantForm(), one_time=shown[0])


def _reset(request: HttpRequest, user_id: int) -> HttpResponse:
    shown: list[str] = []

    def reset() -> int:
        shown.append(services.user_reset_password(actor=request.user, user_id=user_id)[1])
        return user_id

    once(request.POST.get("idempotency_key"), actor=request.user, action=f"user.reset:{user_id}", do=reset)
    return _with_password(request, user_id, shown)


def _grant(request: HttpRequest, user_id: int) -> HttpResponse:
    form = GrantForm(request.POST)
    if form.is_valid():
        try:
            services.role_grant(
                actor=request.user,
                user_id=user_id,
                role=form.cleaned_data["role"],
                division_code=form.cleaned_data["division"],
            )
        except Invalid as error:
            form.add_error(error.where if error.where in form.fields else None, _said(error))
        else:
            messages.success(request, "角色已授予，用户下次操作时生效。")
            return redirect("accounts:user", user_id)
    return _user_page(request, user_id, form, status=422)


def _said(error: Invalid) -> str:
    return f"{error.what}。{error.hint}" if error.hint else error.what


def _next(request: HttpRequest) -> str:
    """The page asked for before the log-in, if it is on this site."""
    target = str(request.POST.get("next") or request.GET.get("next") or "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=False)
    return target if safe and target.startswith("/") else settings.LOGIN_REDIRECT_URL

"""Log-in and log-out: one generic refusal, a lock per user name, a brake per address."""

from __future__ import annotations

import datetime as dt
import unicodedata

from django.conf import settings
from django.contrib import auth
from django.db import connection, transaction
from django.http import HttpRequest

from doudi.apps.accounts.models import User
from doudi.apps.audit.context import client_address
from doudi.apps.audit.models import Action
from doudi.apps.audit.queries import failed_logins_from
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, Refused

WRONG = "用户名或密码不正确，请核对后重试。"
TOO_MANY = "本网络地址近 30 分钟内登录失败次数过多，请稍后再试。"


def normal_username(text: str) -> str:
    """Full-width letters, capitals and spaces around do not matter."""
    return unicodedata.normalize("NFKC", text).strip().lower()[:40]


def log_in(request: HttpRequest, *, username: str, password: str) -> User | None:
    """Sign the officer in with a new session id, or raise :class:`Invalid`, the same for every cause.

    None when the account is locked: the middleware answers with the page that says so. Attempts on one user name wait
    for each other, so that guesses sent at the same moment count one by one.
    """
    username = normal_username(username)
    since = clock.now() - dt.timedelta(minutes=30)
    if failed_logins_from(client_address(request), since) >= settings.LOGIN_FAILURES_PER_ADDRESS:
        raise Refused(TOO_MANY)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"login:{username}"])
        user = auth.authenticate(request, username=username, password=password)
        if not isinstance(user, User):
            _record_failure(username, locked=bool(getattr(request, "axes_locked_out", False)))
        else:
            auth.login(request, user)  # rotates the session id
            request.session["signed_in_at"] = request.session["seen_at"] = int(clock.now().timestamp())
            User.objects.filter(pk=user.pk).update(last_seen_at=clock.now())
            record(Action.LOGIN, actor=user, object_type="user", object_id=user.username)
            return user
    if getattr(request, "axes_locked_out", False):
        return None
    raise Invalid(WRONG, where="password")


def log_out(request: HttpRequest) -> None:
    """End the session and delete what it held."""
    if request.user.is_authenticated:
        record(Action.LOGOUT, actor=request.user, object_type="user", object_id=request.user.username)
    auth.logout(request)


def _record_failure(username: str, *, locked: bool) -> None:
    """A text that is no user name may be a password typed into the wrong field: it is not kept."""
    known = User.objects.filter(username=username).exists()
    record(
        Action.LOGIN_FAILED,
        actor=None,
        object_type="user",
        object_id=username if known else "未知用户",
        reason="账号已锁定" if locked else "用户名或密码不正确",
    )

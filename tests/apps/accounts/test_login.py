"""Log-in, lock, session ends and the change of the first password."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from doudi.apps.audit.models import AccessLog
from doudi.apps.base import clock
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/login/"
WRONG = "用户名或密码不正确，请核对后重试。"


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str):
    return client.post(LOGIN, {"username": username, "password": password, **more})


def actions() -> list[tuple[str, str]]:
    return list(AccessLog.objects.order_by("id").values_list("action", "object_id"))


def test_a_log_in_leads_on_rotates_the_session_and_is_logged(client: Client) -> None:
    make_user("CNTY_REVIEW", username="review", name="周文静")
    client.get(LOGIN)
    session = client.session
    session["planted"] = "1"
    session.save()
    before = session.session_key

    answer = sign_in(client, "review", next="/users/?q=a")

    assert (answer.status_code, answer["Location"]) == (302, "/users/?q=a")
    assert client.session.session_key != before
    assert actions() == [("LOGIN", "review")]
    log = AccessLog.objects.get()
    assert (log.actor_name, log.county_code, log.address) == ("周文静", "410522000000", "127.0.0.1")


@pytest.mark.parametrize("typed", ["REVIEW", " review ", "ｒｅｖｉｅｗ"])
def test_capitals_spaces_and_full_width_letters_do_not_matter(client: Client, typed: str) -> None:
    make_user("CNTY_REVIEW", username="review")
    assert sign_in(client, typed).status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_a_log_in_never_leads_to_another_site(client: Client, target: str) -> None:
    make_user("CNTY_REVIEW", username="review")
    assert sign_in(client, "review", next=target)["Location"] == settings.LOGIN_REDIRECT_URL


def test_the_refusal_is_the_same_for_a_wrong_password_an_unknown_name_and_a_disabled_account(client: Client) -> None:
    make_user("CNTY_REVIEW", username="known")
    make_user("CNTY_REVIEW", username="closed", is_active=False)
    pages = []
    for username, password in (("known", "wrong"), ("nobody", PASSWORD), ("closed", PASSWORD)):
        answer = sign_in(client, username, password)
        assert answer.status_code == 422
        assert WRONG in answer.content.decode()
        pages.append(re.sub(r'value="[^"]*"|"X-CSRFToken": "\w+"', "", answer.content.decode()))
    assert pages[0] == pages[1] == pages[2]
    assert "_auth_user_id" not in client.session


def test_a_password_typed_as_user_name_is_not_kept(client: Client) -> None:
    sign_in(client, "My-Secret-Pass-1", "x")
    assert actions() == [("LOGIN_FAILED", "未知用户")]
    assert not AccessLog.objects.filter(detail__icontains="secret").exists()


def test_the_fifth_failure_locks_the_user_name_for_thirty_minutes(client: Client) -> None:
    """Four failures leave the account open; from the fifth on the right password does not open it either."""
    make_user("CNTY_REVIEW", username="review")
    make_user("CNTY_REVIEW", username="other")
    assert [sign_in(client, "review", "wrong").status_code for _ in range(5)] == [422, 422, 422, 422, 429]
    locked = sign_in(client, "review")
    assert locked.status_code == 429
    assert "锁定 30 分钟" in locked.content.decode()
    assert "_auth_user_id" not in client.session
    assert actions() == [("LOGIN_FAILED", "review")] * 6
    assert sign_in(Client(), "other").status_code == 302

    with patch("axes.handlers.proxy.now", return_value=timezone.now() + dt.timedelta(minutes=31)):
        assert sign_in(client, "review").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_guesses_sent_at_the_same_moment_count_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of twelve passwords sent at once exactly five are tried."""
    make_user("CNTY_REVIEW", username="review")
    tried: list[str] = []
    check = ModelBackend.authenticate

    def counted(self: ModelBackend, request: object, **credentials: str) -> object:
        tried.append(credentials["password"])
        return check(self, request, **credentials)

    monkeypatch.setattr(ModelBackend, "authenticate", counted)

    def guess(number: int) -> int:
        try:
            return sign_in(Client(), "review", f"wrong{number}").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=12) as pool:
        answers = sorted(pool.map(guess, range(12)))
    assert answers == [422] * 4 + [429] * 8
    assert len(tried) == 5


def test_four_failures_and_a_success_start_the_count_anew(client: Client) -> None:
    make_user("CNTY_REVIEW", username="review")
    for _ in range(2):
        assert [sign_in(Client(), "review", "wrong").status_code for _ in range(4)] == [422] * 4
        assert sign_in(Client(), "review").status_code == 302


def test_an_unknown_name_locks_the_same_way(client: Client) -> None:
    assert [sign_in(client, "nobody", "wrong").status_code for _ in range(6)] == [422, 422, 422, 422, 429, 429]


def test_many_names_from_one_address_are_braked(client: Client, settings) -> None:
    settings.LOGIN_FAILURES_PER_ADDRESS = 3
    make_user("CNTY_REVIEW", username="review")
    for number in range(3):
        sign_in(client, f"guess{number}", "wrong")
    answer = sign_in(client, "review")
    assert answer.status_code == 422
    assert "登录失败次数过多" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert Client(REMOTE_ADDR="10.0.0.9").post(LOGIN, {"username": "review", "password": PASSWORD}).status_code == 302


def test_only_our_own_proxies_are_believed_about_the_address(client: Client, settings) -> None:
    make_user("CNTY_REVIEW", username="review")
    sign_in(Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.1.1.1"), "review")
    settings.PROXY_ADDRESSES = frozenset({"10.0.0.1"})
    sign_in(Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="9.9.9.9, 2.2.2.2"), "review")
    assert list(AccessLog.objects.order_by("id").values_list("address", flat=True)) == ["10.0.0.1", "2.2.2.2"]


def test_log_out_ends_the_session_is_logged_and_needs_a_post(client: Client) -> None:
    user = make_user("CNTY_REVIEW", username="review")
    client.force_login(user)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == LOGIN
    assert client.get("/password/")["Location"] == f"{LOGIN}?next=%2Fpassword%2F"
    assert actions() == [("LOGOUT", "review")]


def test_thirty_idle_minutes_end_the_session(client: Client) -> None:
    start = timezone.now()
    with clock.at(start):
        make_user("CNTY_REVIEW", username="review")
        sign_in(client, "review")
    with clock.at(start + dt.timedelta(minutes=29)):
        assert client.get("/password/").status_code == 200
    with clock.at(start + dt.timedelta(minutes=29 + 31)):
        assert client.get("/password/")["Location"] == f"{LOGIN}?next=%2Fpassword%2F"
    assert "超过 30 分钟未操作" in client.get(LOGIN).content.decode()


def test_eight_hours_end_a_busy_session_too(client: Client) -> None:
    start = timezone.now()
    with clock.at(start):
        make_user("CNTY_REVIEW", username="review")
        sign_in(client, "review")
    for minutes in range(25, 8 * 60, 25):
        with clock.at(start + dt.timedelta(minutes=minutes)):
            assert client.get("/password/").status_code == 200
    with clock.at(start + dt.timedelta(hours=8, minutes=1)):
        assert client.get("/password/").status_code == 302


def test_a_first_password_must_be_changed_before_anything_else(client: Client) -> None:
    make_user("SYS_ADMIN", username="admin", must_change_password=True)
    sign_in(client, "admin")
    assert client.get("/users/")["Location"] == "/password/"
    assert client.get("/api/v1/openapi.json").status_code == 403
    page = client.get("/password/").content.decode()
    assert "首次登录" in page
    assert "密码须包含小写字母、大写字母、数字、符号中的至少三种。" in page
    assert reverse("accounts:users") not in page
    fields = {"old": PASSWORD, "new": "Another-pass-77", "again": "Another-pass-77"}
    assert client.post("/password/", fields)["Location"] == settings.LOGIN_REDIRECT_URL
    assert client.get("/users/").status_code == 200


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("Short-1", "10"),
        ("alllowercase", "至少三种"),
        ("1234567890", "至少三种"),
        ("Password123", "常见"),
        (PASSWORD, "不得与原密码相同"),
    ],
)
def test_the_rules_refuse_a_weak_password_and_nothing_changes(client: Client, new: str, said: str) -> None:
    user = make_user("CNTY_REVIEW", username="review")
    client.force_login(user)
    before = type(user).objects.get(pk=user.pk).password
    answer = client.post("/password/", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert type(user).objects.get(pk=user.pk).password == before
    assert actions() == []


def test_a_wrong_old_password_changes_nothing(client: Client) -> None:
    user = make_user("CNTY_REVIEW", username="review")
    client.force_login(user)
    answer = client.post("/password/", {"old": "wrong", "new": "Another-pass-77", "again": "Another-pass-77"})
    assert answer.status_code == 422
    assert sign_in(Client(), "review", "Another-pass-77").status_code == 422
    assert sign_in(Client(), "review").status_code == 302


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(client: Client) -> None:
    make_user("CNTY_REVIEW", username="review")
    other = Client()
    sign_in(other, "review")
    sign_in(client, "review")
    client.post("/password/", {"old": PASSWORD, "new": "Another-pass-77", "again": "Another-pass-77"})
    assert client.get("/password/").status_code == 200
    assert other.get("/password/").status_code == 302


def test_who_is_not_signed_in_gets_the_log_in_page_or_401(client: Client) -> None:
    assert client.get("/users/")["Location"] == f"{LOGIN}?next=%2Fusers%2F"
    answer = client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json()["error"]) == (401, "not_signed_in")
    htmx = client.get("/users/", headers={"HX-Request": "true"})
    assert (htmx.status_code, htmx["HX-Redirect"]) == (204, LOGIN)

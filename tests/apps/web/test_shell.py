"""The shell: headers on every route, errors, menu, components."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import doudi.web
from doudi.apps.accounts.roles import ROLES
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid
from doudi.web import navigation
from doudi.web.formats import deadline, money
from tests.factories import COUNTY, make_user

pytestmark = pytest.mark.django_db
VENDOR = Path(doudi.web.__file__).parent / "static" / "vendor"
PUBLIC = {"accounts:login", "health"}
BY_KEY = {
    f"push:push_{name}" for name in ("feeds", "batch", "file", "event", "receipt")
}  # asks for a key, not a session


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(name, path with 1 or x for each part) of every named route."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif isinstance(pattern, URLPattern) and pattern.name:
            name = f"{prefix}{pattern.name}"
            kinds = {
                key: 1 if "Int" in type(kind).__name__ else "x" for key, kind in pattern.pattern.converters.items()
            }
            yield name, reverse(name, kwargs=kinds)


ROUTES = sorted(routes())


def assert_safe(answer) -> None:
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=(self)" in answer["Permissions-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize(("name", "path"), ROUTES)
def test_every_route_needs_a_log_in_and_carries_the_headers(name: str, path: str, client: Client) -> None:
    answer = client.get(path)
    expected = {200} if name in PUBLIC else {401} if path.startswith("/api/") else {302}
    if name in BY_KEY:
        expected = {401, 405}
    assert answer.status_code in expected
    if answer.status_code == 302:
        assert answer["Location"].startswith("/login/?next=")
    assert_safe(answer)


@pytest.mark.parametrize(("name", "path"), ROUTES)
def test_no_route_breaks_for_an_officer_without_any_role(name: str, path: str, client: Client) -> None:
    client.force_login(make_user([]))
    answer = client.get(path)
    assert answer.status_code in {200, 302, 403, 404, 405} | ({401} if name in BY_KEY else set())
    assert_safe(answer)
    assert not re.search(rb"<script(?![^>]*(src=|application/json))|\sstyle=|\son\w+=", answer.content)


@pytest.mark.parametrize("path", ["/users/", "/units/", "/divisions/", "/audit/"])
@pytest.mark.parametrize("value", ["\x00", "'; --", "９" * 400, "<script>alert(1)</script>", "%"])
def test_hostile_parameters_do_no_harm(path: str, value: str, client: Client) -> None:
    client.force_login(make_user("SEC_ADMIN"))
    names = ("q", "role", "active", "code", "cursor", "action", "who", "about", "household_id", "since", "until")
    answer = client.get(path, dict.fromkeys(names, value))
    assert answer.status_code in {200, 404, 422}
    assert b"<script>alert" not in answer.content


def test_an_unknown_address_is_not_found_for_page_and_interface(client: Client) -> None:
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.content.decode()
    assert client.get("/api/v1/nothing").json() == {"error": "not_found", "message": "没有这个页面。"}


def test_a_form_without_its_token_is_refused_and_says_so() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("CNTY_REVIEW"))
    answer = strict.post("/logout/")
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()
    assert strict.get("/password/").status_code == 200


def test_a_failure_shows_a_number_and_nothing_else(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(**_: object) -> None:
        raise RuntimeError("410522197001011234 王小明")

    monkeypatch.setattr("doudi.apps.accounts.queries.user_page", break_down)
    client.force_login(make_user("SYS_ADMIN"))
    client.raise_request_exception = False
    answer = client.get("/users/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert re.search(r"<code>[0-9a-f]{12}</code>", page)
    assert "王小明" not in page
    assert "Traceback" not in page


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [(Conflict(), 409, "状态已发生变化"), (Invalid("日期不对", where="date"), 422, "日期不对")],
)
def test_what_services_refuse_becomes_a_page(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, said: str
) -> None:
    def refuse(**_: object) -> None:
        raise error

    monkeypatch.setattr("doudi.apps.accounts.queries.user_page", refuse)
    client.force_login(make_user("SYS_ADMIN"))
    answer = client.get("/users/")
    assert answer.status_code == status
    assert said in answer.content.decode()


def test_the_health_check_is_public(client: Client) -> None:
    assert client.get("/api/v1/health").json() == {"status": "ok"}


def labels(entries: list[navigation.Entry]) -> list[str]:
    return [label for entry in entries for label in (entry.label, *labels(list(entry.children)))]


@pytest.mark.parametrize("role", ROLES)
def test_every_entry_of_the_menu_opens(role: str, client: Client) -> None:
    """What the menu offers to a role is never refused."""
    user = make_user(role, COUNTY)
    client.force_login(user)
    menu = navigation.menu_for(user, "/", {})
    for entry in (one for top in menu for one in (top, *top.children) if one.href):
        assert client.get(entry.href, follow=True).status_code == 200, entry.label


def test_the_menu_marks_the_page_and_counts_what_waits() -> None:
    user = make_user("SYS_ADMIN")
    (system,) = [one for one in navigation.menu_for(user, "/users/7/", {}) if one.label == "系统管理"]
    assert [(one.label, one.active) for one in system.children] == [
        ("用户与角色", True),
        ("机构", False),
        ("行政区划", False),
    ]
    assert system.active
    review = make_user("CNTY_REVIEW")
    counted = {one.label: one.count for one in navigation.menu_for(review, "/", {"applications": 12})}
    assert counted["申请审核"] == 12
    assert "系统管理" not in counted


def test_the_menu_names_no_page_that_does_not_exist() -> None:
    entries = [one for top in navigation.MENU for one in (top, *top.children)]
    assert [one.page for one in entries if one.page and not reverse(one.page)] == []
    assert [one.label for one in entries if not one.page and not one.children] == []


def test_a_page_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "MENU", (navigation.Entry("没有", page="nothing:here"),))
    assert navigation.menu_for(make_user("SYS_ADMIN"), "/", {}) == []


@pytest.mark.skipif(not VENDOR.is_dir(), reason="tools/frontend.py has not run")
def test_every_icon_that_pages_name_is_in_the_sprite() -> None:
    root = Path(doudi.web.__file__).parent.parent
    named = {entry.icon for entry in navigation.MENU}
    for page in root.rglob("*.html"):
        named |= set(re.findall(r'ui\.icon\("([a-z0-9-]+)"', page.read_text()))
    sprite = set(re.findall(r'id="tabler-([a-z0-9-]+)"', (VENDOR / "icons.svg").read_text()))
    assert named - sprite == set()


class Sample(forms.Form):
    name = forms.CharField(label="姓名", help_text="与身份证一致")
    amount = forms.DecimalField(label="金额")
    outcome = forms.ChoiceField(label="结论", widget=forms.RadioSelect, choices=[("a", "属实"), ("b", "有误")])
    agreed = forms.BooleanField(label="已核对")


def render(source: str, **context: object) -> str:
    request = RequestFactory().get("/x/", {"a": "1", "cursor": "old"})
    template = engines["jinja2"].from_string('{% import "components/ui.html" as ui %}' + source)
    return template.render({"r": request, **context})


def test_a_field_ties_label_help_and_message_to_its_control() -> None:
    form = Sample({"amount": "１ ０００ 元"})
    html = render("{{ ui.error_summary(form) }}{% for one in form %}{{ ui.field(one) }}{% endfor %}", form=form)
    assert 'href="#id_name"' in html
    assert 'href="#id_outcome_0"' in html
    assert 'aria-describedby="id_name_help id_name_error"' in html
    assert 'id="id_name_help"' in html
    assert 'id="id_name_error"' in html
    assert 'type="number"' not in html
    assert 'value="１ ０００ 元"' in html
    assert html.count("<legend>") == 1
    assert html.count("有 4 处需要更正") == 1


def test_a_form_keeps_its_idempotency_key_when_it_is_shown_again() -> None:
    fresh = render("{{ ui.once(r) }}|{{ ui.once(r) }}").split("|")
    assert fresh[0] != fresh[1]
    request = RequestFactory().post("/x/", {"idempotency_key": "k-1"})
    assert 'value="k-1"' in render("{{ ui.once(q) }}", q=request)


def test_the_pager_keeps_the_filters() -> None:
    page = SimpleNamespace(count_label="1000+", next="N", previous=None)
    html = render("{{ ui.pager(page, r) }}", page=page)
    assert 'href="/x/?a=1&amp;cursor=N"' in html
    assert "上一页" not in html
    assert "共 1000+ 条" in html


def test_a_charts_data_cannot_break_out_of_its_block() -> None:
    data = {"categories": ["</script><script>alert(1)"], "series": [{"name": "数", "values": [1]}]}
    html = render('{{ ui.chart("c", "bar", data) }}', data=data)
    assert "<script>alert" not in html
    assert html.count("<script") == 1


def test_components_escape_what_people_typed() -> None:
    assert "&lt;b&gt;" in render('{{ ui.badge("<b>", "red") }}')
    assert "<b>" not in render('{{ ui.kv([("甲", "<b>")]) }}{{ ui.empty("<b>") }}')


@pytest.mark.parametrize(
    ("due", "done", "shown"),
    [
        (dt.date(2024, 5, 8), False, ("剩 3 个工作日", "green")),
        (dt.date(2024, 5, 7), False, ("剩 2 个工作日", "green")),
        (dt.date(2024, 5, 6), False, ("剩 1 个工作日", "orange")),
        (dt.date(2024, 4, 30), False, ("今天到期", "orange")),
        (dt.date(2024, 4, 29), False, ("已超期 1 个工作日", "red")),
        (dt.date(2024, 4, 28), False, ("已超期 2 个工作日", "red")),
        (dt.date(2024, 4, 28), True, ("2024-04-28", "grey")),
        (None, False, ("待定", "grey")),
        (None, True, ("—", "grey")),
        (dt.date(2099, 1, 1), False, ("剩 27274 天", "green")),
    ],
)
def test_a_deadline_counts_working_days_over_the_may_holiday(
    due: dt.date | None, done: bool, shown: tuple[str, str]
) -> None:
    """2024-05-01 to 05 were days off, 2024-04-28 (Sunday) was worked; 2099's holidays are not known."""
    with clock.at(dt.datetime(2024, 4, 30, 4, tzinfo=dt.UTC)):
        assert deadline(due, done) == shown


def test_money_reads_with_separators() -> None:
    assert [money(value) for value in (1500, "98.4", 0, None, "")] == ["1,500.00", "98.40", "0.00", "—", "—"]

"""Users, roles and units: who may do what to whom, and what is left behind."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from doudi.apps.accounts import services
from doudi.apps.accounts.models import RoleGrant, Unit, User
from doudi.apps.accounts.roles import PERMISSIONS, ROLES
from doudi.apps.accounts.scope import may, restrict, scope_of
from doudi.apps.audit.models import AccessLog
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.divisions.models import Division
from doudi.apps.registry.models import Household
from tests.apps.pages import queries_of
from tests.factories import (
    CITY,
    COUNTY,
    OTHER_COUNTY,
    PASSWORD,
    TOWN_A,
    VILLAGE_A,
    make_household,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return make_user("SYS_ADMIN", username="admin", department="PLATFORM")


def reasons() -> list[tuple[str, str]]:
    return list(AccessLog.objects.order_by("id").values_list("action", "reason"))


def test_a_user_is_made_with_a_one_time_password_that_must_be_changed(admin: User, client: Client) -> None:
    unit = make_unit(TOWN_A, "TOWNSHIP")
    user, password = services.user_create(
        actor=admin, username=" Clerk2 ", name=" 李慧敏 ", unit_id=unit.pk, grants=[("TOWN_CLERK", "")]
    )
    assert (user.username, user.name, user.must_change_password) == ("clerk2", "李慧敏", True)
    assert list(user.role_grants.values_list("role", "division_id")) == [("TOWN_CLERK", TOWN_A)]
    assert user.check_password(password)
    assert re.fullmatch(r"[A-Za-z2-9]{12}", password)
    assert reasons() == [("ADMIN", "新建用户：李慧敏；角色：乡镇（街道）经办人（安阳市 / 安阳县 / 甲镇）")]
    assert not AccessLog.objects.filter(reason__contains=password).exists()


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"username": "9x"}, "username"),
        ({"username": "李四四"}, "username"),
        ({"username": "admin"}, "username"),
        ({"name": "  "}, "name"),
        ({"unit_id": 0}, "unit"),
        ({"grants": [("KING", "")]}, "role"),
        ({"grants": [("TOWN_CLERK", COUNTY)]}, "division"),
        ({"grants": [("TOWN_CLERK", "999999999999")]}, "division"),
    ],
)
def test_a_wrong_field_is_named_and_no_user_is_made(admin: User, fields: dict, where: str) -> None:
    good = {"username": "clerk2", "name": "李慧敏", "unit_id": make_unit(TOWN_A, "TOWNSHIP").pk, "grants": []}
    with pytest.raises(Invalid) as caught:
        services.user_create(actor=admin, **{**good, **fields})
    assert caught.value.where == where
    assert (User.objects.count(), RoleGrant.objects.count(), AccessLog.objects.count()) == (1, 1, 0)


@pytest.mark.parametrize("role", [role for role in ROLES if role not in PERMISSIONS["user.manage"]])
def test_only_administrators_manage_users(role: str, client: Client) -> None:
    actor = make_user(role)
    target = make_user("TOWN_CLERK", TOWN_A, username="target")
    with pytest.raises(Refused):
        services.user_reset_password(actor=actor, user_id=target.pk)
    with pytest.raises(Refused):
        services.role_grant(actor=actor, user_id=target.pk, role="TOWN_HEAD")
    client.force_login(actor)
    assert client.get("/users/").status_code == 403
    assert client.get("/units/").status_code == 403
    assert client.post("/users/new/", {"username": "x"}).status_code == 403
    assert target.check_password(PASSWORD)
    assert list(target.role_grants.values_list("role", flat=True)) == ["TOWN_CLERK"]


def test_a_grant_is_logged_and_takes_effect_with_the_next_request(admin: User, client: Client) -> None:
    user = make_user("TOWN_CLERK", TOWN_A, username="clerk")
    services.role_grant(actor=admin, user_id=user.pk, role="TOWN_HEAD")
    services.role_grant(actor=admin, user_id=user.pk, role="TOWN_HEAD", division_code=TOWN_A)
    assert may(User.objects.get(pk=user.pk), "application.decide")
    assert reasons() == [("ADMIN", "授予角色：乡镇（街道）审批人（安阳市 / 安阳县 / 甲镇）")]
    grant = user.role_grants.get(role="TOWN_HEAD")
    services.role_revoke(actor=admin, grant_id=grant.pk)
    assert not may(User.objects.get(pk=user.pk), "application.decide")
    assert reasons()[1] == ("ADMIN", "收回角色：乡镇（街道）审批人（安阳市 / 安阳县 / 甲镇）")


@pytest.mark.parametrize("role", ["CNTY_LEAD", "SEC_ADMIN", "AUDITOR"])
def test_nobody_gives_himself_a_role(admin: User, role: str) -> None:
    with pytest.raises(Refused):
        services.role_grant(actor=admin, user_id=admin.pk, role=role)
    assert list(admin.role_grants.values_list("role", flat=True)) == ["SYS_ADMIN"]
    assert reasons() == []


@pytest.mark.parametrize(
    ("held", "wanted"),
    [("SEC_ADMIN", "AUDITOR"), ("AUDITOR", "CNTY_REVIEW"), ("CNTY_REVIEW", "SYS_ADMIN"), ("SYS_ADMIN", "SEC_ADMIN")],
)
def test_administration_security_and_audit_are_three_people_without_business_roles(
    admin: User, held: str, wanted: str
) -> None:
    user = make_user(held)
    with pytest.raises(Invalid) as caught:
        services.role_grant(actor=admin, user_id=user.pk, role=wanted)
    assert caught.value.where == "role"
    assert list(user.role_grants.values_list("role", flat=True)) == [held]


@pytest.mark.parametrize(
    ("role", "unit_at", "department", "division"),
    [
        ("CNTY_REVIEW", COUNTY, "CIVIL_AFFAIRS", OTHER_COUNTY),
        ("CNTY_REVIEW", CITY, "CIVIL_AFFAIRS", CITY),
        ("CNTY_REVIEW", COUNTY, "CIVIL_AFFAIRS", CITY),
        ("TOWN_CLERK", COUNTY, "CIVIL_AFFAIRS", COUNTY),
        ("DEPT_MED", COUNTY, "DPF", COUNTY),
        ("DEPT_MED", COUNTY, "CIVIL_AFFAIRS", COUNTY),
    ],
)
def test_a_role_reaches_no_farther_than_unit_level_and_department(
    admin: User, role: str, unit_at: str, department: str, division: str
) -> None:
    user = make_user([], unit_at, department=department)
    with pytest.raises(Invalid):
        services.role_grant(actor=admin, user_id=user.pk, role=role, division_code=division)
    assert not user.role_grants.exists()


def test_a_disabled_account_is_out_with_its_next_request(admin: User, client: Client) -> None:
    user = make_user("TOWN_CLERK", TOWN_A, username="clerk")
    client.force_login(user)
    assert client.get("/password/").status_code == 200
    services.user_disable(actor=admin, user_id=user.pk)
    assert client.get("/password/").status_code == 302
    services.user_enable(actor=admin, user_id=user.pk)
    assert reasons() == [("ADMIN", "停用账号"), ("ADMIN", "启用账号")]


def test_an_administrator_cannot_close_or_reset_his_own_account(admin: User) -> None:
    for verb in (services.user_disable, services.user_enable, services.user_reset_password):
        with pytest.raises(Refused):
            verb(actor=admin, user_id=admin.pk)
    admin.refresh_from_db()
    assert (admin.is_active, admin.check_password(PASSWORD)) == (True, True)


def test_a_reset_ends_sessions_and_lifts_the_lock(admin: User, client: Client) -> None:
    user = make_user("TOWN_CLERK", TOWN_A, username="clerk")
    client.force_login(user)
    for _ in range(5):
        Client().post("/login/", {"username": "clerk", "password": "wrong"})
    _, password = services.user_reset_password(actor=admin, user_id=user.pk)
    assert client.get("/password/").status_code == 302
    assert client.post("/login/", {"username": "clerk", "password": password}).status_code == 302
    assert client.get("/users/")["Location"] == "/password/"


def test_the_page_makes_a_user_once_and_shows_the_password_once(admin: User, client: Client) -> None:
    client.force_login(admin)
    unit = make_unit(TOWN_A, "TOWNSHIP")
    form = {"username": "clerk2", "name": "李慧敏", "unit": unit.pk, "role": "TOWN_CLERK", "idempotency_key": "k1"}
    first = client.post("/users/new/", form).content.decode()
    password = re.search(r"<code>(\w{12})</code>", first)[1]
    user = User.objects.get(username="clerk2")
    assert user.check_password(password)
    again = client.post("/users/new/", form)
    assert again["Location"] == reverse("accounts:user", args=[user.pk])
    assert password not in client.get(again["Location"]).content.decode()
    assert User.objects.filter(username="clerk2").count() == 1


def test_a_refused_form_keeps_what_was_typed(admin: User, client: Client) -> None:
    client.force_login(admin)
    answer = client.post("/users/new/", {"username": "admin", "name": "李慧敏", "role": "TOWN_CLERK"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="李慧敏"' in page
    assert 'href="#id_unit"' in page
    assert 'aria-describedby="id_unit_error"' in page


def test_the_pages_grant_revoke_disable_and_reset(admin: User, client: Client) -> None:
    client.force_login(admin)
    user = make_user("TOWN_CLERK", TOWN_A, username="clerk")
    page = reverse("accounts:user", args=[user.pk])
    assert client.post(f"{page}grant/", {"role": "TOWN_HEAD"})["Location"] == page
    assert client.post(f"{page}grant/", {"role": "CNTY_LEAD", "division": COUNTY}).status_code == 422
    grant = user.role_grants.get(role="TOWN_HEAD")
    assert client.post(reverse("accounts:revoke", args=[user.pk, grant.pk]))["Location"] == page
    assert client.post(f"{page}disable/")["Location"] == page
    assert client.post(f"{page}disable/").status_code == 409
    assert client.post(f"{page}enable/")["Location"] == page
    assert re.search(r"<code>\w{12}</code>", client.post(f"{page}reset/").content.decode())
    assert client.post(f"{page}destroy/").status_code == 404
    assert list(user.role_grants.values_list("role", flat=True)) == ["TOWN_CLERK"]


def test_a_unit_is_made_once(admin: User, client: Client) -> None:
    client.force_login(admin)
    form = {"division": COUNTY, "department": "HEALTH", "name": "安阳县卫生健康委员会"}
    assert client.post("/units/new/", form)["Location"] == "/units/"
    assert client.post("/units/new/", form).status_code == 422
    assert Unit.objects.filter(department="HEALTH").count() == 1
    assert reasons() == [("ADMIN", "新建单位：安阳县卫生健康委员会")]


def test_what_is_not_there_is_not_found(admin: User) -> None:
    with pytest.raises(NotFound):
        services.user_disable(actor=admin, user_id=0)
    with pytest.raises(NotFound):
        services.role_revoke(actor=admin, grant_id=0)


@pytest.mark.parametrize("role", ["SYS_ADMIN", "SEC_ADMIN", "POLICY_ADMIN"])
def test_administrators_see_no_household(role: str, client: Client) -> None:
    """R266: the platform's administrators have no business data."""
    household = make_household(VILLAGE_A, category="DIBAO")
    actor = make_user(role)
    assert not restrict(Household.objects.all(), actor).exists()
    assert not any(may(actor, operation) for operation in ("household.list", "household.read", "alert.list", "reveal"))
    client.force_login(actor)
    answer = client.get("/households/")
    assert answer.status_code == 403
    assert household.head_name not in answer.content.decode()


def test_without_a_role_nothing_is_seen(client: Client) -> None:
    """R266: scope fails closed."""
    make_household(VILLAGE_A, category="DIBAO")
    nobody = make_user([])
    assert not restrict(Household.objects.all(), nobody).exists()
    assert not any(may(nobody, operation) for operation in PERMISSIONS)
    closed = make_user("CNTY_REVIEW", is_active=False)
    assert scope_of(closed).roles == frozenset()
    assert not restrict(Household.objects.all(), closed).exists()


@pytest.mark.parametrize(
    ("role", "division", "inside"),
    [
        ("CITY_CA", CITY, 3),
        ("CNTY_REVIEW", COUNTY, 2),
        ("CNTY_REVIEW", OTHER_COUNTY, 1),
        ("TOWN_CLERK", TOWN_A, 1),
        ("DEPT_MED", COUNTY, 0),
        ("VIL_ASSIST", VILLAGE_A, 0),
    ],
)
def test_a_scope_is_the_subtree_of_the_division(role: str, division: str, inside: int) -> None:
    """R266: role by division; department officers and visitors see only what was referred or assigned."""
    for village in (VILLAGE_A, "410522101201", "410523100201"):
        make_household(village, category="DIBAO")
    actor = make_user(role, division)
    assert restrict(Household.objects.all(), actor, household="id").count() == inside


def test_an_unknown_operation_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        may(make_user("CNTY_REVIEW"), "household.destroy")


def test_every_permission_names_known_roles() -> None:
    assert {role for roles in PERMISSIONS.values() for role in roles} <= set(ROLES)


def test_the_sample_county_has_an_account_for_each_role() -> None:
    make_user("SYS_ADMIN", username="admin")
    first = services.ensure_sample_accounts(county_code=COUNTY, password=PASSWORD)
    again = services.ensure_sample_accounts(county_code=COUNTY, password="Other-pass-2024")
    assert first == again
    assert [one["username"] for one in first] == [one.username for one in services.SAMPLE_ACCOUNTS]
    clerk = User.objects.get(username="clerk")
    assert (clerk.unit.name, clerk.must_change_password, clerk.check_password(PASSWORD)) == (
        "甲镇人民政府",
        False,
        True,
    )
    assert list(clerk.role_grants.values_list("role", "division_id")) == [("TOWN_CLERK", TOWN_A)]


def test_the_first_administrator_is_made_once_and_must_change_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOUDI_ADMIN_PASSWORD", raising=False)
    make_unit(COUNTY)
    password = services.ensure_first_admin()
    admin = User.objects.get(username="admin")
    assert admin.check_password(password)
    assert admin.must_change_password
    assert services.ensure_first_admin() is None
    assert User.objects.count() == 1


def test_a_given_administrator_password_follows_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    make_unit(COUNTY)
    monkeypatch.setenv("DOUDI_ADMIN_PASSWORD", "weak")
    with pytest.raises(Invalid) as caught:
        services.ensure_first_admin()
    assert caught.value.where == "DOUDI_ADMIN_PASSWORD"
    assert not User.objects.exists()
    monkeypatch.setenv("DOUDI_ADMIN_PASSWORD", "Given-pass-2024")
    assert services.ensure_first_admin() is None
    assert User.objects.get().check_password("Given-pass-2024")


def test_without_divisions_there_is_no_administrator_but_advice() -> None:
    assert not Division.objects.exists()
    with pytest.raises(Invalid, match="行政区划"):
        services.ensure_first_admin()


@pytest.mark.parametrize("name", ["accounts:users", "accounts:units"])
def test_a_list_costs_the_same_for_twenty_users(name: str, admin: User, client: Client) -> None:
    unit = make_unit(TOWN_A, "TOWNSHIP")
    clerks = User.objects.bulk_create(User(username=f"clerk{n:02}", name="甲", unit=unit) for n in range(25))
    RoleGrant.objects.bulk_create(RoleGrant(user=one, role="TOWN_CLERK", division_id=TOWN_A) for one in clerks)
    client.force_login(admin)
    queries_of(client, name)

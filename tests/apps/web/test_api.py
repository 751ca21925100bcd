"""The API as a whole: who gets in, and how it refuses."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from doudi.apps.audit.models import AccessLog
from doudi.web.api import api
from tests.factories import make_household, make_user

pytestmark = pytest.mark.django_db
OPERATIONS = sorted(
    (method, re.sub(r"\{\w+\}", "1", path))
    for path, item in api.get_openapi_schema()["paths"].items()
    for method in item
)


def call(client: Client, method: str, path: str):
    return client.generic(method.upper(), path, data="{}", content_type="application/json")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_nobody_gets_in_without_a_log_in(method: str, path: str, client: Client) -> None:
    answer = call(client, method, path)
    assert (answer.status_code, answer.json()["error"]) == (401, "not_signed_in")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_officer_without_a_role_gets_nothing(method: str, path: str, client: Client) -> None:
    """R266: by authority only. What is refused stands in the access log."""
    household = make_household(category="DIBAO")
    user = make_user([])
    client.force_login(user)
    answer = call(client, method, path)
    assert answer.status_code in {403, 404, 422}
    assert answer["Content-Type"].startswith("application/json")
    assert household.head_name not in answer.content.decode()
    refused = AccessLog.objects.filter(action="REFUSED", actor_id=user.pk).count()
    assert refused == (answer.status_code != 422)


@pytest.mark.parametrize(("method", "path"), [one for one in OPERATIONS if one[0] != "get"])
def test_a_write_needs_the_csrf_token(method: str, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("CNTY_REVIEW"))
    answer = call(strict, method, path)
    assert answer.status_code == 403
    assert answer.json() == {"error": "refused", "message": "请求缺少有效的 CSRF 令牌，未作任何改动。"}

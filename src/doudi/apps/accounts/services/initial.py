"""The accounts that an installation starts with: its first administrator, or the sample county's officers."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pghistory
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from doudi.apps.accounts.models import RoleGrant, Unit, User
from doudi.apps.accounts.roles import DEPARTMENTS, ROLES
from doudi.apps.accounts.services.users import make_user
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base.errors import Invalid
from doudi.apps.divisions.queries import ancestry, children, division_name


@dataclass(frozen=True)
class SampleAccount:
    """``at``: the level of the unit's division, from the village up to the province."""

    username: str
    name: str
    role: str
    at: str
    department: str = "CIVIL_AFFAIRS"
    serves: str = ""  # the level that the role covers, where it is not the unit's own


SAMPLE_ACCOUNTS = (
    SampleAccount("village", "谢丽媛", "VIL_ASSIST", "village", "VILLAGE", serves="township"),
    SampleAccount("clerk", "李慧敏", "TOWN_CLERK", "township", "TOWNSHIP"),
    SampleAccount("head", "孟建国", "TOWN_HEAD", "township", "TOWNSHIP"),
    SampleAccount("review", "周文静", "CNTY_REVIEW", "county"),
    SampleAccount("lead", "张立国", "CNTY_LEAD", "county"),
    SampleAccount("data", "吴晓东", "CNTY_DATA", "county"),
    SampleAccount("med", "郑秀兰", "DEPT_MED", "county", "MED"),
    SampleAccount("dpf", "冯志强", "DEPT_DPF", "county", "DPF"),
    SampleAccount("edu", "陈雨桐", "DEPT_EDU", "county", "EDU"),
    SampleAccount("hrss", "韩伟", "DEPT_HRSS", "county", "HRSS"),
    SampleAccount("agri", "魏建平", "DEPT_AGRI", "county", "AGRI"),
    SampleAccount("city", "许国华", "CITY_CA", "city"),
    SampleAccount("audit", "沈明", "AUDITOR", "county", "AUDIT"),
    SampleAccount("policy", "蒋月", "POLICY_ADMIN", "county"),
    SampleAccount("security", "唐宁", "SEC_ADMIN", "county", "PLATFORM"),
    SampleAccount("admin", "高峰", "SYS_ADMIN", "county", "PLATFORM"),
)
_UNIT_NAMES = {
    "CIVIL_AFFAIRS": "民政局",
    "TOWNSHIP": "人民政府",
    "VILLAGE": "",
    "MED": "医疗保障局",
    "DPF": "残疾人联合会",
    "EDU": "教育局",
    "HRSS": "人力资源和社会保障局",
    "AGRI": "农业农村局",
    "AUDIT": "审计局",
    "PLATFORM": "平台运行维护单位",
}
_LEVELS = ("province", "city", "county", "township", "village")


@transaction.atomic
def ensure_sample_accounts(
    *, county_code: str, password: str, township_code: str = "", village_code: str = ""
) -> list[dict[str, str]]:
    """One account for each role of a sample county; those that exist stay. For the demonstration and tests only.

    Township and village are the county's first by code unless given. The password need not be changed here.
    Returns [{username, name, role, unit, division}] in the order of :data:`SAMPLE_ACCOUNTS`.
    """
    village_code = village_code or _first(township_code or _first(county_code))
    places = dict(zip(_LEVELS, ancestry(village_code), strict=True))
    shown = []
    for account in SAMPLE_ACCOUNTS:
        division = places[account.at]
        user = User.objects.select_related("unit").filter(username=account.username).first()
        if user is None:
            unit = _unit(division, account.department)
            user, _ = make_user(
                username=account.username, name=account.name, unit_id=unit.pk, password=password, must_change=False
            )
            _save(user, account.role, places[account.serves or account.at], "样例账号")
        shown.append(
            {
                "username": user.username,
                "name": user.name,
                "role": ROLES[account.role].label,
                "unit": user.unit.name,
                "division": division_name(division),
            }
        )
    return shown


@transaction.atomic
def sample_officer(*, username: str, name: str, role: str, division: str) -> User:
    """An officer of a township in the sample history: acts there, cannot sign in. The one that exists stays."""
    user = User.objects.select_related("unit").filter(username=username).first()
    if user is None:
        unit = _unit(division, "TOWNSHIP")
        user, _ = make_user(username=username, name=name, unit_id=unit.pk, must_change=False)
        user.set_unusable_password()
        _save(user, role, division, "样例账号")
    return user


@transaction.atomic
def ensure_first_admin() -> str | None:
    """Make ``admin`` when nobody holds 系统管理员; the password from ``DOUDI_ADMIN_PASSWORD``, else a one-time one.

    Returns the one-time password, to be shown once, or None when nothing was made or the password was given. Either
    way it must be changed at the first log-in.
    """
    if RoleGrant.objects.filter(role="SYS_ADMIN", user__is_active=True).exists():
        return None
    provinces = children(None)
    if not provinces:
        raise Invalid("没有行政区划，无法建立管理员的单位", where="division", hint="请先载入行政区划：doudi migrate")
    given = os.environ.get("DOUDI_ADMIN_PASSWORD", "")
    unit = _unit(provinces[0].code, "PLATFORM")
    user, password = make_user(username="admin", name="系统管理员", unit_id=unit.pk, password=given)
    if given:
        try:
            validate_password(given, user)
        except ValidationError as error:
            raise Invalid("".join(error.messages), where="DOUDI_ADMIN_PASSWORD", hint="请换一个密码") from error
    _save(user, "SYS_ADMIN", unit.division_id, "首个管理员")
    return None if given else password


def _first(code: str) -> str:
    below = children(code)
    if not below:
        raise Invalid(f"区划 {code} 下没有下级区划", where="county_code", hint="请先载入行政区划：doudi migrate")
    return below[0].code


def _unit(division: str, department: str) -> Unit:
    return Unit.objects.get_or_create(
        division_id=division,
        department=department,
        defaults={"name": _unit_name(division_name(division), department)},
    )[0]


def _unit_name(place: str, department: str) -> str:
    if department == "TOWNSHIP" and place.endswith(("街道", "办事处")):
        return place if place.endswith("办事处") else f"{place}办事处"
    return f"{place}{_UNIT_NAMES.get(department, DEPARTMENTS[department])}"


def _save(user: User, role: str, division: str, reason: str) -> None:
    with pghistory.context(actor=None, action="user.create"):
        user.save()
        RoleGrant.objects.create(user=user, role=role, division_id=division)
    record(
        Action.ADMIN,
        actor=None,
        object_type="user",
        object_id=user.username,
        county_code=division[:6].ljust(12, "0"),
        reason=f"{reason}：{ROLES[role].label}",
    )

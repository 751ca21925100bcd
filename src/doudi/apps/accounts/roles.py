"""Roles, departments and what each role may do: tables, read by one function (domain roles and permission matrix)."""

from __future__ import annotations

from dataclasses import dataclass

DEPARTMENTS = {
    "CIVIL_AFFAIRS": "民政",
    "TOWNSHIP": "乡镇（街道）",
    "VILLAGE": "村（社区）",
    "MED": "医疗保障",
    "DPF": "残疾人联合会",
    "EDU": "教育",
    "HRSS": "人力资源社会保障",
    "HOUSE": "住房保障",
    "UC": "城建",
    "HEALTH": "卫生健康",
    "EMERG": "应急管理",
    "AGRI": "农业农村（乡村振兴）",
    "FIN": "财政",
    "DATA": "数据管理",
    "AUDIT": "审计监督",
    "PLATFORM": "平台运行",
}


@dataclass(frozen=True)
class Role:
    """``reach``: division (the subtree), tasks (households of own open tasks), unit (those referred to it), none."""

    label: str
    level: str
    reach: str


ROLES = {
    "SYS_ADMIN": Role("系统管理员", "platform", "none"),
    "SEC_ADMIN": Role("安全管理员", "platform", "none"),
    "AUDITOR": Role("审计查阅", "any", "division"),
    "POLICY_ADMIN": Role("政策管理员", "county", "none"),
    "CITY_CA": Role("市民政", "city", "division"),
    "CNTY_LEAD": Role("县民政负责人", "county", "division"),
    "CNTY_REVIEW": Role("县审核岗", "county", "division"),
    "CNTY_DATA": Role("县数据岗", "county", "division"),
    "CNTY_SUP": Role("县监督岗", "county", "division"),
    "TOWN_HEAD": Role("乡镇（街道）审批人", "township", "division"),
    "TOWN_CLERK": Role("乡镇（街道）经办人", "township", "division"),
    "VIL_ASSIST": Role("村级社会救助协理员", "village", "tasks"),
    "DEPT_MED": Role("医保经办", "county", "unit"),
    "DEPT_DPF": Role("残联经办", "county", "unit"),
    "DEPT_EDU": Role("教育经办", "county", "unit"),
    "DEPT_HRSS": Role("人社经办", "county", "unit"),
    "DEPT_HOUSE": Role("住房保障经办", "county", "unit"),
    "DEPT_EMERG": Role("应急经办", "county", "unit"),
    "DEPT_AGRI": Role("农业农村经办", "county", "unit"),
}

DEPARTMENT_ROLES = tuple(code for code in ROLES if code.startswith("DEPT_"))
_COUNTY = ("CNTY_LEAD", "CNTY_REVIEW")
_TOWN = ("TOWN_HEAD", "TOWN_CLERK")
_WATCH = ("CITY_CA", "CNTY_SUP", "AUDITOR")

# operation → roles that hold it
PERMISSIONS: dict[str, tuple[str, ...]] = {
    "household.list": (*_COUNTY, *_TOWN, *_WATCH, "VIL_ASSIST"),
    "household.read": (*_COUNTY, *_TOWN, *_WATCH, "VIL_ASSIST", *DEPARTMENT_ROLES),
    "household.economy": (*_COUNTY, *_TOWN, *_WATCH),
    "health.detail": (*_COUNTY, *_TOWN, "DEPT_MED", "DEPT_DPF"),
    "reveal": (*_COUNTY, *_TOWN, "CITY_CA", "AUDITOR"),
    "alert.list": (*_COUNTY, *_TOWN, *_WATCH),
    "alert.read": (*_COUNTY, *_TOWN, *_WATCH, "VIL_ASSIST"),
    "alert.assign": (*_COUNTY, *_TOWN),
    "alert.dispose": (*_COUNTY, *_TOWN),
    "alert.close": (*_COUNTY, "TOWN_HEAD"),
    "visit.record": ("VIL_ASSIST", "TOWN_CLERK"),
    "inspection.read": (*_COUNTY, *_TOWN, *_WATCH),
    "inspection.manage": (*_COUNTY, *_TOWN),
    "screening.open": _COUNTY,
    "referral.send": (*_COUNTY, *_TOWN),
    "referral.handle": DEPARTMENT_ROLES,
    "referral.list": (*_COUNTY, *_TOWN, *_WATCH, *DEPARTMENT_ROLES),
    "conference.manage": _COUNTY,
    "conference.read": (*_COUNTY, *_TOWN, *_WATCH),
    "application.create": _TOWN,
    "application.read": (*_COUNTY, *_TOWN, *_WATCH),
    "application.decide": ("TOWN_HEAD", "CNTY_LEAD", "CNTY_REVIEW"),
    "decision.read": (*_COUNTY, *_TOWN, *_WATCH),
    "decision.compute": (*_COUNTY, *_TOWN),
    "feed.list": (*_COUNTY, "CNTY_DATA", "CNTY_SUP", "CITY_CA", "AUDITOR", *DEPARTMENT_ROLES),
    "feed.upload": ("CNTY_DATA", "CNTY_REVIEW", *DEPARTMENT_ROLES),
    "feed.accept": ("CNTY_DATA",),
    "feed.key": ("SYS_ADMIN",),
    "quarantine.download": ("CNTY_DATA", "CNTY_REVIEW", *DEPARTMENT_ROLES),
    "linkage.read": (*_COUNTY, "CNTY_DATA", *_WATCH),
    "linkage.run": ("CNTY_DATA", "CNTY_REVIEW", "CITY_CA"),
    "linkage.decide": (*_COUNTY, "CITY_CA"),
    "monitor.run": ("CNTY_DATA", "CNTY_REVIEW"),
    "monitor.read": (*_COUNTY, "CNTY_DATA", "CNTY_SUP", "CITY_CA", "AUDITOR"),
    "indicator.draft": ("POLICY_ADMIN", "CNTY_DATA", "CNTY_REVIEW"),
    "indicator.publish": ("CNTY_LEAD", "CITY_CA", "POLICY_ADMIN"),
    "capacity.set": _COUNTY,
    "supervision.read": (*_COUNTY, "CNTY_DATA", *_WATCH, *_TOWN),
    "supervision.answer": (*_COUNTY, "CNTY_DATA", "CNTY_SUP", *_TOWN),
    "supervision.settle": ("CNTY_SUP", "CNTY_LEAD", "CITY_CA"),
    "standards.read": tuple(ROLES),
    "registry.load": ("CNTY_DATA",),
    "payment.import": ("CNTY_DATA",),
    "standards.import": ("POLICY_ADMIN",),
    "policy.draft": ("POLICY_ADMIN",),
    "policy.publish": ("CNTY_LEAD", "CITY_CA", "POLICY_ADMIN"),
    "policy.simulate": ("POLICY_ADMIN", *_COUNTY, "CITY_CA"),
    "arrears.read": (*_COUNTY, *_WATCH),
    "arrears.compute": _COUNTY,
    "user.manage": ("SYS_ADMIN", "SEC_ADMIN"),
    "audit.read": ("AUDITOR", "SEC_ADMIN"),
    "statistics.read": (*_COUNTY, *_TOWN, *_WATCH),
}

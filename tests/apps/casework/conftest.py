"""One township's people, a county and two departments, and an alert to handle."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from doudi.apps.accounts.models import User
from doudi.apps.base import clock
from doudi.apps.casework import services
from doudi.apps.monitoring.models import Alert
from tests.apps.monitoring.builders import make_alert
from tests.factories import COUNTY, TOWN_A, TOWN_B, VILLAGE_A, make_unit, make_user


@dataclass(frozen=True)
class People:
    visitor: User
    other_visitor: User
    clerk: User
    head: User
    reviewer: User
    lead: User
    med: User
    dpf: User
    town_b: User


@pytest.fixture
def people(db: Any) -> People:
    med, dpf = make_unit(COUNTY, "MED", "县医疗保障局"), make_unit(COUNTY, "DPF", "县残联")
    town, village = make_unit(TOWN_A, "TOWNSHIP", "甲镇民政办"), make_unit(VILLAGE_A, "VILLAGE", "甲一村")
    return People(
        visitor=make_user("VIL_ASSIST", VILLAGE_A, unit=village, name="村协理员"),
        other_visitor=make_user("VIL_ASSIST", VILLAGE_A, unit=village, name="另一协理员"),
        clerk=make_user("TOWN_CLERK", TOWN_A, unit=town, name="经办人"),
        head=make_user("TOWN_HEAD", TOWN_A, unit=town, name="镇长"),
        reviewer=make_user("CNTY_REVIEW", COUNTY, name="县审核"),
        lead=make_user("CNTY_LEAD", COUNTY, name="县负责人"),
        med=make_user("DEPT_MED", COUNTY, unit=med, name="医保"),
        dpf=make_user("DEPT_DPF", COUNTY, unit=dpf, name="残联"),
        town_b=make_user("TOWN_CLERK", TOWN_B, name="乙镇经办人"),
    )


@pytest.fixture(autouse=True)
def _fixed_day() -> Any:
    """A working day of a year whose holidays are known."""
    with clock.at(dt.datetime(2025, 3, 12, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))):
        yield


@pytest.fixture
def alert(people: People) -> Alert:
    return make_alert(VILLAGE_A, indicator="PND-06", due_on=dt.date(2025, 3, 19))


@pytest.fixture
def assigned(people: People, alert: Alert) -> Any:
    """The open visit task of ``alert``."""
    return services.visit_assign(actor=people.clerk, alert_ids=[alert.pk], visitor_id=people.visitor.pk)[0]


@pytest.fixture
def verify(people: People) -> Callable[..., Alert]:
    """Bring an alert to VERIFIED by a visit."""

    def do(alert: Alert, outcome: str = "TRUE_REFER") -> Alert:
        [task] = services.visit_assign(actor=people.clerk, alert_ids=[alert.pk], visitor_id=people.visitor.pk)
        services.visit_record(
            actor=people.visitor, task_id=task.pk, uid=uuid.uuid4(), outcome=outcome, findings="家中老人长期住院"
        )
        alert.refresh_from_db()
        return alert

    return do


@pytest.fixture
def verified(alert: Alert, verify: Callable[..., Alert]) -> Alert:
    return verify(alert)


@pytest.fixture
def referral(people: People, verified: Alert) -> Any:
    """A referral of ``verified`` to the medical-insurance office."""
    return services.referral_send(
        actor=people.clerk, alert_id=verified.pk, to_unit_id=people.med.unit_id, item="M03", need="请落实住院医疗救助"
    )

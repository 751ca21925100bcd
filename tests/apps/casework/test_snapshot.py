"""What the platform knows of its own work stands in the registry snapshot that monitoring reads."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db import connection
from django.utils import timezone

from doudi.apps.accounts.models import User
from doudi.apps.assistance.models import AssistanceRecord
from doudi.apps.audit.models import AccessLog
from doudi.apps.base import clock
from doudi.apps.base.crypto import keys
from doudi.apps.base.scoped import level_codes
from doudi.apps.casework.models import Application, CaseConference, Referral, Visit, VisitTask
from doudi.apps.chain import services as chain
from doudi.apps.chain.models import Kind
from doudi.apps.determination.models import Decision
from doudi.apps.registry.models import CategoryStatus, Household, Supporter
from doudi.apps.registry.snapshot import export_snapshot
from doudi.engine.identity import Tokeniser
from doudi.engine.indicators.records import RECORDS
from doudi.engine.lake.keys import account_key
from tests import factories as f
from tests.apps.monitoring.builders import make_alert

pytestmark = pytest.mark.django_db
MARCH_10 = dt.datetime(2025, 3, 10, 2, 30, tzinfo=dt.UTC)  # 10:30 here
NEW_YEAR_HERE = dt.datetime(2025, 3, 31, 17, 0, tzinfo=dt.UTC)  # 1 April, 01:00 here: no longer March
WRITTEN = (
    "supporters", "relatives", "accounts", "assistance", "tapers", "referrals", "visits", "applications",
    "conferences", "alerts", "exits", "lookups", "reviews",
)  # fmt: skip


@pytest.fixture
def clerk() -> User:
    return f.make_user("TOWN_CLERK", f.TOWN_A)


@pytest.fixture
def home() -> Household:
    return f.make_household(category="DIBAO")


def exported(folder: Path, name: str, period: str = "2025-03") -> list[dict[str, Any]]:
    """The rows of one table of the county's snapshot."""
    path = export_snapshot(f.COUNTY, period, folder / period) / f"{name}.parquet"
    found = duckdb.connect().sql(f"SELECT * FROM '{path}'")
    assert dict(zip(found.columns, map(str, found.types), strict=True)) == RECORDS[name]
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def referral(home: Household, clerk: User, at: dt.datetime = MARCH_10, **given: Any) -> Referral:
    return Referral.objects.create(
        **{
            "referral_no": f"ZB{Referral.objects.count()}",
            "kind": "HANDLE",
            "household": home,
            "person": home.head,
            "to_unit": f.make_unit(f.COUNTY, "MED"),
            "item": "M03",
            "need": "住院救助",
            "state": "SENT",
            "sent_by": clerk,
            "sent_at": at,
            "accept_due_on": dt.date(2025, 3, 12),
            "handle_due_on": dt.date(2025, 3, 24),
            "rejections": 1,
            **level_codes(f.VILLAGE_A),
            **given,
        }
    )


def application(home: Household, clerk: User, number: str, **given: Any) -> Application:
    return Application.objects.create(
        **{
            "application_no": number,
            "household": home,
            "channel": "declared",
            "reason": "困难",
            "state": "SUBMITTED",
            "submitted_by": clerk,
            "submitted_at": MARCH_10,
            **level_codes(f.VILLAGE_A),
            **given,
        }
    )


def decision(home: Household, at: dt.datetime, **given: Any) -> Decision:
    return Decision.objects.create(
        **{
            "household": home,
            "state": "IN_FORCE",
            "pack": "anyang",
            "pack_version": "v",
            "as_of": at.date(),
            "inputs": {},
            "standards": {},
            "result": {},
            "category": "DIBAO",
            "computed_at": at,
            "decided_at": at,
            **given,
        }
    )


def test_all_tables_are_written_even_without_rows(tmp_path: Path) -> None:
    f.make_divisions()
    folder = export_snapshot(f.COUNTY, "2025-03", tmp_path)
    for name in WRITTEN:
        found = duckdb.connect().sql(f"SELECT * FROM '{folder / f'{name}.parquet'}'")
        assert (found.columns, found.fetchall()) == (list(RECORDS[name]), [])


def test_referrals(home: Household, clerk: User, tmp_path: Path) -> None:
    referral(home, clerk)
    referral(home, clerk, NEW_YEAR_HERE)
    other = f.make_household(f.OTHER_VILLAGE, category="DIBAO")
    referral(other, clerk)
    assert exported(tmp_path, "referrals") == [
        {
            "household_key": home.household_key,
            "person_key": home.head.person_key,
            "referral_no": "ZB0",
            "item": "M03",
            "department": "MED",
            "state": "SENT",
            "sent_on": dt.date(2025, 3, 10),
            "accept_due_on": dt.date(2025, 3, 12),
            "handle_due_on": dt.date(2025, 3, 24),
            "rejections": 1,
        }
    ]


def test_visits_say_whether_another_difficulty_was_found(home: Household, clerk: User, tmp_path: Path) -> None:
    for text in ("", "房屋漏雨"):
        task = VisitTask.objects.create(
            household=home,
            visitor=clerk,
            assigned_by=clerk,
            assigned_at=MARCH_10,
            state="DONE",
            **level_codes(f.VILLAGE_A),
        )
        Visit.objects.create(
            task=task, visitor=clerk, visited_at=MARCH_10, recorded_at=MARCH_10, outcome="WATCH", findings="正常",
            other_difficulty=text,
        )  # fmt: skip
    rows = exported(tmp_path, "visits")
    assert [(row["visited_on"], row["method"], row["outcome"], row["other_difficulty"]) for row in rows] == [
        (dt.date(2025, 3, 10), "HOME", "WATCH", False),
        (dt.date(2025, 3, 10), "HOME", "WATCH", True),
    ]


def test_applications_have_their_limit_until_they_are_decided(home: Household, clerk: User, tmp_path: Path) -> None:
    """30 working days after Monday 10 March 2025, over Qingming: 22 April."""
    application(home, clerk, "SQ1")
    decided = f.make_household(category="DIBAO")
    application(decided, clerk, "SQ2", state="APPROVED", decided_at=MARCH_10, decision=decision(decided, MARCH_10))
    open_one, done = (
        exported(tmp_path, "applications")
        if home.household_key < decided.household_key
        else reversed(exported(tmp_path, "applications"))
    )
    assert (open_one["application_no"], open_one["step_due_on"], open_one["decided_on"], open_one["checked"]) == (
        "SQ1", dt.date(2025, 4, 22), None, False,
    )  # fmt: skip
    assert (done["application_no"], done["step_due_on"], done["decided_on"], done["checked"]) == (
        "SQ2", None, dt.date(2025, 3, 10), True,
    )  # fmt: skip


def test_conferences(home: Household, clerk: User, tmp_path: Path) -> None:
    CaseConference.objects.create(
        conference_no="HY1", household=home, body_name="协调机制", subject="住房", state="PROPOSED",
        proposed_at=MARCH_10, held_on=dt.date(2025, 3, 20), **level_codes(f.VILLAGE_A),
    )  # fmt: skip
    (row,) = exported(tmp_path, "conferences")
    assert (row["conference_no"], row["proposed_on"], row["held_on"]) == (
        "HY1", dt.date(2025, 3, 10), dt.date(2025, 3, 20),
    )  # fmt: skip


def test_alerts_know_when_the_family_was_told(home: Household, clerk: User, tmp_path: Path) -> None:
    with clock.at(MARCH_10):
        told = make_alert(household=home, indicator="NCE-01")
        make_alert(household=home, indicator="NHD-02")
        chain.append(
            Kind.NOTICE, actor=clerk, household_id=home.pk, title="告知", document=f"alert:{told.pk}",
            body={"告知日期": "2025-03-12"},
        )  # fmt: skip
    rows = {row["indicator"]: row for row in exported(tmp_path, "alerts")}
    assert rows["NCE-01"]["informed_on"] == dt.date(2025, 3, 12)
    assert rows["NHD-02"]["informed_on"] is None
    assert rows["NCE-01"]["household_key"] == home.household_key


def test_help_received(home: Household, clerk: User, tmp_path: Path) -> None:
    AssistanceRecord.objects.create(
        household=home, item="T01", amount=Decimal("500.55"), unit=f.make_unit(f.TOWN_A, "TOWNSHIP"),
        given_on=dt.date(2025, 3, 31), recorded_by=clerk, recorded_at=MARCH_10,
    )  # fmt: skip
    (row,) = exported(tmp_path, "assistance")
    assert (row["item"], row["amount"], row["period"], row["given_on"], row["department"], row["person_key"]) == (
        "T01", 50055, None, dt.date(2025, 3, 31), "TOWNSHIP", None,
    )  # fmt: skip


def test_supporters_as_last_stated(home: Household, tmp_path: Path) -> None:
    for day, amount in (("2024-01-01", 100), ("2025-01-01", 1200), ("2025-04-01", 9)):
        Supporter.objects.create(
            household=home, supports=home.head, name="李四", relation="child", birth_date=dt.date(1965, 4, 1),
            annual_support=amount, as_of=day,
        )  # fmt: skip
    (row,) = exported(tmp_path, "supporters")
    assert row == {
        "person_key": home.head.person_key, "relation": "child", "age": 59, "annual_support": 120000, "able": True,
    }  # fmt: skip


def test_relatives_of_staff_from_the_day_of_the_mark(home: Household, tmp_path: Path) -> None:
    home.has_staff_relative = True
    home.save()
    today = timezone.localdate()  # the database writes the history by its own clock
    (row,) = exported(tmp_path, "relatives", f"{today:%Y-%m}")
    assert row == {"household_key": home.household_key, "staff_relative": True, "registered_on": today}
    assert exported(tmp_path, "relatives", f"{today.replace(day=1) - dt.timedelta(days=1):%Y-%m}") == []


def test_accounts_leave_as_keyed_numbers_that_match_the_banks(home: Household, tmp_path: Path) -> None:
    """Never clear (SUP-09), and equal to what the receipts' feed makes of the same account."""
    home.head.account = "6222 0000 1111 2222"
    home.head.save()
    (row,) = exported(tmp_path, "accounts")
    assert row == {
        "household_key": home.household_key, "person_key": home.head.person_key,
        "account_key": account_key(Tokeniser(keys().lake), "6222000011112222"), "institution": None,
    }  # fmt: skip
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*.parquet"))
    assert b"62220000" not in written.replace(b" ", b"")


def test_exits_are_of_people_without_a_category(home: Household, clerk: User, tmp_path: Path) -> None:
    left = f.make_household(category="DIBAO")
    changed = f.make_household(category="DIBAO")
    for household in (left, changed):
        CategoryStatus.objects.filter(household=household).update(to_date=dt.date(2025, 3, 31))
    CategoryStatus.objects.create(
        person=changed.head, household=changed, category="MARGIN", from_date=dt.date(2025, 3, 31)
    )
    refused = f.make_household()
    application(refused, clerk, "SQ1", state="REFUSED", decided_at=MARCH_10)
    rows = {row["household_key"]: row for row in exported(tmp_path, "exits")}
    assert set(rows) == {left.household_key, refused.household_key}
    assert (rows[left.household_key]["kind"], rows[left.household_key]["category"]) == ("exited", "DIBAO")
    assert rows[left.household_key]["left_on"] == dt.date(2025, 3, 31)
    assert (rows[refused.household_key]["kind"], rows[refused.household_key]["left_on"]) == (
        "rejected", dt.date(2025, 3, 10),
    )  # fmt: skip
    assert exported(tmp_path, "exits", "2025-02") == []


def test_tapers_of_the_decision_in_force(home: Household, tmp_path: Path) -> None:
    decision(home, MARCH_10 - dt.timedelta(days=60), result={"taper": {"from": "2024-01", "to": "2024-06"}})
    decision(home, MARCH_10, result={"taper": {"from": "2025-03", "to": "2025-08"}})
    assert exported(tmp_path, "tapers") == [
        {"household_key": home.household_key, "taper_from": dt.date(2025, 3, 1), "taper_to": dt.date(2025, 8, 31)}
    ]


def test_lookups_count_households_by_user_and_hour(home: Household, clerk: User, tmp_path: Path) -> None:
    """SUP-10: a household with an open matter that day is a task; the others are outside tasks."""
    others = [f.make_household() for _ in range(2)]
    with clock.at(MARCH_10):
        make_alert(household=home, indicator="NCE-01")
    for household in (home, home, *others):
        AccessLog.objects.create(
            at=MARCH_10, action="READ", actor_id=clerk.pk, county_code=f.COUNTY, household_id=household.pk
        )
    AccessLog.objects.create(
        at=NEW_YEAR_HERE, action="READ", actor_id=clerk.pk, county_code=f.COUNTY, household_id=home.pk
    )
    assert exported(tmp_path, "lookups") == [
        {
            "division": "410522",
            "user_no": f"U{clerk.pk}",
            "looked_on": dt.date(2025, 3, 10),
            "hour": 10,
            "persons": 3,
            "outside_tasks": 2,
        }
    ]


def test_the_snapshot_shows_one_moment_and_writes_nothing(home: Household, tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_current_if_assigned()")
        before = cursor.fetchone()
        export_snapshot(f.COUNTY, "2025-03", tmp_path)
        cursor.execute("SELECT txid_current_if_assigned()")
        assert cursor.fetchone() == before

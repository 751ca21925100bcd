"""Supervision: matters about an office's work become items with an answer and a settlement by two persons."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from doudi.apps.audit.models import AccessLog
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.exchange.queries import DeliveryProblem
from doudi.apps.monitoring import queries, services
from doudi.apps.monitoring.models import Alert, MonitorRun, SupervisionItem
from doudi.apps.monitoring.queries import SupervisionFilters
from doudi.apps.monitoring.rules import rules
from doudi.apps.monitoring.services.supervise import Matter, supervise
from doudi.engine.indicators import Signal
from tests.apps.monitoring.test_pages import signed_in
from tests.apps.monitoring.test_reconcile import run_with
from tests.apps.monitoring.test_reconcile import signal as dead
from tests.apps.pages import queries_of
from tests.factories import (
    CITY,
    COUNTY,
    OTHER_COUNTY,
    TOWN_A,
    TOWN_B,
    VILLAGE_A,
    make_divisions,
    make_household,
    make_user,
)

pytestmark = pytest.mark.django_db


def late_application(no: str = "S1", *, period: str = "2025-03", division: str = COUNTY[:6], **fields: Any) -> Signal:
    measures = {"matter": no, "state": "SUBMITTED", "submitted_on": "2025-03-01", "step_due_on": "2025-03-30"}
    values: dict[str, Any] = {
        "indicator": "SUP-01", "alert_class": "SUP", "severity": "orange", "person_key": None, "household_key": None,
        "division": division, "first_seen": period, "period": period, "evidence": "[]", "pack": "anyang",
        "measures": json.dumps(measures), "indicator_version": "sha256:x",
    } | fields  # fmt: skip
    return Signal(**values)


def seen(*signals: Signal, period: str = "2025-03", on: dt.date = dt.date(2025, 4, 1)) -> Any:
    return run_with(list(signals), period=period, on=on, evaluated=("SUP-01", "MNE-01")).counts


def make_item(township: str = "", *, county: str = COUNTY, **fields: Any) -> SupervisionItem:
    make_divisions()
    run = MonitorRun.objects.create(
        county_id=county, period="2025-03", pack="anyang", state="DONE", started_at=clock.now()
    )
    number = SupervisionItem.objects.count() + 1
    one = Matter(
        "SUP-01",
        f"S{number}",
        township or county[:6],
        "orange",
        "申请超期",
        {"matter": f"S{number}"},
        [],
        "anyang",
        "v",
    )
    supervise(run, [one], evaluated=[])
    item = SupervisionItem.objects.get(matter=f"S{number}")
    for name, value in fields.items():
        setattr(item, name, value)
    item.save()
    return item


def test_a_matter_becomes_an_item_of_its_office_and_no_alert() -> None:
    household = make_household(VILLAGE_A, category="DIBAO")
    counts = seen(late_application(household_key=household.household_key, division=VILLAGE_A))
    assert (counts["supervision"], counts["supervision_opened"], Alert.objects.count()) == (1, 1, 0)
    item = SupervisionItem.objects.get()
    assert (item.rule, item.matter, item.state, item.household_id) == ("SUP-01", "S1", "OPEN", household.pk)
    assert (item.county_code, item.township_code, item.village_code) == (COUNTY, TOWN_A, "")
    assert item.explanation == "申请 S1（2025-03-01 受理）待审核，时限 2025-03-30 已过"
    assert item.due_on == dt.date(2025, 4, 2)
    assert item.item_no.startswith("JD-202504-")


def test_the_same_run_again_changes_nothing() -> None:
    seen(late_application())
    before = list(SupervisionItem.objects.exclude(run=None).values_list("pk", "version", "period", "due_on", "state"))
    counts = seen(late_application(), on=dt.date(2025, 4, 2))
    assert (counts["supervision_opened"], counts["supervision_continued"]) == (0, 1)
    after = list(SupervisionItem.objects.values_list("pk", "version", "period", "due_on", "state"))
    assert after == before
    assert SupervisionItem.objects.get().events.count() == 1


def test_a_matter_that_is_gone_is_marked_and_stays_open() -> None:
    seen(late_application())
    assert seen(period="2025-04", on=dt.date(2025, 5, 6))["supervision_vanished"] == 1
    item = SupervisionItem.objects.get()
    assert (item.state, item.vanished_at is not None) == ("OPEN", True)


def test_rules_that_did_not_run_leave_their_items_alone() -> None:
    seen(late_application())
    run_with([], period="2025-04", evaluated=("MNE-01",))
    assert SupervisionItem.objects.get().vanished_at is None


@pytest.mark.parametrize(
    ("outcome", "period", "state"),
    [("COMPLETED", "2025-04", "OPEN"), ("EXPLAINED", "2025-04", "CLOSED"), ("COMPLETED", "2025-03", "CLOSED")],
)
def test_what_a_settled_matter_does_when_it_is_found_again(outcome: str, period: str, state: str) -> None:
    """Corrected but back: open again. Explained, or the same period once more: settled."""
    seen(late_application())
    item = SupervisionItem.objects.get()
    answerer, supervisor = make_user("TOWN_HEAD", COUNTY), make_user("CNTY_SUP")
    services.item_answer(actor=answerer, item_id=item.pk, version=0, outcome=outcome, answer="已办理")
    services.item_close(actor=supervisor, item_id=item.pk, version=1)
    counts = seen(late_application(period=period), period=period, on=dt.date(2025, 5, 6))
    item.refresh_from_db()
    assert item.state == state
    assert counts["supervision_reopened"] == (1 if state == "OPEN" else 0)
    assert (item.answer, item.due_on) == (("", dt.date(2025, 5, 7)) if state == "OPEN" else ("已办理", item.due_on))


def test_statements_do_not_grow_with_matters() -> None:
    make_divisions()

    def statements(number: int, period: str) -> int:
        signals = [late_application(f"{period}-{index}", period=period) for index in range(number)]
        with CaptureQueriesContext(connection) as captured:
            seen(*signals, period=period, on=dt.date(2025, 6, 3))
        return len(captured)

    assert statements(3, "2025-03") == statements(60, "2025-04") - 1  # the three of before are marked as gone


def test_an_answer_is_settled_by_somebody_else() -> None:
    item, lead = make_item(), make_user("CNTY_LEAD")
    services.item_answer(actor=lead, item_id=item.pk, version=0, outcome="COMPLETED", answer="已于 4 月 2 日审核")
    with pytest.raises(Refused):
        services.item_close(actor=lead, item_id=item.pk, version=1)
    assert SupervisionItem.objects.get().state == "ANSWERED"
    services.item_close(actor=make_user("CNTY_SUP"), item_id=item.pk, version=1, reason="属实")
    closed = SupervisionItem.objects.get()
    assert (closed.state, closed.verdict, closed.closed_at is not None) == ("CLOSED", "属实", True)


def test_the_database_too_wants_two_persons() -> None:
    item, user = make_item(), make_user("CNTY_SUP")
    item.answered_by = item.closed_by = user
    with pytest.raises(IntegrityError, match="two_persons"), transaction.atomic():
        item.save()


def test_an_answer_can_be_sent_back() -> None:
    item = make_item(TOWN_A)
    services.item_answer(
        actor=make_user("TOWN_CLERK", TOWN_A), item_id=item.pk, version=0, outcome="EXPLAINED", answer="在外地"
    )
    services.item_return(actor=make_user("CITY_CA", CITY), item_id=item.pk, version=1, reason="请补充说明")
    item.refresh_from_db()
    assert (item.state, item.verdict) == ("OPEN", "请补充说明")


@pytest.mark.parametrize(("field", "value"), [("outcome", "NOT_NEEDED"), ("outcome", ""), ("answer", "  ")])
def test_an_answer_needs_one_of_the_rules_outcomes_and_words(field: str, value: str) -> None:
    item = make_item()
    given = {"outcome": "COMPLETED", "answer": "已办理"} | {field: value}
    with pytest.raises(Invalid) as error:
        services.item_answer(actor=make_user("CNTY_REVIEW"), item_id=item.pk, version=0, **given)
    assert error.value.where == field
    assert SupervisionItem.objects.get().state == "OPEN"


def test_only_what_is_gone_is_settled_without_an_answer() -> None:
    item, supervisor = make_item(), make_user("CNTY_SUP")
    with pytest.raises(Conflict):
        services.item_clear(actor=supervisor, item_id=item.pk, version=0, reason="已办")
    SupervisionItem.objects.update(vanished_at=clock.now())
    services.item_clear(actor=supervisor, item_id=item.pk, version=0, reason="已核实办结")
    assert SupervisionItem.objects.get().state == "CLOSED"


def test_a_stale_page_is_refused() -> None:
    with pytest.raises(Conflict):
        services.item_answer(
            actor=make_user("CNTY_REVIEW"), item_id=make_item().pk, version=4, outcome="COMPLETED", answer="x"
        )


@pytest.mark.parametrize(
    ("role", "division", "expected"),
    [
        ("CNTY_SUP", COUNTY, {"town", "county"}),
        ("TOWN_HEAD", TOWN_A, {"town"}),
        ("TOWN_CLERK", TOWN_B, set()),
        ("CITY_CA", CITY, {"town", "county", "other"}),
        ("CNTY_SUP", OTHER_COUNTY, {"other"}),
    ],
)
def test_each_sees_the_matters_of_his_division(role: str, division: str, expected: set[str]) -> None:
    items = {"town": make_item(TOWN_A), "county": make_item(), "other": make_item(county=OTHER_COUNTY)}
    user = make_user(role, division)
    page = queries.supervision_list(actor=user, filters=SupervisionFilters(state="LIVE"))
    assert {row.item_no for row in page.rows} == {items[name].item_no for name in expected}
    assert queries.supervision_counters(user)["live"] == len(expected)


def test_others_matters_are_not_found_and_not_answered() -> None:
    item, user = make_item(county=OTHER_COUNTY), make_user("CNTY_LEAD")
    with pytest.raises(NotFound):
        queries.supervision_get(actor=user, item_id=item.pk)
    with pytest.raises(NotFound):
        services.item_answer(actor=user, item_id=item.pk, version=0, outcome="COMPLETED", answer="x")


@pytest.mark.parametrize("role", ["VIL_ASSIST", "DEPT_MED", "SYS_ADMIN", "POLICY_ADMIN"])
def test_roles_without_the_permission_are_refused(role: str) -> None:
    user = make_user(role)
    assert signed_in(user).get(reverse("monitoring:supervision")).status_code == 403
    assert queries.supervision_counters(user) == {}


@pytest.mark.parametrize("role", ["AUDITOR", "TOWN_CLERK"])
def test_who_only_reads_or_answers_does_not_settle(role: str) -> None:
    item = make_item(TOWN_A, state="ANSWERED")
    with pytest.raises(Refused):
        services.item_close(actor=make_user(role, TOWN_A), item_id=item.pk, version=0)


def test_lists_and_pages_show_the_matter_its_clause_and_the_next_step() -> None:
    item = make_item(TOWN_A)
    client = signed_in(make_user("TOWN_HEAD", TOWN_A))
    listed = client.get(reverse("monitoring:supervision"), {"state": "LIVE"}).content.decode()
    assert item.item_no in listed
    assert "申请办理超期" in listed
    text = client.get(reverse("monitoring:supervision_item", args=[item.pk])).content.decode()
    assert "庆政办发〔2024〕12号" in text
    assert "报告处理结果" in text


def test_the_workbook_holds_the_lists_rows_and_is_logged() -> None:
    make_item(TOWN_A, explanation="=1+1")
    make_item(TOWN_B)
    answer = signed_in(make_user("TOWN_HEAD", TOWN_A)).get(reverse("monitoring:supervision"), {"export": "1"})
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert [row[3] for row in rows[1:]] == ["甲镇"]
    assert rows[1][4] == "=1+1"
    assert AccessLog.objects.filter(action="EXPORT", object_type="supervision").count() == 1


def test_an_incomplete_answer_keeps_what_was_typed() -> None:
    item, client = make_item(), signed_in(make_user("CNTY_REVIEW"))
    answer = client.post(
        reverse("monitoring:supervision_step", args=[item.pk, "answer"]),
        {"version": "0", "outcome": "", "answer": "写了很多字"},
    )
    assert answer.status_code == 422
    assert "写了很多字" in answer.content.decode()
    assert SupervisionItem.objects.get().version == 0


def test_a_form_sent_twice_counts_once() -> None:
    item, client = make_item(), signed_in(make_user("CNTY_REVIEW"))
    form = {"version": "0", "outcome": "COMPLETED", "answer": "已办", "idempotency_key": "k1"}
    path = reverse("monitoring:supervision_step", args=[item.pk, "answer"])
    assert [client.post(path, form).status_code for _ in range(2)] == [302, 302]
    assert SupervisionItem.objects.get().version == 1


def test_every_rule_can_be_answered() -> None:
    assert {"SUP-01", "DQ-905", "DQ-908"} <= rules().keys()
    assert all(rule.outcomes and rule.responsible and rule.working_days for rule in rules().values())


def shrunk(**fields: Any) -> DeliveryProblem:
    values: dict[str, Any] = {
        "county": COUNTY, "feed": "funeral", "title": "殡葬火化登记", "department": "CIVIL_AFFAIRS",
        "period": "2025-04", "number": "DQ-905", "message": "比上期减少 30.0%，超过 20%", "owner": "county_data",
        "keeps_alerts": True, "since": dt.date(2025, 5, 1), "batch_id": 1,
    } | fields  # fmt: skip
    return DeliveryProblem(**values)


def test_a_shrinking_delivery_becomes_a_matter_and_clears_no_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    """Domain, data quality: a count down by more than a fifth is asked about instead of closing what it found."""
    household = make_household(VILLAGE_A, category="DIBAO")
    run_with([dead(household)])
    with monkeypatch.context() as patch:
        patch.setattr("doudi.apps.exchange.queries.delivery_problems", lambda *_: [shrunk()])
        patch.setattr("doudi.apps.exchange.queries.untrusted_for_system", lambda *_: {"funeral": ["DQ-905"]})
        counts = run_with([], period="2025-04", on=dt.date(2025, 5, 6)).counts
    assert (counts["vanished"], Alert.objects.get().vanished_at) == (0, None)
    item = SupervisionItem.objects.get()
    assert (item.rule, item.matter, item.county_code) == ("DQ-905", "funeral 2025-04", COUNTY)
    assert item.explanation == "殡葬火化登记 2025-04：比上期减少 30.0%，超过 20%"
    text = signed_in(make_user("CNTY_DATA")).get(reverse("monitoring:supervision_item", args=[item.pk]))
    assert "数据量骤减" in text.content.decode()
    again = run_with([], period="2025-04", on=dt.date(2025, 5, 7)).counts  # a whole delivery came meanwhile
    assert (again["vanished"], again["supervision_vanished"]) == (1, 1)


def test_statements_of_the_list() -> None:
    for _ in range(25):
        make_item(TOWN_A)
    queries_of(signed_in(make_user("CNTY_SUP")), "monitoring:supervision")

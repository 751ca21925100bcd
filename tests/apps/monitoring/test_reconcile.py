"""Signals become alerts once; a second run changes nothing; every signal is accounted for."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from doudi.apps.base import clock
from doudi.apps.chain.models import ChainEvent
from doudi.apps.monitoring import parameters
from doudi.apps.monitoring.models import Alert, AlertEvidence, MonitorRun
from doudi.apps.monitoring.services.reconcile import Outcome, reconcile
from doudi.apps.registry.models import Household
from doudi.engine.indicators import Signal, load_indicators
from tests.apps.monitoring.builders import make_alert
from tests.factories import COUNTY, VILLAGE_A, make_divisions, make_household

pytestmark = pytest.mark.django_db
SIGNAL_FATES = ("opened", "reopened", "continued", "settled", "suppressed", "unregistered", "silent", "supervision")
MEASURES = {
    "MNE-01": {"category": "DIBAO", "died_on": "2025-02-11", "monthly_benefit": "600.00"},
    "CPX-01": {},
}


def signal(household: Household | None, indicator: str = "MNE-01", *, period: str = "2025-03", **fields: Any) -> Signal:
    catalogue = load_indicators()[indicator]
    values: dict[str, Any] = {
        "indicator": indicator,
        "alert_class": catalogue.alert_class,
        "severity": catalogue.severity,
        "person_key": household.head.person_key if household else 12345,
        "household_key": household.household_key if household else None,
        "division": household.village_code if household else None,
        "first_seen": period,
        "period": period,
        "measures": json.dumps(MEASURES.get(indicator, {}), ensure_ascii=False),
        "evidence": json.dumps(
            [{"source": "funeral", "period": period, "version": "v1", "row_key": "7", "as_of": "2025-03-31"}]
        ),
        "pack": "anyang",
        "indicator_version": "sha256:x",
    } | fields
    return Signal(**values)


def run_with(
    signals: list[Signal],
    *,
    period: str = "2025-03",
    on: dt.date = dt.date(2025, 4, 1),
    evaluated: tuple[str, ...] = ("MNE-01", "NHD-01", "CPX-01"),
) -> Outcome:
    make_divisions()
    with clock.at(dt.datetime(on.year, on.month, on.day, 2, tzinfo=dt.UTC)), transaction.atomic():
        run = MonitorRun.objects.create(
            county_id=COUNTY, period=period, pack="anyang", state="RUNNING", started_at=clock.now()
        )
        outcome = reconcile(run, signals, evaluated=evaluated, catalogue=load_indicators())
    assert outcome.counts["signals"] == len(signals) == sum(outcome.counts[fate] for fate in SIGNAL_FATES)
    return outcome


def close(alert: Alert, on: dt.date, outcome: str) -> None:
    alert.state, alert.outcome, alert.close_reason = "CLOSED", outcome, "核实"
    alert.closed_at = dt.datetime(on.year, on.month, on.day, 2, tzinfo=dt.UTC)
    alert.save()


def test_supervision_never_becomes_an_alert_about_a_citizen() -> None:
    household = make_household(VILLAGE_A, category="DIBAO")
    late = signal(household, "SUP-02", person_key=None, measures='{"matter":"YJ-1"}')
    assert run_with([late]).counts["supervision"] == 1
    assert not Alert.objects.exists()


def test_a_new_signal_opens_an_alert_with_evidence_deadline_and_chain_event() -> None:
    household = make_household(VILLAGE_A, category="DIBAO")
    assert run_with([signal(household)]).counts["opened"] == 1
    alert = Alert.objects.get()
    assert (alert.state, alert.person_id, alert.village_code) == ("NEW", household.head_id, VILLAGE_A)
    assert alert.alert_no.startswith("YJ-202504-")
    assert alert.due_on == dt.date(2025, 4, 3)  # two working days after 1 April 2025
    assert "2025-02-11" in alert.explanation
    evidence = AlertEvidence.objects.get()
    assert (evidence.period, evidence.sources[0]["row_key"]) == ("2025-03", "7")
    event = ChainEvent.objects.get()
    assert (event.household_id, event.kind, event.document) == (household.pk, "ALERT", f"alert:{alert.pk}")
    assert event.actor_name == "系统"


def test_running_twice_changes_nothing() -> None:
    household = make_household(category="DIBAO")
    run_with([signal(household)])
    before = list(Alert.objects.values()), list(AlertEvidence.objects.values())
    outcome = run_with([signal(household)], on=dt.date(2025, 4, 2))
    assert (outcome.counts["opened"], outcome.counts["continued"]) == (0, 1)
    assert (list(Alert.objects.values()), list(AlertEvidence.objects.values())) == before
    assert ChainEvent.objects.count() == 1
    assert Alert.objects.get().events.count() == 1


def test_next_period_attaches_evidence_to_the_open_alert() -> None:
    household = make_household(category="DIBAO")
    run_with([signal(household)])
    changed = json.dumps(MEASURES["MNE-01"] | {"monthly_benefit": "700.00"})
    outcome = run_with(
        [signal(household, period="2025-04", measures=changed)], period="2025-04", on=dt.date(2025, 5, 6)
    )
    alert = Alert.objects.get()
    assert outcome.counts["continued"] == 1
    assert (alert.first_period, alert.period, alert.measures["monthly_benefit"]) == ("2025-03", "2025-04", "700.00")
    assert alert.version == 0  # an officer's open form stays good
    assert [(e.period, e.measures["monthly_benefit"]) for e in alert.evidence.order_by("period")] == [
        ("2025-03", "600.00"),
        ("2025-04", "700.00"),
    ]


def test_a_corrected_delivery_replaces_the_evidence_of_its_period() -> None:
    household = make_household(category="DIBAO")
    run_with([signal(household)])
    run_with(
        [signal(household, measures=json.dumps(MEASURES["MNE-01"] | {"monthly_benefit": "550.00"}))],
        on=dt.date(2025, 4, 2),
    )
    assert AlertEvidence.objects.get().measures["monthly_benefit"] == "550.00"


def test_a_vanished_signal_is_marked_never_closed_and_comes_back() -> None:
    household = make_household(category="DIBAO")
    run_with([signal(household)])
    assert run_with([], period="2025-04", on=dt.date(2025, 5, 6)).counts["vanished"] == 1
    alert = Alert.objects.get()
    assert (alert.state, alert.closed_at, alert.vanished_at is not None) == ("NEW", None, True)
    assert run_with([], period="2025-04", on=dt.date(2025, 5, 7)).counts["vanished"] == 0
    run_with([signal(household, period="2025-05")], period="2025-05", on=dt.date(2025, 6, 3))
    assert Alert.objects.get().vanished_at is None


def test_alerts_of_an_indicator_that_did_not_run_are_left_alone() -> None:
    run_with([signal(make_household(category="DIBAO"))])
    assert run_with([], period="2025-04", evaluated=("NHD-01",)).counts["vanished"] == 0
    assert Alert.objects.get().vanished_at is None


def test_alerts_of_another_county_are_left_alone() -> None:
    make_alert("410523100201", indicator="MNE-01")
    assert run_with([]).counts["vanished"] == 0


@pytest.mark.parametrize(
    ("outcome", "closed", "fate"),
    [
        ("TRUE_ADJUST", dt.date(2025, 4, 10), "reopened"),
        ("TRUE_ADJUST", dt.date(2025, 4, 7), "reopened"),
        ("TRUE_ADJUST", dt.date(2025, 4, 6), "opened"),
        ("NOT_NEEDED", dt.date(2025, 4, 10), "suppressed"),
        ("DATA_ERROR", dt.date(2025, 2, 6), "suppressed"),
        ("DATA_ERROR", dt.date(2025, 2, 5), "opened"),
    ],
)
def test_what_a_signal_means_after_its_alert_was_closed(outcome: str, closed: dt.date, fate: str) -> None:
    """Reopened within 30 days; quiet for 90 days after a visit that found nothing; else a new alert."""
    household = make_household(category="DIBAO")
    alert = make_alert(household=household, indicator="MNE-01", period="2025-01")
    close(alert, closed, outcome)
    found = run_with([signal(household, period="2025-04")], period="2025-04", on=dt.date(2025, 5, 6))
    assert found.counts[fate] == 1
    assert Alert.objects.count() == (2 if fate == "opened" else 1)
    assert Alert.objects.filter(closed_at=None).count() == (0 if fate == "suppressed" else 1)


def test_a_reopened_alert_starts_again() -> None:
    household = make_household(category="DIBAO")
    alert = make_alert(household=household, indicator="MNE-01", period="2025-03", state="VERIFIED", disposal="ADJUST")
    close(alert, dt.date(2025, 5, 1), "TRUE_ADJUST")
    run_with([signal(household, period="2025-04")], period="2025-04", on=dt.date(2025, 5, 6))
    alert.refresh_from_db()
    assert (alert.state, alert.closed_at, alert.outcome, alert.disposal, alert.close_reason) == (
        "NEW",
        None,
        "",
        "",
        "",
    )
    assert (alert.due_on, alert.version) == (dt.date(2025, 5, 8), 1)
    assert ChainEvent.objects.get().title.startswith("预警再次出现")


def test_the_same_period_seen_again_does_not_reopen_what_was_judged() -> None:
    household = make_household(category="DIBAO")
    run_with([signal(household)])
    close(Alert.objects.get(), dt.date(2025, 4, 3), "TRUE_ADJUST")
    outcome = run_with([signal(household)], on=dt.date(2025, 12, 3))
    assert outcome.counts["settled"] == 1
    assert Alert.objects.get().state == "CLOSED"


def test_signals_about_people_outside_the_register_open_nothing_and_are_listed() -> None:
    outcome = run_with([signal(None)])
    assert outcome.counts["unregistered"] == 1
    assert outcome.unregistered[0]["person_key"] == "12345"
    assert not Alert.objects.exists()


def test_a_person_who_moved_keeps_the_one_open_alert() -> None:
    """One open alert per person and indicator, also where the person now stands in another household."""
    before = make_household(category="DIBAO")
    after = make_household(category="DIBAO", members=[("head", before.head)])
    run_with([signal(before)])
    outcome = run_with([signal(after, period="2025-04")], period="2025-04", on=dt.date(2025, 5, 6))
    assert (outcome.counts["continued"], outcome.counts["vanished"]) == (1, 0)
    assert Alert.objects.get().household_id == before.pk


def test_a_households_own_signal_has_no_person() -> None:
    household = make_household(category="MARGIN")
    run_with([signal(household, "CPX-01", person_key=None)])
    run_with([signal(household, "CPX-01", person_key=None)])
    alert = Alert.objects.get()
    assert (alert.person_id, alert.subject_name) == (None, household.head_name)


def test_a_silent_indicator_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    quiet = {**load_indicators(), "MNE-01": dataclasses.replace(load_indicators()["MNE-01"], state="silent")}
    monkeypatch.setattr("tests.apps.monitoring.test_reconcile.load_indicators", lambda: quiet)
    assert run_with([signal(make_household(category="DIBAO"))]).counts["silent"] == 1
    assert not Alert.objects.exists()


def test_the_periods_can_be_set(settings: Any) -> None:
    settings.ALERT_COOL_DOWN_DAYS = 10
    assert parameters.cool_down_days() == 10


def test_a_deadline_past_spring_festival() -> None:
    """Opened on Friday 24 January 2025: the Sunday worked instead counts, the eight days off do not."""
    run_with([signal(make_household(category="DIBAO"))], on=dt.date(2025, 1, 24))
    assert Alert.objects.get().due_on == dt.date(2025, 1, 27)


def test_a_deadline_in_a_year_without_holiday_notice_is_left_open_with_a_note() -> None:
    run_with([signal(make_household(category="DIBAO"))], on=dt.date(2099, 3, 2))
    alert = Alert.objects.get()
    assert alert.due_on is None
    assert "2099 年放假调休安排尚未载入" in alert.due_note


def test_statements_do_not_grow_with_signals() -> None:
    few = [signal(make_household(category="DIBAO")) for _ in range(2)]
    many = [signal(make_household(category="DIBAO")) for _ in range(30)]
    with CaptureQueriesContext(connection) as first:
        run_with(few)
    Alert.objects.update(indicator="MNE-99")
    with CaptureQueriesContext(connection) as second:
        run_with(many)
    assert len(second) == len(first)

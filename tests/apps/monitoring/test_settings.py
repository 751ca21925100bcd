"""A locality's own thresholds and states: drafted by one, tried on past periods, published by another, used by runs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.monitoring import queries, services
from doudi.apps.monitoring.models import Alert, AlertEvidence, IndicatorSetting, IndicatorTrial, MonitorRun
from doudi.engine.indicators import load_indicators
from tests.apps.exchange.files import funeral, number, row, send
from tests.factories import (
    CITY,
    COUNTY,
    OTHER_COUNTY,
    VILLAGE_A,
    make_divisions,
    make_household,
    make_person,
    make_user,
)

pytestmark = pytest.mark.django_db
ON = dt.datetime(2025, 4, 8, 2, tzinfo=dt.UTC)
END = dt.date(2025, 3, 31)


@pytest.fixture(autouse=True)
def _april(settings: Any, tmp_path: Path) -> Any:
    settings.LAKE_ROOT, settings.MEDIA_ROOT, settings.HOME = tmp_path / "lake", tmp_path / "files", tmp_path
    make_divisions()
    with clock.at(ON):
        yield


def draft(actor: Any = None, **fields: Any) -> IndicatorSetting:
    values = {
        "division": COUNTY, "indicator": "NCE-05", "threshold": "unemployed_months", "value": "6",
        "valid_from": dt.date(2025, 3, 1), "reason": "走访反映三个月过短",
    } | fields  # fmt: skip
    return services.setting_draft(actor=actor or make_user("CNTY_DATA"), **values)


def publish(setting: IndicatorSetting, actor: Any = None) -> IndicatorSetting:
    actor = actor or make_user("CNTY_LEAD")
    return services.setting_publish(actor=actor, setting_id=setting.pk, version=setting.version)


def test_a_published_threshold_counts_from_its_first_day() -> None:
    publish(draft())
    assert queries.local(COUNTY, END).overrides == {"NCE-05": {"unemployed_months": Decimal(6)}}
    assert queries.local(COUNTY, dt.date(2025, 3, 1)).overrides  # the first day itself
    assert queries.local(COUNTY, dt.date(2025, 2, 28)).overrides == {}
    assert queries.local(OTHER_COUNTY, END).overrides == {}


def test_a_draft_counts_nothing() -> None:
    draft()
    assert queries.local(COUNTY, END).overrides == {}


def test_the_nearest_division_counts_then_the_latest_day_then_the_latest_publication() -> None:
    publish(draft(make_user("POLICY_ADMIN", CITY), division=CITY, value="9"), make_user("CITY_CA", CITY))
    assert queries.local(COUNTY, END).overrides["NCE-05"]["unemployed_months"] == 9
    publish(draft(value="6"))
    publish(draft(value="4", valid_from=dt.date(2025, 2, 1)))
    assert queries.local(COUNTY, END).overrides["NCE-05"]["unemployed_months"] == 6
    publish(draft(value="5"))
    assert queries.local(COUNTY, END).overrides["NCE-05"]["unemployed_months"] == 5
    assert queries.local(OTHER_COUNTY, END).overrides["NCE-05"]["unemployed_months"] == 9


def test_back_to_the_catalogue() -> None:
    publish(draft())
    publish(draft(value=""))
    assert queries.local(COUNTY, END).overrides == {}


@pytest.mark.parametrize(
    ("indicator", "threshold", "text", "stored"),
    [("NCE-05", "unemployed_months", "6", "6"), ("NCE-02", "medical_share", "45%", "0.45"),
     ("NCE-02", "medical_share", "1", "1"), ("NCE-05", "unemployed_months", "100", "100")],
)  # fmt: skip
def test_numbers_are_read_as_they_are_written(indicator: str, threshold: str, text: str, stored: str) -> None:
    assert draft(indicator=indicator, threshold=threshold, value=text).value == stored


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"value": "六"}, "value"), ({"value": "1.5"}, "value"), ({"value": "-1"}, "value"),
        ({"value": "NaN"}, "value"),
        ({"indicator": "NCE-02", "threshold": "medical_share", "value": "120%"}, "value"),
        ({"indicator": "NCE-02", "threshold": "medical_share", "value": "0"}, "value"),
        ({"threshold": "settled_days"}, "threshold"), ({"reason": " "}, "reason"),
        ({"threshold": "", "value": "loud"}, "value"), ({"valid_from": dt.date(2099, 1, 1)}, "valid_from"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(Invalid) as error:
        draft(**fields)
    assert error.value.where == where
    assert not IndicatorSetting.objects.exists()


def test_who_drafts_does_not_publish() -> None:
    admin = make_user("POLICY_ADMIN")
    setting = draft(admin)
    with pytest.raises(Refused):
        publish(setting, admin)
    assert IndicatorSetting.objects.get().state == "DRAFT"
    assert publish(setting, make_user("POLICY_ADMIN")).state == "PUBLISHED"


def test_the_database_too_wants_two_persons() -> None:
    setting = draft()
    setting.state, setting.closed_by = "PUBLISHED", setting.drafted_by
    with pytest.raises(IntegrityError, match="two_persons"), transaction.atomic():
        setting.save()


@pytest.mark.parametrize("role", ["TOWN_HEAD", "CNTY_SUP", "AUDITOR", "CNTY_DATA"])
def test_roles_without_the_permission_do_not_publish(role: str) -> None:
    setting = draft()
    with pytest.raises(Refused):
        publish(setting, make_user(role))
    assert IndicatorSetting.objects.get().state == "DRAFT"


def test_nobody_sets_another_countys_indicators() -> None:
    with pytest.raises(Refused):
        draft(division=OTHER_COUNTY)
    setting = draft(make_user("CNTY_DATA", OTHER_COUNTY), division=OTHER_COUNTY)
    with pytest.raises(NotFound):
        publish(setting)


def test_one_draft_at_a_time() -> None:
    draft()
    with pytest.raises(Conflict):
        draft(value="7")
    assert IndicatorSetting.objects.count() == 1


def test_a_withdrawn_draft_counts_nothing_and_says_why() -> None:
    setting = draft()
    services.setting_withdraw(actor=make_user("CNTY_LEAD"), setting_id=setting.pk, version=0, reason="另行研究")
    assert queries.local(COUNTY, END).overrides == {}
    with pytest.raises(Conflict):
        publish(setting)


@pytest.mark.parametrize("value", ["on", "silent"])
def test_what_no_clause_supports_needs_a_document(value: str) -> None:
    """Domain: MNE-02 and MNE-08 need a legal basis; off by default, on only with a document."""
    with pytest.raises(Invalid) as error:
        draft(indicator="MNE-02", threshold="", value=value)
    assert error.value.where == "document"
    setting = draft(indicator="MNE-02", threshold="", value=value, document="安民〔2025〕3号")
    publish(setting)
    assert queries.local(COUNTY, END).catalogue()["MNE-02"].state == value


def test_states_count_from_the_day_of_the_run() -> None:
    publish(draft(threshold="", value="off", valid_from=dt.date(2025, 4, 8)))
    assert queries.local(COUNTY, END).catalogue()["NCE-05"].state == "off"
    assert queries.local(COUNTY, END, today=dt.date(2025, 4, 7)).catalogue()["NCE-05"].state == "on"
    assert load_indicators()["NCE-05"].state == "on"  # the catalogue itself is untouched


def dead(at: int) -> Any:
    return make_household(VILLAGE_A, category="DIBAO", members=[("head", make_person(f"张{at}", number=number(at)))])


def run() -> MonitorRun:
    return services.run(actor=None, county=COUNTY, period="2025-03")


def test_a_run_leaves_out_what_is_off_and_says_so() -> None:
    dead(1)
    send(funeral([row(1)]))
    publish(draft(indicator="MNE-01", threshold="", value="off", valid_from=dt.date(2025, 4, 1)))
    done = run()
    assert "MNE-01" not in done.report["indicators"]
    assert not Alert.objects.filter(indicator="MNE-01").exists()
    assert done.inputs["settings"]["states"] == {"MNE-01": "off"}


def test_a_run_counts_what_is_silent_and_opens_nothing() -> None:
    dead(1)
    send(funeral([row(1)]))
    publish(draft(indicator="MNE-01", threshold="", value="silent", valid_from=dt.date(2025, 4, 1)))
    done = run()
    assert done.report["indicators"]["MNE-01"]["signals"] == 1
    assert done.report["indicators"]["MNE-01"]["state"] == "silent"
    assert (done.report["fates"]["silent"] >= 1, Alert.objects.filter(indicator="MNE-01").exists()) == (True, False)


def test_a_run_compares_with_the_countys_own_threshold() -> None:
    make_household(VILLAGE_A, category="DIBAO")
    publish(draft(value="7"))
    done = run()
    assert done.inputs["settings"]["overrides"] == {"NCE-05": {"unemployed_months": "7"}}


def test_a_trial_tells_what_would_be_found_and_what_of_it_was_right() -> None:
    """A threshold or state is tried on past periods before it is switched on: how many alerts, how many were right."""
    for at in (1, 2, 3):
        dead(at)
    send(funeral([row(1), row(2), row(3)]))
    run()
    first, second, _ = Alert.objects.filter(indicator="MNE-01").order_by("pk")
    Alert.objects.filter(pk=first.pk).update(outcome="TRUE_ADJUST")
    Alert.objects.filter(pk=second.pk).update(outcome="DATA_ERROR")
    setting = draft(indicator="MNE-01", threshold="", value="off", valid_from=dt.date(2025, 4, 1))
    trial = services.trial_request(
        actor=make_user("CNTY_DATA"), setting_id=setting.pk, version=0, county=COUNTY, periods=["2025-03"]
    )
    alerts = list(Alert.objects.values()), list(AlertEvidence.objects.values())
    done = services.trial_execute(trial_id=trial.pk)
    assert done.state == "DONE"
    assert done.result == [
        {
            "period": "2025-03",
            "skipped": "",
            "without": {"signals": 3, "right": 1, "wrong": 1, "unknown": 1},
            "with": {"signals": 0, "right": 0, "wrong": 0, "unknown": 0},
            "added": {"signals": 0, "right": 0, "wrong": 0, "unknown": 0},
            "dropped": {"signals": 3, "right": 1, "wrong": 1, "unknown": 1},
        }
    ]
    assert (list(Alert.objects.values()), list(AlertEvidence.objects.values())) == alerts
    assert MonitorRun.objects.count() == 1


def test_a_trial_says_why_it_could_not_run() -> None:
    make_household(VILLAGE_A, category="DIBAO")
    send(funeral([row(1)]))
    setting = draft()
    trial = services.trial_request(
        actor=make_user("CNTY_LEAD"), setting_id=setting.pk, version=0, county=COUNTY, periods=["2025-03"]
    )
    assert "登记失业与就业" in services.trial_execute(trial_id=trial.pk).result[0]["skipped"]


@pytest.mark.parametrize("periods", [[], ["2024-01"], ["2025-13"]])
def test_only_periods_with_data_are_tried(periods: list[str]) -> None:
    setting = draft()
    with pytest.raises(Invalid):
        services.trial_request(
            actor=make_user("CNTY_DATA"), setting_id=setting.pk, version=0, county=COUNTY, periods=periods
        )
    assert not IndicatorTrial.objects.exists()


def test_a_trial_asked_for_twice_runs_once() -> None:
    dead(1)
    send(funeral([row(1)]))
    setting, actor = draft(), make_user("CNTY_DATA")
    asked = [
        services.trial_request(actor=actor, setting_id=setting.pk, version=0, county=COUNTY, periods=["2025-03"])
        for _ in range(2)
    ]
    assert asked[0].pk == asked[1].pk

"""The push interface: keys, batches and single events from departments' systems; hostile requests."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doudi.apps.audit.models import AccessLog
from doudi.apps.base import clock
from doudi.apps.base.crypto import keys
from doudi.apps.base.errors import Invalid, Refused
from doudi.apps.exchange import queries, services
from doudi.apps.exchange.models import ApiKey, Batch, PeriodVersion
from doudi.apps.exchange.services import events
from doudi.engine.identity import Tokeniser
from tests.apps.exchange.files import envelope, funeral, number, row, send
from tests.apps.exchange.pushing import BASE, call, issue, push_event, push_rows
from tests.factories import COUNTY, OTHER_COUNTY, OTHER_VILLAGE, VILLAGE_A, make_household, make_person, make_user

pytestmark = pytest.mark.django_db
ON = dt.datetime(2025, 4, 8, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _april() -> Iterator[None]:
    with clock.at(ON):
        yield


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[events.Event]:
    """What a listener hears."""
    found: list[events.Event] = []
    monkeypatch.setattr(events, "_listeners", [])
    events.register(found.append)
    return found


def died(at: int, on: str = "2025-04-02", **more: Any) -> dict[str, Any]:
    return {"身份证号码": number(at), "姓名": "张大山", "死亡日期": on, "火化日期": on} | more


def rows_of(period: str = "2025-04", feed: str = "funeral") -> list[tuple[Any, ...]]:
    path = queries.lake_files(COUNTY, events=True)[feed][period]
    return duckdb.sql(f"SELECT person_key, died_on FROM '{path}' ORDER BY ALL").fetchall()


def test_an_event_stands_in_the_lake_and_is_heard_at_once(heard: list[events.Event]) -> None:
    """One row of today's period; the listener gets the version that holds it and the person's key."""
    make_household(VILLAGE_A, members=[("head", make_person(number=number(1)))])
    _, key = issue()
    answer = push_event(key, died(1))
    assert answer.status_code == 200
    said = answer.json()
    assert (said["state"], said["period"], said["accepted"], said["matched"]) == ("JOINED", "2025-04", 1, 1)
    person = Tokeniser(keys().lake).person_key(number(1))
    (event,) = heard
    assert (event.county, event.feed, event.period, event.person_keys) == (COUNTY, "funeral", "2025-04", (person,))
    assert event.path == queries.lake_files(COUNTY, events=True)["funeral"]["2025-04"]
    assert rows_of() == [(person, dt.date(2025, 4, 2))]
    batch = Batch.objects.get()
    assert (batch.channel, batch.batch_id, batch.judged_at) == ("EVENT", "E1", ON)


def test_events_join_each_other_and_a_whole_delivery(heard: list[events.Event]) -> None:
    send(funeral([row(1), row(2)]), period="2025-04")
    _, key = issue()
    push_event(key, died(3), "E1")
    push_event(key, died(4), "E2")
    assert len(rows_of()) == 4
    assert [batch.state for batch in Batch.objects.order_by("id")] == ["ACCEPTED", "JOINED", "JOINED"]
    assert not PeriodVersion.objects.get().events_only


def test_the_same_event_again_changes_nothing(heard: list[events.Event]) -> None:
    _, key = issue()
    first, again = push_event(key, died(1)), push_event(key, died(1))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert (len(heard), len(rows_of()), Batch.objects.get().deliveries) == (1, 1, 2)


def test_an_event_number_stands_for_one_row_only() -> None:
    _, key = issue()
    push_event(key, died(1))
    answer = push_event(key, died(2))
    assert (answer.status_code, answer.json()["error"]) == (409, "conflict")
    assert len(rows_of()) == 1


def test_a_later_event_of_the_same_matter_replaces_the_row() -> None:
    """A state that goes back is a new event: each number counts by itself."""
    _, key = issue()
    for at, day in enumerate(("2025-04-02", "2025-04-03", "2025-04-02")):
        push_event(key, died(1, day), f"E{at}")
        assert [found for _, found in rows_of()] == [dt.date.fromisoformat(day)]


def test_a_bad_event_goes_back_with_its_reason_and_is_not_heard(heard: list[events.Event]) -> None:
    send(funeral([row(1)]), period="2025-04")
    _, key = issue()
    answer = push_event(key, died(1, 身份证号码="410522194001010018"))
    assert answer.status_code == 422
    assert (answer.json()["quarantined"], answer.json()["reasons"]) == (1, {"ID_CHECKSUM": 1})
    assert heard == []
    assert len(rows_of()) == 1
    batch = Batch.objects.get(channel="EVENT")
    _, _, shown = queries.quarantine_page(actor=make_user("CNTY_DATA"), batch_id=batch.pk)
    assert ("身份证号码", "410522********0018", True) in shown[0].cells


def test_a_listener_that_fails_hears_again(heard: list[events.Event]) -> None:
    """The push itself succeeds: the row is in the lake, and the job tells of it."""

    def stumble(event: events.Event) -> None:
        raise RuntimeError("down")

    events._listeners.insert(0, stumble)
    _, key = issue()
    assert push_event(key, died(1)).status_code == 200
    assert (heard, services.announce_missed()) == ([], 0)
    events._listeners.remove(stumble)
    with clock.at(ON + dt.timedelta(minutes=1)):
        assert (services.announce_missed(), services.announce_missed()) == (1, 0)
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("feed", "on", "period"),
    [
        ("house_safety", dt.datetime(2025, 4, 8, tzinfo=dt.UTC), "2025-06"),
        ("student_aid", dt.datetime(2025, 2, 8, tzinfo=dt.UTC), "2024-09"),
        ("student_aid", dt.datetime(2025, 3, 1, tzinfo=dt.UTC), "2025-03"),
        ("student_aid", dt.datetime(2025, 9, 1, tzinfo=dt.UTC), "2025-09"),
        ("funeral", dt.datetime(2025, 12, 31, 17, tzinfo=dt.UTC), "2026-01"),
    ],
)
def test_an_event_belongs_to_the_period_of_today(feed: str, on: dt.datetime, period: str) -> None:
    """A quarter by its last month, a term by its first; the day is Beijing's."""
    from doudi.apps.exchange.services.senders import current_period
    from doudi.engine.lake import load_contract

    with clock.at(on):
        assert current_period(load_contract(feed)) == period


def test_a_batch_of_rows_gives_the_receipt_of_a_file() -> None:
    """R025: the same counts, whatever the way."""
    _, key = issue()
    rows = [died(1), died(1), died(2), died(3, "某日")]
    answer = push_rows(key, rows)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["received"], said["accepted"], said["duplicate"], said["quarantined"]) == (4, 2, 1, 1)
    assert (said["batch_id"], said["reasons"], said["score"] is not None) == ("B1", {"DATE_FORMAT": 1}, True)
    assert push_rows(key, rows).json() == said
    assert Batch.objects.get().deliveries == 2
    assert call(key, "GET", "/feeds/funeral/batches/B1").json() == said


def test_a_batch_number_stands_for_one_content() -> None:
    _, key = issue()
    push_rows(key, [died(1)])
    assert push_rows(key, [died(2)]).status_code == 409
    assert push_rows(key, [died(1)], period="2025-02").status_code == 409
    assert Batch.objects.count() == 1


def test_a_batch_that_was_refused_may_come_again_under_its_number() -> None:
    _, key = issue()
    refused = push_rows(key, [{"备注": "无"}])
    assert (refused.status_code, refused.json()["state"]) == (422, "REFUSED")
    assert push_rows(key, [died(1)]).status_code == 200
    assert call(key, "GET", "/feeds/funeral/batches/B1").json()["accepted"] == 1


def post_file(key: str, content: bytes, said: bytes) -> Any:
    data = {"file": SimpleUploadedFile("3月.csv", content), "envelope": SimpleUploadedFile("e.json", said)}
    return Client().post(f"{BASE}/feeds/funeral/files", data, HTTP_AUTHORIZATION=f"Bearer {key}")


def test_a_file_is_pushed_with_its_envelope() -> None:
    _, key = issue()
    content = funeral([row(1), row(2)], "gb18030")
    answer = post_file(key, content, envelope(content))
    assert (answer.status_code, answer.json()["accepted"], answer.json()["batch_id"]) == (200, 2, "F-2025-03-1")
    assert post_file(key, content, envelope(content)).json() == answer.json()
    wrong = post_file(key, content + b" ", envelope(content))
    assert wrong.status_code == 409
    assert (
        post_file(key, content, envelope(content, batch_id="X", record_count=9)).status_code == 200
    )  # known by content


def test_an_envelope_that_does_not_fit_refuses_the_pushed_file() -> None:
    _, key = issue()
    content = funeral([row(1)])
    answer = post_file(key, content, envelope(content, sha256="0" * 64))
    assert (answer.status_code, "sha256" in answer.json()["refusal"]) == (422, True)


def test_a_key_reads_what_it_may_deliver() -> None:
    _, key = issue(feeds=["funeral", "marriage"])
    said = call(key, "GET", "/feeds").json()["feeds"]
    assert [one["feed"] for one in said] == ["funeral", "marriage"]
    assert {"name": "died_on", "title": "死亡日期", "type": "date", "required": True, "codes": []} in said[0]["fields"]


def test_the_text_of_a_key_is_shown_once_and_kept_nowhere() -> None:
    made, text = issue()
    secret = text.rsplit("_", 1)[1] if text.count("_") == 2 else text.split("_", 2)[2]
    stored = json.dumps([str(value) for value in ApiKey.objects.values().get().values()])
    assert secret not in stored
    assert made.secret_sha256 not in text
    log = AccessLog.objects.get(action="ADMIN", object_type="api_key")
    assert secret not in json.dumps([str(value) for value in vars(log).values()])


@pytest.mark.parametrize("path", ["/feeds", "/feeds/funeral/batches/B1"])
def test_no_key_no_answer(path: str) -> None:
    assert Client().get(BASE + path).status_code == 401
    for text in ("", "x", "ddk_", "ddk_nothing_here", "ddk_" + "0" * 12 + "_\x00", "Basic x"):
        assert call(text, "GET", path).status_code == 401


def test_a_session_is_no_key() -> None:
    client = Client()
    client.force_login(make_user("CNTY_DATA"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"{BASE}/feeds").status_code == 401


def test_a_wrong_ended_or_expired_key_is_refused_and_logged() -> None:
    made, text = issue()
    assert call(text[:-1] + ("A" if text[-1] != "A" else "B"), "GET", "/feeds").status_code == 401
    with clock.at(ON + dt.timedelta(days=31)):
        assert call(text, "GET", "/feeds").json()["error"] == "no_key"
    services.key_revoke(actor=make_user("SYS_ADMIN"), key_id=made.pk)
    assert push_event(text, died(1)).status_code == 401
    reasons = AccessLog.objects.filter(action="REFUSED").order_by("id").values_list("reason", flat=True)
    assert [reason.split("：")[1] for reason in reasons] == ["密钥错误", "密钥已过期", "密钥已停用"]
    assert not Batch.objects.exists()


def test_a_key_has_a_rate() -> None:
    _, text = issue(per_minute=2)
    assert [call(text, "GET", "/feeds").status_code for _ in range(3)] == [200, 200, 429]
    answer = call(text, "GET", "/feeds")
    assert 0 < int(answer["Retry-After"]) <= 60
    with clock.at(ON + dt.timedelta(seconds=61)):
        assert call(text, "GET", "/feeds").status_code == 200


@pytest.mark.parametrize("feed", ["marriage", "disability", "nothing"])
def test_a_key_delivers_only_the_feeds_it_was_issued_for(feed: str) -> None:
    _, text = issue()
    assert push_event(text, died(1), feed=feed).status_code in (403, 422)
    assert push_rows(text, [died(1)], feed=feed).status_code in (403, 422)
    assert not Batch.objects.exists()


def test_a_key_delivers_for_its_own_county_and_sees_its_own_batches_only() -> None:
    make_household(OTHER_VILLAGE)
    _, own = issue()
    _, other = issue(county=OTHER_COUNTY)
    push_rows(own, [died(1)])
    assert call(other, "GET", "/feeds/funeral/batches/B1").status_code == 404
    assert push_rows(other, [died(1)]).status_code == 200
    assert sorted(Batch.objects.values_list("county", flat=True)) == [COUNTY, OTHER_COUNTY]
    content = funeral([row(1)])
    answer = post_file(other, content, envelope(content, batch_id="Z"))
    assert (answer.status_code, "region" in answer.json()["refusal"]) == (422, True)


def test_a_feed_without_a_legal_basis_is_not_taken() -> None:
    _, key = issue(department="JUS", feeds=["detention"])
    assert push_rows(key, [died(1)], feed="detention").status_code == 403
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"event_id": "E", "event_id": "F", "row": {"a": "b"}}',
        b'{"event_id": "E", "row": {"a": NaN}}',
        b'{"event_id": "E", "row": {"a": {"b": 1}}}',
        b'{"event_id": "E", "row": {}}',
        b'{"event_id": "E", "row": "x"}',
        b'{"event_id": 7, "row": null}',
        b'{"event_id": "", "row": {"a": "b"}}',
        b'{"event_id": "a\\u0000b", "row": {"a": "b"}}',
        b'{"event_id": "' + b"x" * 81 + b'", "row": {"a": "b"}}',
        b'{"event_id": "E", "period": "2025-13", "row": {"a": "b"}}',
        b'{"event_id": "E", "period": "2025-05", "row": {"a": "b"}}',
        b'{"event_id": "E", "period": null, "row": {"a": "b"}}',
        b"[" * 100_000,
        b'{"event_id": "E", "row": ' + b'{"a":' * 50_000,
    ],
)
def test_a_hostile_event_is_refused_cleanly(body: bytes) -> None:
    _, key = issue()
    answer = call(key, "POST", "/feeds/funeral/events", body)
    assert answer.status_code == 422
    assert answer.json()["error"] == "invalid"
    assert not Batch.objects.exists()


@pytest.mark.parametrize("value", ["=cmd|calc", "x\ny", 'a"b', "\x00", "\x1f", "é" * 600, "－1"])
def test_a_hostile_value_ends_in_quarantine_or_as_plain_text(value: str) -> None:
    _, key = issue()
    said = push_event(key, died(1, 姓名=value)).json()
    assert said["received"] == said["accepted"] + said["duplicate"] + said["quarantined"]


def test_an_id_number_sent_as_a_number_keeps_its_digits() -> None:
    _, key = issue()
    digits = next(at for at in range(50) if number(at).isdigit())
    said = push_event(key, died(digits, 身份证号码=int(number(digits)))).json()
    assert said["accepted"] == 1


def test_a_body_beyond_the_limit_is_refused(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    _, key = issue()
    assert push_rows(key, [died(at) for at in range(40)]).status_code == 422


def test_counts_that_do_not_fit_are_refused() -> None:
    _, key = issue()
    assert push_rows(key, [died(1)], record_count=2).json()["where"] == "record_count"
    assert push_rows(key, []).status_code == 422


@pytest.mark.parametrize("role", ["CNTY_DATA", "SEC_ADMIN", "CNTY_LEAD", "DEPT_MED"])
def test_only_the_administrator_issues_and_ends_keys(role: str) -> None:
    made, _ = issue()
    with pytest.raises(Refused):
        services.key_issue(
            actor=make_user(role), county=COUNTY, department="CIVIL_AFFAIRS", feeds=["funeral"], holder="x", days=1,
            per_minute=1,
        )  # fmt: skip
    with pytest.raises(Refused):
        services.key_revoke(actor=make_user(role), key_id=made.pk)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"feeds": []}, "feeds"),
        ({"feeds": ["disability"]}, "feeds"),
        ({"feeds": ["nothing"]}, "feeds"),
        ({"holder": " "}, "holder"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
        ({"per_minute": 0}, "per_minute"),
        ({"county": OTHER_COUNTY}, "county"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_issued(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(Invalid) as refused:
        issue(**fields)
    assert refused.value.where == where
    assert not ApiKey.objects.exists()

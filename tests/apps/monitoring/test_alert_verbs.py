"""The verbs of an alert: who, from which state, with which trace. Negative tests assert that nothing happened."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.chain.models import ChainEvent
from doudi.apps.monitoring import services
from doudi.apps.monitoring.models import Alert
from doudi.apps.monitoring.states import ALERT
from tests.apps.monitoring.builders import make_alert
from tests.factories import COUNTY, TOWN_A, TOWN_B, VILLAGE_A, VILLAGE_B, make_user

pytestmark = pytest.mark.django_db

# verb → (event, arguments, the role that may)
VERBS: dict[str, dict[str, Any]] = {
    "alert_assign": {},
    "alert_verify": {"outcome": "TRUE_APPLY"},
    "alert_return": {"reason": "照片不清，请补充"},
    "alert_dispose": {"disposal": "APPLY"},
    "alert_watch": {"until": dt.date(2099, 1, 4)},
    "alert_resolve": {"note": "已反馈"},
    "alert_close": {"reason": "核实无困难"},
}
EVENTS = {
    "alert_assign": ("assign",),
    "alert_verify": ("verify",),
    "alert_return": ("return",),
    "alert_dispose": ("dispose", "redispose"),
    "alert_watch": ("watch",),
    "alert_resolve": ("resolve",),
    "alert_close": ("close", "close_unneeded"),
}
OFFICERS = {"alert_verify": "TOWN_CLERK"}


def _call(verb: str, actor: Any, alert: Alert, **more: Any) -> Alert:
    arguments = dict(VERBS[verb]) | more
    if verb == "alert_assign" and "assignee_id" not in arguments:
        arguments["assignee_id"] = make_user("VIL_ASSIST", VILLAGE_A).pk
    return getattr(services, verb)(actor=actor, alert_id=alert.pk, **arguments)


def _target(verb: str, state: str) -> str | None:
    fitting = [t.target for t in ALERT.transitions if t.event in EVENTS[verb] and state in t.sources]
    return fitting[0] if fitting else None


PAIRS = [(verb, state.code) for verb in VERBS for state in ALERT.states]
ALLOWED = [pair for pair in PAIRS if _target(*pair)]
FORBIDDEN = [pair for pair in PAIRS if not _target(*pair)]


@pytest.mark.parametrize(("verb", "state"), ALLOWED)
def test_verb_moves_the_alert_and_leaves_a_trace(verb: str, state: str) -> None:
    """R033–R036: each step of an alert is on the household's chain, with actor and history."""
    alert = make_alert(state=state)
    actor = make_user(OFFICERS.get(verb, "TOWN_HEAD"), TOWN_A)
    moved = _call(verb, actor, alert)
    assert moved.state == _target(verb, state)
    assert moved.version == 1
    event = ChainEvent.objects.get()
    assert (event.actor_id, event.document, event.body["预警编号"]) == (actor.pk, f"alert:{alert.pk}", alert.alert_no)
    last = alert.events.order_by("-pgh_id").first()
    assert last.pgh_context.metadata["actor"] == actor.pk
    assert last.pgh_context.metadata["action"].startswith("alert.")


@pytest.mark.parametrize(("verb", "state"), FORBIDDEN)
def test_verb_refuses_a_state_that_does_not_fit(verb: str, state: str) -> None:
    alert = make_alert(state=state)
    with pytest.raises(Conflict):
        _call(verb, make_user(OFFICERS.get(verb, "TOWN_HEAD"), TOWN_A), alert)
    alert.refresh_from_db()
    assert (alert.state, alert.version) == (state, 0)
    assert not ChainEvent.objects.exists()


@pytest.mark.parametrize(("verb", "state"), ALLOWED)
def test_verb_refuses_a_role_that_only_reads(verb: str, state: str) -> None:
    alert = make_alert(state=state)
    with pytest.raises(Refused):
        _call(verb, make_user("CNTY_SUP", COUNTY), alert)
    alert.refresh_from_db()
    assert (alert.state, alert.version) == (state, 0)
    assert not ChainEvent.objects.exists()


@pytest.mark.parametrize(("verb", "state"), ALLOWED)
def test_verb_does_not_find_an_alert_of_another_township(verb: str, state: str) -> None:
    alert = make_alert(state=state)
    with pytest.raises(NotFound):
        _call(verb, make_user(OFFICERS.get(verb, "TOWN_HEAD"), TOWN_B), alert)
    alert.refresh_from_db()
    assert (alert.state, alert.version) == (state, 0)


@pytest.mark.parametrize(("verb", "state"), ALLOWED)
def test_verb_refuses_a_stale_version(verb: str, state: str) -> None:
    alert = make_alert(state=state)
    with pytest.raises(Conflict):
        _call(verb, make_user(OFFICERS.get(verb, "TOWN_HEAD"), TOWN_A), alert, version=7)
    alert.refresh_from_db()
    assert (alert.state, alert.version) == (state, 0)
    assert not ChainEvent.objects.exists()


@pytest.mark.parametrize(
    ("verb", "state", "empty"),
    [
        ("alert_verify", "ASSIGNED", {"outcome": " "}),
        ("alert_return", "VERIFIED", {"reason": ""}),
        ("alert_dispose", "VERIFIED", {"disposal": ""}),
        ("alert_close", "VERIFIED", {"reason": "  "}),
        ("alert_watch", "VERIFIED", {"until": dt.date(2024, 1, 4)}),
    ],
)
def test_verb_needs_its_reason(verb: str, state: str, empty: dict[str, Any]) -> None:
    alert = make_alert(state=state)
    with pytest.raises(Invalid):
        _call(verb, make_user(OFFICERS.get(verb, "TOWN_HEAD"), TOWN_A), alert, **empty)
    alert.refresh_from_db()
    assert (alert.state, alert.version) == (state, 0)
    assert not ChainEvent.objects.exists()


@pytest.mark.parametrize(
    ("role", "division"),
    [("VIL_ASSIST", VILLAGE_B), ("TOWN_CLERK", TOWN_B), ("CNTY_REVIEW", COUNTY), ("DEPT_MED", COUNTY)],
)
def test_alert_is_assigned_to_visitors_of_the_place_only(role: str, division: str) -> None:
    alert = make_alert()
    with pytest.raises(Invalid):
        _call("alert_assign", make_user("CNTY_REVIEW"), alert, assignee_id=make_user(role, division).pk)
    alert.refresh_from_db()
    assert (alert.state, alert.assignee_id) == ("NEW", None)


def test_alert_is_not_assigned_to_a_disabled_account() -> None:
    alert = make_alert()
    visitor = make_user("VIL_ASSIST", VILLAGE_A, is_active=False)
    with pytest.raises(Invalid):
        _call("alert_assign", make_user("CNTY_REVIEW"), alert, assignee_id=visitor.pk)
    alert.refresh_from_db()
    assert alert.state == "NEW"


def test_platform_resolves_but_does_not_close() -> None:
    """The platform never closes an alert by itself."""
    alert = make_alert(state="DISPOSING")
    assert services.alert_resolve(actor=None, alert_id=alert.pk, note="部门已反馈").state == "RESOLVED"
    with pytest.raises(Refused):
        services.alert_close(actor=None, alert_id=alert.pk, reason="自动办结")  # type: ignore[arg-type]
    alert.refresh_from_db()
    assert alert.state == "RESOLVED"


def test_watching_moves_the_deadline_to_the_next_look() -> None:
    alert = make_alert(state="VERIFIED", due_on=dt.date(2025, 3, 7))
    watched = _call("alert_watch", make_user("TOWN_CLERK", TOWN_A), alert)
    assert watched.due_on == dt.date(2099, 1, 4)


def test_disposal_may_set_its_own_deadline() -> None:
    alert = make_alert(state="VERIFIED", due_on=dt.date(2025, 3, 7))
    disposed = _call("alert_dispose", make_user("TOWN_CLERK", TOWN_A), alert, due_on=dt.date(2025, 3, 21))
    assert disposed.due_on == dt.date(2025, 3, 21)


def test_a_late_verification_is_marked_overdue() -> None:
    alert = make_alert(state="ASSIGNED", due_on=dt.date(2025, 3, 7))
    with clock.at(dt.datetime(2025, 3, 10, 2, tzinfo=dt.UTC)):
        late = _call("alert_verify", make_user("TOWN_CLERK", TOWN_A), alert)
    assert late.overdue_at == dt.datetime(2025, 3, 10, 2, tzinfo=dt.UTC)


def test_closing_sets_reason_and_time_and_frees_the_open_slot() -> None:
    alert = make_alert(state="VERIFIED")
    closed = _call("alert_close", make_user("TOWN_HEAD", TOWN_A), alert)
    assert closed.close_reason == "核实无困难"
    assert closed.closed_at is not None
    make_alert(household=alert.household, indicator=alert.indicator)
    assert Alert.objects.filter(closed_at=None).count() == 1

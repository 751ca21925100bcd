"""State machines as data."""

from __future__ import annotations

import pytest

from doudi.apps.accounts.roles import ROLES
from doudi.apps.base.errors import Conflict, Refused
from doudi.apps.casework.states import APPLICATION, CONFERENCE, REFERRAL, VISIT
from doudi.apps.monitoring.states import ALERT

PROCESSES = [ALERT, VISIT, REFERRAL, CONFERENCE, APPLICATION]


@pytest.mark.parametrize("process", PROCESSES, ids=lambda p: p.name)
def test_the_table_is_closed(process):
    codes = {state.code for state in process.states}
    assert {t.target for t in process.transitions} <= codes
    assert {source for t in process.transitions for source in t.sources} <= codes
    assert set(process.steps) <= codes
    assert {role for t in process.transitions for role in t.roles} <= set(ROLES) | {"SYSTEM"}


@pytest.mark.parametrize("process", PROCESSES, ids=lambda p: p.name)
def test_no_officer_leaves_a_final_state(process):
    finals = {state.code for state in process.states if state.final}
    leaving = [t for t in process.transitions if finals.intersection(t.sources)]
    assert {role for t in leaving for role in t.roles} <= {"SYSTEM"}


def test_an_event_that_does_not_fit_the_state_is_a_conflict():
    with pytest.raises(Conflict):
        ALERT.next_state("NEW", "verify", ["VIL_ASSIST"])


def test_a_role_that_may_not_is_refused():
    with pytest.raises(Refused):
        ALERT.next_state("NEW", "assign", ["VIL_ASSIST"])


def test_the_stepper_marks_done_and_current():
    assert [(s["done"], s["current"]) for s in ALERT.stepper("VERIFIED")][:4] == [
        (True, False),
        (True, False),
        (False, True),
        (False, False),
    ]

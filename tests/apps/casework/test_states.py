"""The state tables of casework: every event of the table goes where it says, everything else is refused."""

from __future__ import annotations

from itertools import product

import pytest

from doudi.apps.base.errors import Conflict, Refused
from doudi.apps.casework.states import APPLICATION, CONFERENCE, REFERRAL, VISIT

PROCESSES = (VISIT, REFERRAL, CONFERENCE, APPLICATION)
ALLOWED = [
    pytest.param(process, source, transition, role, id=f"{process.name}-{source}-{transition.event}-{role}")
    for process in PROCESSES
    for transition in process.transitions
    for source in transition.sources
    for role in transition.roles
]
FORBIDDEN = [
    pytest.param(process, state.code, event, id=f"{process.name}-{state.code}-{event}")
    for process in PROCESSES
    for state, event in product(process.states, sorted({t.event for t in process.transitions}))
    if not any(t.event == event and state.code in t.sources for t in process.transitions)
]
NOT_HIS = [
    pytest.param(process, transition, id=f"{process.name}-{transition.event}")
    for process in PROCESSES
    for transition in process.transitions
]


@pytest.mark.parametrize(("process", "source", "transition", "role"), ALLOWED)
def test_who_may_goes_on(process, source, transition, role):
    assert process.next_state(source, transition.event, [role]) == transition.target


@pytest.mark.parametrize(("process", "state", "event"), FORBIDDEN)
def test_what_does_not_fit_the_state_is_a_conflict(process, state, event):
    everybody = [role for transition in process.transitions for role in transition.roles]
    with pytest.raises(Conflict):
        process.next_state(state, event, everybody)


@pytest.mark.parametrize(("process", "transition"), NOT_HIS)
def test_nobody_else_may(process, transition):
    with pytest.raises(Refused):
        process.next_state(transition.sources[0], transition.event, ["AUDITOR", "CITY_CA", "SYS_ADMIN"])


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_the_tables_name_only_their_own_states(process):
    codes = {state.code for state in process.states}
    assert {t.target for t in process.transitions} <= codes
    assert {source for t in process.transitions for source in t.sources} <= codes
    assert set(process.steps) <= codes

"""The case conference: proposed, decided, carried out."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from doudi.apps.assistance.models import AssistanceRecord
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.casework import services
from doudi.apps.casework.models import CaseConference
from tests.apps.casework.helpers import counts, titles
from tests.factories import OTHER_COUNTY, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference(people, verified):
    return services.conference_propose(actor=people.clerk, alert_id=verified.pk, subject="重病、失业、危房叠加")


def decide(people, conference, **values):
    arguments = {
        "held_on": dt.date(2025, 3, 12),
        "participant_ids": [people.lead.unit_id, people.med.unit_id],
        "minutes": "会议研究了该户情况。",
        "resolution": "给予临时救助 6000 元",
        "item": "T04",
        "amount": Decimal("6000.00"),
        "responsible_unit_id": people.lead.unit_id,
        "execute_by": dt.date(2025, 3, 31),
        **values,
    }
    return services.conference_decide(actor=people.lead, conference_id=conference.pk, **arguments)


def test_a_conference_is_proposed_once(people, verified, conference):
    before = counts()
    with pytest.raises(Conflict):
        services.conference_propose(actor=people.clerk, alert_id=verified.pk, subject="再提一次")
    assert counts() == before
    verified.refresh_from_db()
    assert (verified.state, verified.disposal) == ("DISPOSING", "CONFERENCE")


def test_decided_and_carried_out_it_resolves_the_alert_and_records_the_help(people, verified, conference):
    """R035: minutes, units present, resolution, amount, responsible unit and day are on the chain."""
    decided = decide(people, conference, version=0)
    assert sorted(decided.participants) == sorted([people.lead.unit.name, people.med.unit.name])
    closed = services.conference_close(
        actor=people.lead,
        conference_id=conference.pk,
        note="已打卡发放",
        carried_out_on=dt.date(2025, 3, 12),
        version=1,
    )
    verified.refresh_from_db()
    assert (closed.state, verified.state) == ("CLOSED", "RESOLVED")
    given = AssistanceRecord.objects.get()
    assert (given.item, given.amount, given.ref) == ("T04", Decimal("6000.00"), f"conference:{conference.pk}")
    assert "县级困难群众基本生活保障工作协调机制议定：给予临时救助 6000 元" in titles(verified.household_id)


def test_deciding_twice_with_one_key_is_once(people, conference):
    decide(people, conference, key="d")
    before = counts()
    decide(people, conference, key="d")
    assert counts() == before
    with pytest.raises(Conflict):
        decide(people, conference, key="e")
    assert counts() == before


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"held_on": dt.date(2025, 3, 13)}, "held_on"),
        ({"participant_ids": []}, "participants"),
        ({"minutes": ""}, "minutes"),
        ({"resolution": " "}, "resolution"),
        ({"item": "T04", "responsible_unit_id": None}, "responsible_unit"),
        ({"item": "X"}, "item"),
        ({"amount": Decimal("-1")}, "amount"),
        ({"execute_by": dt.date(2025, 3, 1)}, "execute_by"),
    ],
)
def test_what_a_resolution_must_say(people, conference, values, where):
    before = counts()
    with pytest.raises(Invalid) as refused:
        decide(people, conference, **values)
    assert refused.value.where == where
    assert counts() == before


def test_units_of_another_county_do_not_take_part(people, conference):
    stranger = make_unit(OTHER_COUNTY, "MED")
    with pytest.raises(Invalid):
        decide(people, conference, participant_ids=[stranger.pk])
    assert CaseConference.objects.get().state == "PROPOSED"


@pytest.mark.parametrize("role", ["TOWN_CLERK", "TOWN_HEAD", "VIL_ASSIST", "DEPT_MED", "CITY_CA"])
def test_only_the_county_decides(people, conference, role):
    before = counts()
    with pytest.raises(Refused):
        services.conference_close(actor=make_user(role), conference_id=conference.pk, note="x")
    assert counts() == before


def test_another_county_does_not_see_it(people, conference):
    stranger = make_user("CNTY_LEAD", OTHER_COUNTY)
    before = counts()
    with pytest.raises(NotFound):
        services.conference_close(actor=stranger, conference_id=conference.pk, note="x")
    assert counts() == before


def test_help_needs_the_day_on_which_it_was_given(people, conference):
    decide(people, conference)
    before = counts()
    with pytest.raises(Invalid) as refused:
        services.conference_close(actor=people.lead, conference_id=conference.pk, note="已落实")
    assert refused.value.where == "carried_out_on"
    assert counts() == before

"""Handing matters to departments: sign, send back, answer; the second rejection goes to the case conference."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from doudi.apps.assistance.models import AssistanceRecord
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.casework import queries, services
from doudi.apps.casework.models import CaseConference, Referral
from doudi.apps.registry import queries as registry
from tests.apps.casework.helpers import counts, fresh, kinds, open_grants, titles
from tests.apps.monitoring.builders import make_alert
from tests.factories import COUNTY, OTHER_COUNTY, make_unit, make_user

pytestmark = pytest.mark.django_db
GIVEN = {"item": "M03", "given_on": dt.date(2025, 3, 12), "amount": Decimal("3000.00"), "note": "已救助"}


def send(people, alert, **values):
    arguments = {"to_unit_id": people.med.unit_id, "item": "M03", "need": "请落实住院医疗救助", **values}
    return services.referral_send(actor=people.clerk, alert_id=alert.pk, **arguments)


def test_a_referral_has_its_limits_in_working_days(referral):
    assert (referral.accept_due_on, referral.handle_due_on) == (dt.date(2025, 3, 14), dt.date(2025, 3, 26))
    assert (referral.state, referral.due_note) == ("SENT", "")


def test_limits_of_an_unknown_year_are_left_open_and_filled_later(people, verified, monkeypatch):
    with clock.at(dt.datetime(2031, 12, 29, 9, tzinfo=dt.UTC)):
        made = send(people, verified)
    assert made.handle_due_on is None
    assert "尚未载入" in made.due_note
    assert services.limits_refresh() == 0
    monkeypatch.setattr("doudi.engine.workdays._registered", {2031: _year(), 2032: _year()})
    assert services.limits_refresh() == 1
    made.refresh_from_db()
    assert (made.handle_due_on, made.due_note) == (dt.date(2032, 1, 12), "")


def _year():
    from doudi.engine.workdays import _Year

    return _Year(frozenset(), frozenset())


def test_sending_puts_the_alert_under_disposal_and_opens_the_household_to_the_unit(people, verified, referral):
    verified.refresh_from_db()
    assert (verified.state, verified.disposal) == ("DISPOSING", "REFER")
    assert open_grants(verified.household_id) == [f"referral:{referral.pk}"]
    assert registry.household_get(fresh(people.med), verified.household_id).pk == verified.household_id
    with pytest.raises(NotFound):
        registry.household_get(fresh(people.dpf), verified.household_id)
    assert kinds(verified.household_id)[-2:] == ["DISPOSAL", "REFERRAL"]


def test_only_the_unit_that_was_asked_sees_the_referral(people, referral):
    assert [row.pk for row in queries.referral_list(actor=people.med).rows] == [referral.pk]
    assert queries.referral_list(actor=people.dpf).rows == []
    with pytest.raises(NotFound):
        queries.referral_get(actor=people.dpf, referral_id=referral.pk)
    with pytest.raises(NotFound):
        queries.referral_get(actor=people.town_b, referral_id=referral.pk)


@pytest.mark.parametrize(
    "values",
    [
        {"need": " "},
        {"item": "Z99"},
        {"item": "O04"},  # the federation's item, not the insurance office's
        {"kind": "ORDER"},
        {"to_unit_id": 0},
    ],
)
def test_what_a_referral_must_say(people, verified, values):
    before = counts()
    with pytest.raises(Invalid):
        send(people, verified, **values)
    assert counts() == before


def test_a_unit_of_another_county_cannot_be_asked(people, verified):
    elsewhere = make_unit(OTHER_COUNTY, "MED", "邻县医保局")
    before = counts()
    with pytest.raises(Invalid) as refused:
        send(people, verified, to_unit_id=elsewhere.pk)
    assert refused.value.where == "to_unit"
    assert counts() == before


def test_the_same_matter_is_not_sent_twice(people, verified, referral):
    before = counts()
    with pytest.raises(Conflict):
        send(people, verified)
    assert counts() == before


def test_sending_twice_with_one_key_is_one_referral(people, verified):
    first = send(people, verified, key="k")
    before = counts()
    assert send(people, verified, key="k").pk == first.pk
    assert counts() == before


def test_an_alert_that_nobody_verified_is_not_referred(people):
    alert = make_alert()
    before = counts()
    with pytest.raises(Conflict):
        send(people, alert)
    assert counts() == before


def test_the_department_signs_answers_and_the_alert_is_resolved(people, verified, referral):
    """R015: the department's answer becomes an assistance record on the household's chain."""
    services.referral_accept(actor=people.med, referral_id=referral.pk, version=0)
    answered = services.referral_feedback(actor=people.med, referral_id=referral.pk, version=1, **GIVEN)
    given = AssistanceRecord.objects.get()
    assert (given.item, given.amount, given.unit_id) == ("M03", Decimal("3000.00"), people.med.unit_id)
    assert given.ref == f"referral:{referral.pk}"
    verified.refresh_from_db()
    assert (answered.state, verified.state) == ("FEEDBACK", "RESOLVED")
    assert "县医疗保障局给予住院医疗救助 3,000.00 元" in titles(verified.household_id)


def test_answering_twice_is_one_record(people, referral):
    services.referral_accept(actor=people.med, referral_id=referral.pk)
    for _ in range(2):
        services.referral_feedback(actor=people.med, referral_id=referral.pk, key="f", **GIVEN)
    assert AssistanceRecord.objects.count() == 1
    with pytest.raises(Conflict):
        services.referral_feedback(actor=people.med, referral_id=referral.pk, key="g", **GIVEN)
    assert AssistanceRecord.objects.count() == 1


def test_help_that_was_not_given_needs_a_reason_and_leaves_no_record(people, verified, referral):
    services.referral_accept(actor=people.med, referral_id=referral.pk)
    with pytest.raises(Invalid):
        services.referral_feedback(actor=people.med, referral_id=referral.pk, item="M03", given_on=None, given=False)
    services.referral_feedback(
        actor=people.med, referral_id=referral.pk, item="M03", given_on=None, given=False, note="不在政策范围"
    )
    verified.refresh_from_db()
    assert verified.state == "RESOLVED"
    assert not AssistanceRecord.objects.exists()


def test_the_alert_waits_for_all_its_referrals(people, verified, referral):
    other = send(people, verified, to_unit_id=people.dpf.unit_id, item="O05")
    for actor, one in ((people.med, referral), (people.dpf, other)):
        services.referral_accept(actor=actor, referral_id=one.pk)
    services.referral_feedback(actor=people.med, referral_id=referral.pk, **GIVEN)
    verified.refresh_from_db()
    assert verified.state == "DISPOSING"
    services.referral_feedback(actor=people.dpf, referral_id=other.pk, **(GIVEN | {"item": "O05"}))
    verified.refresh_from_db()
    assert verified.state == "RESOLVED"


def test_a_department_answers_with_its_own_items_only(people, referral):
    services.referral_accept(actor=people.med, referral_id=referral.pk)
    before = counts()
    with pytest.raises(Invalid) as refused:
        services.referral_feedback(actor=people.med, referral_id=referral.pk, **(GIVEN | {"item": "O04"}))
    assert refused.value.where == "item"
    assert counts() == before


def test_another_department_can_do_nothing(people, referral):
    before = counts()
    with pytest.raises(NotFound):
        services.referral_accept(actor=people.dpf, referral_id=referral.pk)
    assert counts() == before


@pytest.mark.parametrize("role", ["TOWN_CLERK", "CNTY_LEAD", "VIL_ASSIST", "AUDITOR"])
def test_offices_do_not_sign_for_a_department(people, referral, role):
    before = counts()
    with pytest.raises(Refused):
        services.referral_accept(actor=make_user(role), referral_id=referral.pk)
    assert counts() == before


def test_a_stale_page_changes_nothing(people, referral):
    services.referral_accept(actor=people.med, referral_id=referral.pk, version=0)
    before = counts()
    with pytest.raises(Conflict):
        services.referral_feedback(actor=people.med, referral_id=referral.pk, version=0, **GIVEN)
    assert counts() == before
    assert not AssistanceRecord.objects.exists()


def test_a_rejection_shuts_the_unit_out_until_it_is_sent_again(people, verified, referral):
    services.referral_reject(actor=people.med, referral_id=referral.pk, reason="材料不全")
    with pytest.raises(NotFound):
        registry.household_get(fresh(people.med), verified.household_id)
    again = services.referral_resend(actor=people.clerk, referral_id=referral.pk, need="补充出院结算单")
    assert (again.state, again.rejections, again.need) == ("SENT", 1, "补充出院结算单")
    assert open_grants(verified.household_id) == [f"referral:{referral.pk}.1"]


def test_a_rejected_referral_can_go_to_another_unit(people, verified):
    made = send(people, verified, to_unit_id=make_unit(COUNTY, "HOUSE").pk, item="H04")
    officer = make_user("DEPT_HOUSE", unit=made.to_unit)
    services.referral_reject(actor=officer, referral_id=made.pk, reason="由城建办理")
    construction = make_unit(COUNTY, "UC")
    again = services.referral_resend(
        actor=people.clerk, referral_id=made.pk, need="请鉴定房屋", to_unit_id=construction.pk
    )
    assert again.to_unit_id == construction.pk
    assert queries.referral_list(actor=fresh(officer)).rows == []


def test_the_second_rejection_goes_to_the_case_conference(people, verified, referral):
    """R035: the complex case is studied by the body that the pack names."""
    services.referral_reject(actor=people.med, referral_id=referral.pk, reason="材料不全")
    services.referral_resend(actor=people.clerk, referral_id=referral.pk, need="补充材料")
    rejected = services.referral_reject(actor=people.med, referral_id=referral.pk, reason="不在目录", key="twice")
    services.referral_reject(actor=people.med, referral_id=referral.pk, reason="不在目录", key="twice")
    conference = CaseConference.objects.get()
    assert (rejected.state, rejected.rejections) == ("CONFERENCE", 2)
    assert (conference.alert_id, conference.referral_id, conference.state) == (verified.pk, referral.pk, "PROPOSED")
    assert conference.body_name == "县级困难群众基本生活保障工作协调机制"
    assert open_grants(verified.household_id) == []
    verified.refresh_from_db()
    assert verified.state == "DISPOSING"


def test_the_conference_has_the_name_of_the_pack(people, verified, referral, settings):
    """R112: Zhengzhou's joint conference."""
    settings.POLICY_PACKS = {"": "zhengzhou"}
    services.referral_reject(actor=people.med, referral_id=referral.pk, reason="材料不全")
    services.referral_resend(actor=people.clerk, referral_id=referral.pk, need="补充材料")
    services.referral_reject(actor=people.med, referral_id=referral.pk, reason="不在目录")
    assert CaseConference.objects.get().body_name == "县级社会救助工作联席会议"


def test_overdue_referrals_are_marked_once_and_shown_to_the_county(people, referral):
    assert services.referrals_mark_overdue() == 0
    with clock.at(dt.datetime(2025, 3, 17, 9, tzinfo=dt.UTC)):
        assert services.referrals_mark_overdue() == 1
        assert services.referrals_mark_overdue() == 0
        late = queries.ReferralFilters(overdue=True)
        assert [row.pk for row in queries.referral_list(actor=people.lead, filters=late).rows] == [referral.pk]
        assert queries.counters(actor=people.lead)["referrals_overdue"] == 1
    assert Referral.objects.get().overdue_at is not None


def test_an_alert_is_not_closed_while_a_department_still_works(people, verified, referral):
    before = counts()
    with pytest.raises(Conflict):
        services.alert_close(actor=people.head, alert_id=verified.pk, reason="已办")
    assert counts() == before


def test_closing_the_alert_ends_its_referrals_and_the_units_access(people, verified, referral):
    services.referral_accept(actor=people.med, referral_id=referral.pk)
    services.referral_feedback(actor=people.med, referral_id=referral.pk, **GIVEN)
    services.alert_close(actor=people.head, alert_id=verified.pk, reason="救助已落实")
    referral.refresh_from_db()
    verified.refresh_from_db()
    assert (referral.state, verified.state) == ("CLOSED", "CLOSED")
    assert open_grants(verified.household_id) == []
    with pytest.raises(NotFound):
        registry.household_get(fresh(people.med), verified.household_id)

"""Applications and re-checks: computed, reviewed, decided by the authority of the pack."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.casework import services
from doudi.apps.casework.models import Application, Channel
from doudi.apps.determination.models import Decision
from doudi.apps.monitoring.models import Alert
from doudi.apps.policy.services import StandardRow, standards_import
from doudi.apps.registry.models import CategoryStatus, Household, Income, Person
from tests.apps.casework.helpers import counts, kinds, titles
from tests.apps.monitoring.builders import make_alert
from tests.factories import TOWN_A, VILLAGE_A, make_household, make_person, make_user

pytestmark = pytest.mark.django_db
OPINION = {"opinion": "情况属实，同意按测算结果办理"}


@pytest.fixture(autouse=True)
def _standards(db):
    """600 yuan a month in the country, 36,000 yuan disposable income a year."""
    since = dt.date(2024, 1, 1)
    rows = [
        StandardRow("dibao_standard", "410522", "rural", since, "600"),
        StandardRow("dibao_standard", "410522", "urban", since, "800"),
        StandardRow("disposable_income", "410522", "", since, "36000"),
    ]
    standards_import(actor=None, rows=rows, is_sample=True)


@pytest.fixture
def poor(people, verify):
    """A verified alert of a family of one without income that has no category yet."""
    return verify(make_alert(household=make_household(VILLAGE_A, income=1200), indicator="NCE-01"), "TRUE_APPLY")


@pytest.fixture
def better_off(people, verify):
    """A verified alert of a family on dibao that now earns 60,000 yuan a year."""
    household = make_household(VILLAGE_A, category="DIBAO", income=60000)
    return verify(make_alert(household=household, indicator="MNE-03"), "TRUE_ADJUST")


@pytest.fixture
def submitted(people, poor):
    return services.application_submit(actor=people.clerk, alert_id=poor.pk, reason="核查属实，启动申请")


@pytest.fixture
def reviewed(people, submitted):
    return services.application_review(actor=people.clerk, application_id=submitted.pk, **OPINION)


def decide(actor, application, approve=True, **values):
    return services.application_decide(
        actor=actor, application_id=application.pk, approve=approve, reason="符合条件", **values
    )


def test_submitting_puts_the_alert_under_disposal(people, poor, submitted):
    """R031: when conditions are met the procedure starts at once, from the alert."""
    poor.refresh_from_db()
    assert (poor.state, poor.disposal, submitted.channel) == ("DISPOSING", "APPLY", "data_match")
    assert kinds(poor.household_id)[-2:] == ["DISPOSAL", "APPLICATION"]


def test_a_household_has_one_application_under_way(people, submitted):
    before = counts()
    with pytest.raises(Conflict):
        services.application_submit(actor=people.clerk, household_id=submitted.household_id, reason="又一次")
    assert counts() == before


def test_review_computes_and_approval_puts_the_result_into_force(people, poor, reviewed):
    assert (reviewed.state, reviewed.decision.category) == ("REVIEWED", "DIBAO")
    approved = decide(people.head, reviewed, version=1)
    household = Household.objects.get(pk=poor.household_id)
    assert (household.category, household.register, household.monthly_benefit) == ("DIBAO", "ACTIVE", Decimal("500.00"))
    assert Decision.objects.get().state == "IN_FORCE"
    poor.refresh_from_db()
    assert (approved.state, poor.state) == ("APPROVED", "RESOLVED")
    assert "确认认定：符合条件" in titles(poor.household_id)


def test_refusing_changes_nothing_in_the_register(people, poor, reviewed):
    refused = decide(people.head, reviewed, approve=False)
    assert (refused.state, Household.objects.get(pk=poor.household_id).category) == ("REFUSED", "")
    assert not CategoryStatus.objects.filter(household_id=poor.household_id).exists()
    poor.refresh_from_db()
    assert poor.state == "RESOLVED"


def test_nothing_is_decided_without_a_computed_result(people, submitted):
    """R333: no decision without investigation and computation."""
    before = counts()
    with pytest.raises(Conflict):
        decide(people.head, submitted)
    assert counts() == before


def test_a_missing_local_number_stops_the_approval(people, submitted):
    from doudi.apps.policy.models import LocalStandard

    LocalStandard.objects.filter(parameter="dibao_standard").delete()
    reviewed = services.application_review(actor=people.clerk, application_id=submitted.pk, **OPINION)
    assert reviewed.decision.category == "NEEDS_LOCAL_RULE"
    before = counts()
    with pytest.raises(Conflict, match="缺少地方标准"):
        decide(people.head, reviewed)
    assert counts() == before


def test_a_family_above_the_lines_is_not_taken_in(people, verify):
    alert = verify(make_alert(household=make_household(VILLAGE_A, income=90000), indicator="NCE-01"), "TRUE_APPLY")
    made = services.application_submit(actor=people.clerk, alert_id=alert.pk, reason="申请")
    reviewed = services.application_review(actor=people.clerk, application_id=made.pk, **OPINION)
    before = counts()
    with pytest.raises(Conflict, match="不属于低收入人口"):
        decide(people.head, reviewed)
    assert counts() == before
    assert decide(people.head, reviewed, approve=False).state == "REFUSED"


def test_who_reviewed_does_not_decide(people, submitted):
    both = make_user(["TOWN_CLERK", "TOWN_HEAD"], TOWN_A)
    reviewed = services.application_review(actor=both, application_id=submitted.pk, **OPINION)
    before = counts()
    with pytest.raises(Refused):
        decide(both, reviewed)
    assert counts() == before


@pytest.mark.parametrize(("pack", "refused", "allowed"), [("anyang", "lead", "head"), ("qingyang", "head", "lead")])
def test_the_authority_of_the_pack_decides(people, submitted, settings, pack, refused, allowed):
    """R333: the township where it is entrusted, else the county."""
    settings.POLICY_PACKS = {"": pack}
    reviewed = services.application_review(actor=people.clerk, application_id=submitted.pk, **OPINION)
    before = counts()
    with pytest.raises(Refused):
        decide(getattr(people, refused), reviewed)
    assert counts() == before
    assert decide(getattr(people, allowed), reviewed).state == "APPROVED"


def test_a_relative_among_the_staff_asks_for_a_second_officer(people, submitted):
    Household.objects.filter(pk=submitted.household_id).update(has_staff_relative=True)
    reviewed = services.application_review(actor=people.clerk, application_id=submitted.pk, **OPINION)
    before = counts()
    with pytest.raises(Conflict, match="第二人复核"):
        decide(people.head, reviewed)
    with pytest.raises(Refused):
        services.application_check(actor=people.clerk, application_id=submitted.pk, **OPINION)
    assert counts() == before
    services.application_check(actor=people.reviewer, application_id=submitted.pk, **OPINION)
    assert decide(people.head, reviewed).state == "APPROVED"


def test_reviewing_again_takes_new_facts_and_drops_the_second_check(people, reviewed):
    services.application_check(actor=people.reviewer, application_id=reviewed.pk, **OPINION)
    Income.objects.create(person_id=reviewed.household.head_id, wage=2400, source="verified", as_of=dt.date(2025, 3, 1))
    with pytest.raises(Conflict, match="重新测算"):
        decide(people.head, reviewed)
    again = services.application_review(actor=people.clerk, application_id=reviewed.pk, **OPINION)
    assert (again.checked_by_id, again.decision.monthly) == (None, Decimal("400.00"))
    assert decide(people.head, again).state == "APPROVED"


def test_deciding_twice_with_one_key_is_once(people, reviewed):
    decide(people.head, reviewed, key="d")
    before = counts()
    decide(people.head, reviewed, key="d")
    assert counts() == before
    with pytest.raises(Conflict):
        decide(people.head, reviewed, approve=False)
    assert counts() == before


def test_a_stale_page_decides_nothing(people, reviewed):
    before = counts()
    with pytest.raises(Conflict):
        decide(people.head, reviewed, version=0)
    assert counts() == before
    assert Decision.objects.get().state == "TRIAL"


@pytest.mark.parametrize("role", ["VIL_ASSIST", "DEPT_MED", "CNTY_SUP", "AUDITOR", "CNTY_DATA"])
def test_others_neither_submit_nor_decide(people, poor, role):
    before = counts()
    with pytest.raises(Refused):
        services.application_submit(actor=make_user(role), alert_id=poor.pk, reason="x")
    assert counts() == before


def test_another_township_cannot_submit_or_review(people, poor, submitted):
    before = counts()
    with pytest.raises(NotFound):
        services.application_submit(actor=people.town_b, alert_id=poor.pk, reason="x")
    with pytest.raises(NotFound):
        services.application_review(actor=people.town_b, application_id=submitted.pk, **OPINION)
    assert counts() == before


def test_a_family_that_no_longer_qualifies_keeps_its_benefit_until_the_authority_decides(people, better_off):
    """R036: verified, then ended by the authority with a reason; the alert itself stops nothing."""
    household_id = better_off.household_id
    made = services.application_submit(
        actor=people.clerk, alert_id=better_off.pk, channel=Channel.REVIEW, reason="工资收入增加"
    )
    reviewed = services.application_review(actor=people.clerk, application_id=made.pk, **OPINION)
    assert reviewed.decision.category == "NOT_LOW_INCOME"
    assert Household.objects.get(pk=household_id).category == "DIBAO"
    decide(people.head, reviewed)
    assert Household.objects.get(pk=household_id).category == ""
    assert "EXIT" in kinds(household_id)
    assert Alert.objects.get(pk=better_off.pk).state == "RESOLVED"


def test_keeping_the_family_changes_nothing(people, better_off):
    made = services.application_submit(
        actor=people.clerk, alert_id=better_off.pk, channel=Channel.REVIEW, reason="待核实"
    )
    reviewed = services.application_review(actor=people.clerk, application_id=made.pk, **OPINION)
    decide(people.head, reviewed, approve=False)
    assert Household.objects.get(pk=better_off.household_id).category == "DIBAO"
    assert "EXIT" not in kinds(better_off.household_id)


def test_a_verified_death_is_recorded_and_counted(people, verify):
    spouse = make_person("李秀英", sex="female")
    head = make_person("王大山")
    household = make_household(
        VILLAGE_A, members=[("head", head), ("spouse", spouse)], category="DIBAO", monthly_benefit=Decimal("1200")
    )
    alert = verify(make_alert(household=household, person=spouse, indicator="MNE-01"), "TRUE_ADJUST")
    made = services.application_submit(
        actor=people.clerk,
        alert_id=alert.pk,
        channel=Channel.REVIEW,
        reason="火化证明属实",
        died_on=dt.date(2025, 2, 3),
    )
    assert Person.objects.get(pk=spouse.pk).died_on == dt.date(2025, 2, 3)
    reviewed = services.application_review(actor=people.clerk, application_id=made.pk, **OPINION)
    decide(people.head, reviewed)
    assert Household.objects.get(pk=household.pk).monthly_benefit == Decimal("600.00")


def test_the_death_of_a_person_alone_ends_the_household(people, verify):
    household = make_household(VILLAGE_A, category="TEKUN", monthly_benefit=Decimal("780"))
    alert = verify(make_alert(household=household, indicator="MNE-01"), "TRUE_ADJUST")
    made = services.application_submit(
        actor=people.clerk,
        alert_id=alert.pk,
        channel=Channel.REVIEW,
        reason="火化证明属实",
        died_on=dt.date(2025, 2, 3),
    )
    reviewed = services.application_review(actor=people.clerk, application_id=made.pk, **OPINION)
    decide(people.head, reviewed)
    household.refresh_from_db()
    assert (household.category, household.monthly_benefit) == ("", Decimal("0.00"))


def test_hubei_notifies_the_authority(people, verify, settings):
    """R275: the determining body is notified of a family that no longer qualifies."""
    settings.POLICY_PACKS = {"": "hubei"}
    household = make_household(VILLAGE_A, category="DIBAO", income=60000)
    alert = verify(make_alert(household=household, indicator="MNE-03", pack="hubei"), "TRUE_ADJUST")
    services.application_submit(actor=people.clerk, alert_id=alert.pk, channel=Channel.REVIEW, reason="收入增加")
    assert "通知认定部门（县级民政部门）及时进行动态管理" in titles(household.pk)


def test_reasons_are_needed(people, poor, submitted):
    before = counts()
    with pytest.raises(Invalid):
        services.application_review(actor=people.clerk, application_id=submitted.pk, opinion=" ")
    assert counts() == before
    assert Application.objects.get().state == "SUBMITTED"

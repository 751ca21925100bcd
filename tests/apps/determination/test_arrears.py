"""A retroactive change makes lists of what is owed (补发) and overpaid (追缴), to the 分, and applies nothing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.chain.models import ChainEvent
from doudi.apps.determination import queries, services
from doudi.apps.determination.models import ArrearsLine, ArrearsList
from tests import factories as f
from tests.apps.policy.builders import draft, publish, standards

pytestmark = pytest.mark.django_db


def at(year: int, month: int, day: int):
    return clock.at(clock.at_noon(dt.date(year, month, day)))


@pytest.fixture
def officers():
    return f.make_user("CNTY_REVIEW"), f.make_user("TOWN_HEAD", f.TOWN_A)


@pytest.fixture
def two():
    return f.make_user("POLICY_ADMIN"), f.make_user("CNTY_LEAD")


def decided(officers, day: dt.date, household):
    """A decision computed and confirmed on a day."""
    with clock.at(clock.at_noon(day)):
        decision = services.decision_compute(actor=officers[0], household_id=household.pk)
        return services.decision_confirm(actor=officers[1], decision_id=decision.pk, opinion="同意")


def family(income: str = "1200.01", since: dt.date = dt.date(2024, 6, 1), **fields):
    return f.make_household(f.VILLAGE_A, income=Decimal(income), since=since, **fields)


def computed(two, **fields) -> ArrearsList:
    """The lists that the publication of a change queued, computed."""
    change = publish(*two, **fields)
    arrears = ArrearsList.objects.get(change=change)
    return services.arrears_execute(arrears_id=arrears.pk)


def months(arrears: ArrearsList) -> list[tuple[str, str, str, str]]:
    rows = ArrearsLine.objects.filter(arrears=arrears).order_by("household_id", "month")
    return [(row.month, str(row.before), str(row.after), str(row.due)) for row in rows]


def test_months_from_the_changes_first_to_last_month_are_owed(officers, two):
    """600 − 100.000833 = 500.00 (499.99917 rounded); 660 − 100.000833 = 560.00 (559.99917). Three months."""
    standards()
    decided(officers, dt.date(2024, 11, 20), family())
    with at(2025, 4, 2):
        arrears = computed(two, valid_from=dt.date(2025, 1, 1))
    assert months(arrears) == [
        ("2025-01", "500.00", "560.00", "60.00"),
        ("2025-02", "500.00", "560.00", "60.00"),
        ("2025-03", "500.00", "560.00", "60.00"),
    ]
    assert (arrears.decisions, arrears.households) == (1, 1)
    assert (arrears.underpaid, arrears.overpaid) == (Decimal("180.00"), Decimal("0.00"))


def test_amounts_are_rounded_once_a_month(officers, two):
    """600 − 8000/12 = below 0 for MARGIN; 600 − 5000/12 = 183.33, 660.55 − 416.666… = 243.88."""
    standards()
    decided(officers, dt.date(2025, 1, 10), family("5000"))
    with at(2025, 3, 1):
        arrears = computed(two, value="660.55", valid_from=dt.date(2025, 2, 1))
    assert months(arrears) == [("2025-02", "183.33", "243.88", "60.55")]


def test_month_of_the_confirmation_counts_and_the_one_before_does_not(officers, two):
    standards()
    decided(officers, dt.date(2025, 2, 28), family())
    with at(2025, 4, 30):
        arrears = computed(two, valid_from=dt.date(2025, 1, 1))
    assert [row[0] for row in months(arrears)] == ["2025-02", "2025-03"]


def test_month_in_which_the_change_begins_counts_as_a_whole(officers, two):
    standards()
    decided(officers, dt.date(2024, 12, 31), family())
    with at(2025, 3, 31):
        arrears = computed(two, valid_from=dt.date(2025, 1, 31))
    assert [row[0] for row in months(arrears)] == ["2025-01", "2025-02"]


def test_a_fall_is_overpaid(officers, two):
    standards()
    decided(officers, dt.date(2024, 12, 1), family())
    with at(2025, 2, 1):
        arrears = computed(two, value="590", valid_from=dt.date(2025, 1, 1))
    assert months(arrears) == [("2025-01", "500.00", "490.00", "-10.00")]
    assert (arrears.underpaid, arrears.overpaid) == (Decimal("0.00"), Decimal("10.00"))


def test_a_later_number_ends_the_change(officers, two):
    standards()
    standards(since=dt.date(2025, 3, 1), dibao_standard={"rural": 700})
    decided(officers, dt.date(2024, 12, 1), family())
    with at(2025, 5, 1):
        arrears = computed(two, valid_from=dt.date(2025, 1, 1))
    assert [row[0] for row in months(arrears)] == ["2025-01", "2025-02"]


def test_a_decision_that_knew_the_number_owes_nothing(officers, two):
    standards()
    household = family()
    decided(officers, dt.date(2024, 12, 1), household)
    with at(2025, 2, 10):
        change = publish(*two, valid_from=dt.date(2025, 2, 1))
    decided(officers, dt.date(2025, 2, 20), household)
    assert ArrearsList.objects.count() == 0
    with at(2025, 4, 1):
        asked = services.arrears_request(actor=two[1], change_id=change.pk)
        arrears = services.arrears_execute(arrears_id=asked.pk)
    assert (arrears.decisions, months(arrears)) == (0, [])


def test_a_decision_made_before_a_future_number_owes_from_its_first_day(officers, two):
    """The number was published in January for March; the family was not decided again."""
    standards()
    with at(2025, 1, 10):
        change = publish(*two, valid_from=dt.date(2025, 3, 1))
    decided(officers, dt.date(2025, 1, 20), family())
    with at(2025, 5, 1):
        asked = services.arrears_request(actor=two[1], change_id=change.pk)
        arrears = services.arrears_execute(arrears_id=asked.pk)
    assert [(row[0], row[3]) for row in months(arrears)] == [("2025-03", "60.00"), ("2025-04", "60.00")]


def test_two_changes_owe_what_both_owe_together(officers, two):
    """The second list starts from what the first made due: 500 → 560 → 580."""
    standards()
    decided(officers, dt.date(2024, 12, 1), family())
    with at(2025, 3, 1):
        first = computed(two, valid_from=dt.date(2025, 1, 1))
        second = computed(two, value="680", valid_from=dt.date(2025, 2, 1))
    assert [(row[0], row[3]) for row in months(first)] == [("2025-01", "60.00"), ("2025-02", "60.00")]
    assert months(second) == [("2025-02", "560.00", "580.00", "20.00")]


def test_a_correction_of_the_same_day_owes_the_rest(officers, two):
    standards()
    decided(officers, dt.date(2024, 12, 1), family())
    with at(2025, 2, 1):
        computed(two, valid_from=dt.date(2025, 1, 1))
        second = computed(two, value="655", valid_from=dt.date(2025, 1, 1))
    assert months(second) == [("2025-01", "560.00", "555.00", "-5.00")]


def test_a_family_that_left_is_owed_until_the_month_it_left(officers, two):
    standards()
    household = family()
    decided(officers, dt.date(2024, 12, 1), household)
    with at(2025, 2, 15):
        services.household_exit(actor=None, household_id=household.pk, reason="收入提高")
    with at(2025, 5, 1):
        arrears = computed(two, valid_from=dt.date(2025, 1, 1))
    assert [row[0] for row in months(arrears)] == ["2025-01", "2025-02"]


def test_a_change_of_category_is_named(officers, two):
    standards()
    decided(officers, dt.date(2024, 12, 1), family("7560"))
    with at(2025, 2, 1):
        computed(two, valid_from=dt.date(2025, 1, 1))
    line = ArrearsLine.objects.get()
    assert (line.category_before, line.category_after, str(line.due)) == ("MARGIN", "DIBAO", "30.00")


def test_trials_and_refusals_are_no_decisions_in_force(officers, two):
    standards()
    household = family()
    with at(2024, 12, 1):
        services.decision_compute(actor=officers[0], household_id=household.pk)
        refused = services.decision_compute(actor=officers[0], household_id=household.pk)
        services.decision_refuse(actor=officers[1], decision_id=refused.pk, reason="核对不符")
    with at(2025, 2, 1):
        arrears = computed(two, valid_from=dt.date(2025, 1, 1))
    assert (arrears.decisions, months(arrears)) == (0, [])


def test_another_county_and_the_other_area_are_not_touched(officers, two):
    standards()
    decided(officers, dt.date(2024, 12, 1), family(area="urban"))
    with at(2025, 2, 1):
        arrears = computed(two, valid_from=dt.date(2025, 1, 1))
    assert (arrears.decisions, months(arrears)) == (1, [])


def test_nothing_is_applied(officers, two):
    standards()
    household = family()
    decided(officers, dt.date(2024, 12, 1), household)
    before = ChainEvent.objects.count()
    with at(2025, 2, 1):
        computed(two, valid_from=dt.date(2025, 1, 1))
    household.refresh_from_db()
    assert (household.monthly_benefit, ChainEvent.objects.count()) == (Decimal("500.00"), before)


def test_computed_again_by_a_cut_off_job_it_is_the_same(officers, two):
    standards()
    decided(officers, dt.date(2024, 12, 1), family())
    with at(2025, 2, 1):
        arrears = computed(two, valid_from=dt.date(2025, 1, 1))
        ArrearsList.objects.filter(pk=arrears.pk).update(state="RUNNING")
        again = services.arrears_execute(arrears_id=arrears.pk)
    assert months(again) == [("2025-01", "500.00", "560.00", "60.00")]


class TestRequest:
    def test_by_hand_only_what_is_published_and_past(self, two):
        standards()
        drafter, lead = two
        with at(2025, 3, 12):
            change = draft(drafter)
            with pytest.raises(Conflict):
                services.arrears_request(actor=lead, change_id=change.pk)
            change = publish(drafter, lead, area="urban", value="900")
            with pytest.raises(Invalid):
                services.arrears_request(actor=lead, change_id=change.pk)
        assert ArrearsList.objects.count() == 0

    def test_waiting_list_is_not_queued_twice(self, two):
        standards()
        with at(2025, 3, 12):
            change = publish(*two, valid_from=dt.date(2025, 1, 1))
            assert services.arrears_request(actor=two[1], change_id=change.pk).change_id == change.pk
        assert ArrearsList.objects.count() == 1

    @pytest.mark.parametrize(
        ("role", "division", "error"),
        [
            ("POLICY_ADMIN", f.COUNTY, Refused),
            ("TOWN_HEAD", f.TOWN_A, Refused),
            ("CNTY_LEAD", f.OTHER_COUNTY, NotFound),
        ],
    )
    def test_only_the_countys_office_asks(self, two, role, division, error):
        standards()
        with at(2025, 3, 12):
            change = publish(*two)
            with pytest.raises(error):
                services.arrears_request(actor=f.make_user(role, division), change_id=change.pk)
        assert ArrearsList.objects.count() == 0

    def test_lines_only_in_scope(self, officers, two):
        standards()
        decided(officers, dt.date(2024, 12, 1), family())
        with at(2025, 2, 1):
            arrears = computed(two, valid_from=dt.date(2025, 1, 1))
        assert queries.arrears_lines(two[1], arrears).count() == 1
        with pytest.raises(NotFound):
            queries.arrears_get(f.make_user("CNTY_LEAD", f.OTHER_COUNTY), arrears.pk)
        with pytest.raises(Refused):
            queries.arrears_lines(two[0], arrears)

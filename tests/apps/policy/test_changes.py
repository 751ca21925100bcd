"""A parameter changes by two persons, after a trial, from a day on (R302: versioned policy of each county)."""

from __future__ import annotations

import datetime as dt

import pytest

from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.determination import services as determination
from doudi.apps.determination.models import ArrearsList
from doudi.apps.policy import queries, services
from doudi.apps.policy.models import LocalStandard, ParameterChange, Simulation
from tests import factories as f
from tests.apps.policy.builders import PAPER, draft, publish, standards, try_out

pytestmark = pytest.mark.django_db
MARCH = dt.date(2025, 3, 1)


class TestDraft:
    def test_number_is_kept_as_typed_without_its_disguise(self, drafter):
        change = draft(drafter, value=" ６６０．５ ")
        assert (change.value, change.state, change.pack) == ("660.5", "DRAFT", "anyang")

    @pytest.mark.parametrize(
        ("fields", "where"),
        [
            ({"value": "很多"}, "value"),
            ({"value": "-1"}, "value"),
            ({"value": "660.005"}, "value"),
            ({"value": ""}, "value"),
            ({"value": "NaN"}, "value"),
            ({"value": None}, "value"),
            ({"parameter": "margin_multiplier", "area": "", "value": "2.01"}, "value"),
            ({"parameter": "margin_multiplier", "area": "", "value": "1.5"}, "value"),
            ({"parameter": "rigid_ratio", "area": "", "value": "60"}, "value"),
            ({"parameter": "determining_authority", "area": "", "value": "village"}, "value"),
            ({"parameter": "no_such_number"}, "parameter"),
            ({"area": "sea"}, "area"),
            ({"parameter": "insurance_contribution", "value": "400"}, "area"),
            ({"valid_from": dt.date(2020, 1, 1)}, "valid_from"),
            ({"valid_from": dt.date(2205, 3, 1)}, "valid_from"),
            ({"document": " "}, "document"),
            ({"reason": ""}, "reason"),
        ],
    )
    def test_what_cannot_be_is_refused_at_its_field(self, drafter, fields, where):
        """R297: the guide lets the multiple rise to 2 and no further."""
        with pytest.raises(Invalid) as refused:
            draft(drafter, **fields)
        assert refused.value.where == where
        assert ParameterChange.objects.count() == 0

    def test_share_may_be_written_in_percent(self, drafter):
        change = draft(drafter, parameter="rigid_ratio", area="", value="60%")
        assert change.value == "0.6"

    def test_one_open_change_of_a_number(self, drafter):
        draft(drafter)
        with pytest.raises(Conflict):
            draft(drafter, value="670")
        assert draft(drafter, area="urban", value="900").state == "DRAFT"

    @pytest.mark.parametrize(
        ("role", "division"), [("CNTY_LEAD", f.COUNTY), ("TOWN_CLERK", f.TOWN_A), ("POLICY_ADMIN", f.OTHER_COUNTY)]
    )
    def test_only_the_divisions_own_policy_officer_drafts(self, role, division):
        with pytest.raises(Refused):
            draft(f.make_user(role, division))
        assert ParameterChange.objects.count() == 0

    def test_sample_value_may_be_given_its_paper(self, drafter, lead):
        standards()
        publish(drafter, lead, value="600")
        row = next(row for row in queries.in_force(f.COUNTY, MARCH).rows if row.area == "rural")
        assert (row.document, row.is_sample) == (PAPER, False)
        with pytest.raises(Invalid):
            draft(drafter, value="600", valid_from=dt.date(2025, 4, 1))


class TestNotices:
    def test_retroactive_replacing_and_above_a_document(self, drafter):
        change = draft(drafter, parameter="margin_multiplier", area="", value="2", valid_from=dt.date(2025, 1, 1))
        told = "".join(queries.notices(change))
        assert [word for word in ("补发、追缴", "政策文件已规定此数", PAPER) if word not in told] == []

    def test_number_of_the_same_day_is_named(self, drafter):
        standards(since=MARCH)
        assert any("每人每月 600 元" in notice for notice in queries.notices(draft(drafter)))

    def test_later_number_limits_it(self, drafter):
        standards(since=dt.date(2025, 7, 1))
        assert any("2025-07-01 起另有登记" in notice for notice in queries.notices(draft(drafter)))


class TestEdit:
    def test_edit_takes_the_trial_back(self, drafter, lead):
        standards()
        change = try_out(lead, draft(drafter))
        assert change.state == "TRIED"
        edited = services.change_edit(
            actor=drafter, change_id=change.pk, version=0, area="rural", value="655", valid_from=MARCH,
            document=PAPER, reason="更正",
        )  # fmt: skip
        assert (edited.state, edited.version, edited.value, edited.tried) == ("DRAFT", 1, "655", None)
        with pytest.raises(Conflict):
            services.change_publish(actor=lead, change_id=change.pk, version=1)

    def test_somebody_else_does_not_edit(self, drafter):
        change = draft(drafter)
        other = f.make_user("POLICY_ADMIN")
        with pytest.raises(Refused):
            services.change_edit(
                actor=other, change_id=change.pk, version=0, area="rural", value="655", valid_from=MARCH,
                document=PAPER, reason="更正",
            )  # fmt: skip
        change.refresh_from_db()
        assert change.value == "660"

    def test_trial_of_an_older_version_does_not_count(self, drafter, lead):
        standards()
        change = draft(drafter)
        trial = services.trial_request(actor=lead, change_id=change.pk, version=0)
        services.change_edit(
            actor=drafter, change_id=change.pk, version=0, area="rural", value="655", valid_from=MARCH,
            document=PAPER, reason="更正",
        )  # fmt: skip
        services.simulation_execute(simulation_id=trial.pk)
        change.refresh_from_db()
        assert (change.state, change.tried) == ("DRAFT", None)


class TestPublish:
    def test_from_its_first_day_every_reckoning_uses_it(self, drafter, lead):
        standards()
        publish(drafter, lead)
        assert queries.standards_for(f.COUNTY, dt.date(2025, 2, 28))["dibao_standard"] == {"rural": 600, "urban": 800}
        assert queries.standards_for(f.COUNTY, MARCH)["dibao_standard"] == {"rural": "660", "urban": 800}
        assert queries.amendments_for(f.COUNTY, MARCH) == {}

    def test_change_of_a_documents_number_amends_it(self, drafter, lead):
        standards()
        publish(drafter, lead, parameter="margin_multiplier", area="", value="2")
        assert queries.amendments_for(f.COUNTY, MARCH) == {"margin_multiplier": "2"}
        assert queries.parameters_at(f.COUNTY, ["margin_multiplier"], MARCH) == {"margin_multiplier": 2}
        assert queries.parameters_at(f.OTHER_COUNTY, ["margin_multiplier"], MARCH) == {"margin_multiplier": 1.5}

    def test_back_to_the_document(self, drafter, lead):
        standards()
        publish(drafter, lead, parameter="margin_multiplier", area="", value="2", valid_from=dt.date(2025, 2, 1))
        publish(drafter, lead, parameter="margin_multiplier", area="", value=None)
        assert queries.amendments_for(f.COUNTY, dt.date(2025, 2, 28)) == {"margin_multiplier": "2"}
        assert queries.amendments_for(f.COUNTY, MARCH) == {}

    def test_correction_for_the_same_day_counts_and_the_old_number_stays_on_record(self, drafter, lead):
        standards()
        first = publish(drafter, lead)
        publish(drafter, lead, value="665")
        assert queries.standards_for(f.COUNTY, MARCH)["dibao_standard"]["rural"] == "665"
        rows = LocalStandard.objects.filter(parameter="dibao_standard", area="rural", valid_from=MARCH).order_by("id")
        assert [row.value for row in rows] == ["660", "665"]
        assert queries.in_force(f.COUNTY, MARCH, before=first.row.pk + 1).standards["dibao_standard"]["rural"] == "660"

    def test_countys_own_number_stands_before_the_citys(self, drafter, lead):
        standards()
        city = f.make_user("POLICY_ADMIN", f.CITY)
        publish(city, f.make_user("CITY_CA", f.CITY), division=f.CITY)
        assert queries.standards_for(f.COUNTY, MARCH)["dibao_standard"]["rural"] == 600
        assert queries.standards_for(f.OTHER_COUNTY, MARCH)["dibao_standard"] == {"rural": "660"}

    def test_who_drafted_does_not_publish(self, drafter):
        """Duties are separated: the change of a policy is not its publication."""
        standards()
        change = try_out(drafter, draft(drafter))
        with pytest.raises(Refused):
            services.change_publish(actor=drafter, change_id=change.pk, version=0)
        change.refresh_from_db()
        assert (change.state, LocalStandard.objects.filter(change=change).count()) == ("TRIED", 0)

    def test_untried_is_not_published(self, drafter, lead):
        change = draft(drafter)
        with pytest.raises(Conflict):
            services.change_publish(actor=lead, change_id=change.pk, version=0)
        assert LocalStandard.objects.count() == 0

    @pytest.mark.parametrize(
        ("role", "division", "error"),
        [("CNTY_REVIEW", f.COUNTY, Refused), ("TOWN_HEAD", f.TOWN_A, Refused), ("CNTY_LEAD", f.OTHER_COUNTY, NotFound)],
    )
    def test_only_the_divisions_own_lead_publishes(self, drafter, lead, role, division, error):
        standards()
        change = try_out(lead, draft(drafter))
        with pytest.raises(error):
            services.change_publish(actor=f.make_user(role, division), change_id=change.pk, version=0)
        change.refresh_from_db()
        assert change.state == "TRIED"

    def test_retroactive_publication_queues_its_lists_and_another_does_not(self, drafter, lead):
        standards()
        publish(drafter, lead)
        assert ArrearsList.objects.count() == 0
        change = publish(drafter, lead, area="urban", value="880", valid_from=dt.date(2025, 1, 15))
        lists = ArrearsList.objects.get()
        assert (lists.change_id, lists.from_month, lists.to_month, lists.state) == (
            change.pk, "2025-01", "2025-02", "QUEUED",
        )  # fmt: skip


class TestWithdraw:
    def test_drafter_gives_it_up_and_the_number_may_be_drafted_again(self, drafter, lead):
        change = draft(drafter)
        with pytest.raises(Invalid):
            services.change_withdraw(actor=drafter, change_id=change.pk, version=0, reason=" ")
        services.change_withdraw(actor=drafter, change_id=change.pk, version=0, reason="文件作废")
        with pytest.raises(Conflict):
            services.change_withdraw(actor=lead, change_id=change.pk, version=0, reason="再次撤回")
        assert draft(drafter).state == "DRAFT"


def test_a_decision_reckons_with_the_published_number_and_names_its_paper(drafter, lead):
    """R332: the rule and the number that decided stand on the decision. 660 − 100 = 560.00 a month."""
    standards()
    household = f.make_household(f.VILLAGE_A, income=1200, since=dt.date(2024, 6, 1))
    before = determination.decision_compute(actor=None, household_id=household.pk)
    publish(drafter, lead)
    after = determination.decision_compute(actor=None, household_id=household.pk)
    assert (str(before.monthly), str(after.monthly)) == ("500.00", "560.00")
    basis = next(row for row in after.basis if row["parameter"] == "dibao_standard" and row["area"] == "rural")
    assert (basis["value"], basis["document"], basis["valid_from"]) == ("660", PAPER, "2025-03-01")
    again = determination.compute(after.pack, after.inputs, after.as_of, after.standards, after.amendments)
    assert again == after.result


def test_a_decision_keeps_its_amendments(drafter, lead):
    standards()
    household = f.make_household(f.VILLAGE_A, income=1100 * 12, since=dt.date(2024, 6, 1))
    assert determination.decision_compute(actor=None, household_id=household.pk).category != "MARGIN"
    publish(drafter, lead, parameter="margin_multiplier", area="", value="2")
    after = determination.decision_compute(actor=None, household_id=household.pk)
    assert (after.category, after.amendments) == ("MARGIN", {"margin_multiplier": "2"})
    again = determination.compute(after.pack, after.inputs, after.as_of, after.standards, after.amendments)
    assert again == after.result


class TestTrial:
    def test_names_households_and_money(self, drafter, lead):
        standards()
        f.make_household(f.VILLAGE_A, category="DIBAO", income=1200, since=dt.date(2024, 6, 1))
        newly = f.make_household(f.VILLAGE_B, income=630 * 12, since=dt.date(2024, 6, 1))
        f.make_household(f.VILLAGE_A, income=90000, since=dt.date(2024, 6, 1))
        f.make_household(f.OTHER_VILLAGE, income=1200, since=dt.date(2024, 6, 1))
        change = try_out(lead, draft(drafter))
        told = change.tried
        assert (told["households"], told["moved"], told["moved_persons"]) == (3, 1, 1)
        assert told["monthly"] == {"before": "500.00", "after": "590.00", "change": "90.00"}
        moves = {m.household_id: m for m in Simulation.objects.get().moves.all()}
        move = moves[newly.pk]
        assert (move.category_before, move.category_after) == ("MARGIN", "DIBAO")
        assert (str(move.monthly_before), str(move.monthly_after)) == ("0.00", "30.00")
        assert len(moves) == 2

    def test_list_shows_the_actors_own_scope(self, drafter, lead):
        standards()
        f.make_household(f.VILLAGE_A, income=1200, since=dt.date(2024, 6, 1))
        f.make_household(f.VILLAGE_B, income=1200, since=dt.date(2024, 6, 1))
        change = try_out(lead, draft(drafter))
        trial = queries.trial_of(change)
        assert queries.move_list(lead, trial).count == 2
        assert queries.move_list(f.make_user("TOWN_CLERK", f.TOWN_A), trial).count == 1
        with pytest.raises(Refused):
            queries.move_list(drafter, trial)

    def test_asked_twice_is_queued_once(self, drafter, lead):
        change = draft(drafter)
        first = services.trial_request(actor=drafter, change_id=change.pk, version=0)
        assert services.trial_request(actor=lead, change_id=change.pk, version=0).pk == first.pk
        assert Simulation.objects.count() == 1

    def test_it_changes_nothing_but_its_own_result(self, drafter, lead):
        standards()
        household = f.make_household(f.VILLAGE_A, category="DIBAO", income=1200, since=dt.date(2024, 6, 1))
        try_out(lead, draft(drafter))
        household.refresh_from_db()
        assert (household.category, household.monthly_benefit) == ("DIBAO", 0)
        assert queries.standards_for(f.COUNTY, MARCH)["dibao_standard"]["rural"] == 600

    def test_of_a_citys_number_leaves_a_county_with_its_own_alone(self):
        standards()
        f.make_household(f.VILLAGE_A, income=1200, since=dt.date(2024, 6, 1))
        f.make_household(f.OTHER_VILLAGE, income=1200, since=dt.date(2024, 6, 1))
        standards("410000000000", dibao_standard={"rural": 600}, disposable_income=36000)
        city = f.make_user("POLICY_ADMIN", f.CITY)
        change = try_out(city, draft(city, division=f.CITY))
        assert (change.tried["households"], change.tried["winners"]["households"]) == (2, 1)

    def test_future_number_is_tried_as_of_its_first_day(self, drafter, lead):
        standards()
        change = try_out(lead, draft(drafter, valid_from=dt.date(2025, 7, 1)))
        assert change.tried["as_of"] == "2025-07-01"
        with clock.at(clock.at_noon(dt.date(2025, 6, 30))):
            assert queries.standards_for(f.COUNTY)["dibao_standard"]["rural"] == 600

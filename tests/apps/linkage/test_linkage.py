"""The queue of who may be one person, its decisions, merge and unmerge (R264, 鄂民政发〔2024〕21号 三(二) 一人一次)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest
from django.db import connection, connections
from django.db.models import Count

from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.chain.models import ChainEvent
from doudi.apps.linkage import queries, services
from doudi.apps.linkage.models import Decision, LinkageRun, Suggestion
from doudi.apps.registry.models import CategoryStatus, Membership, Person
from doudi.apps.registry.queries import household_members, search
from doudi.apps.registry.services import person_register
from doudi.apps.registry.snapshot import export_snapshot
from tests import factories as f

pytestmark = pytest.mark.django_db


def searched(actor, division=f.COUNTY):
    run = services.run_start(actor=actor, division=division)
    return services.run_execute(run_id=run.pk)


@pytest.fixture
def reviewer(db):
    return f.make_user("CNTY_REVIEW")


@pytest.fixture
def leader(db):
    return f.make_user("CNTY_LEAD")


@pytest.fixture
def suggestion(pair, reviewer):
    searched(reviewer)
    return Suggestion.objects.get()


def decide(actor, suggestion, event, **fields):
    return services.suggestion_decide(
        actor=actor, suggestion_id=suggestion.pk, event=event, reason="已入户核对户口簿", **fields
    )


def snapshot():
    """Everything that a merge must leave as it is."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in (Membership, CategoryStatus)} | {
        "persons": list(Person.objects.order_by("pk").values())
    }


class TestSearch:
    def test_finds_the_pair_with_its_evidence_and_nothing_else(self, pair, reviewer):
        run = searched(reviewer)
        found = Suggestion.objects.get()
        assert (found.person, found.other) == pair[:2]
        assert (run.records, run.suggested, run.added) == (14, 1, 1)
        assert {entry["field"]: entry["level"] for entry in found.evidence} == {
            "name": "same_sound", "sex": "same", "birth_date": "same", "number": "different", "phone": "same",
            "address": "same",
        }  # fmt: skip
        assert found.doubts == ["DIFFERENT_NUMBERS"]
        assert found.township_code == f.TOWN_A
        assert "synthetic" in run.model

    def test_again_adds_nothing_and_keeps_what_was_decided(self, suggestion, reviewer):
        decide(reviewer, suggestion, "different")
        assert searched(reviewer).added == 0
        assert Suggestion.objects.get().state == "DIFFERENT"

    def test_a_finished_run_is_not_carried_out_again(self, suggestion):
        run = LinkageRun.objects.get()
        finished = run.finished_at
        assert services.run_execute(run_id=run.pk).finished_at == finished

    def test_number_in_another_county_with_the_same_name_is_found_by_number(self, others, reviewer):
        """R264: the sequence of a number reissued under another county's code."""
        born = f.dt.date(1950, 2, 3)
        for county, phone, village in (("410522", "13700000001", f.VILLAGE_A), ("410523", "13700000002", f.VILLAGE_B)):
            one = f.make_person("万俟青山", birth=born, phone=phone, number=f.id_number(born, serial=44, county=county))
            f.make_household(village, members=[("head", one)])
        searched(reviewer)
        assert Suggestion.objects.get().kind == "OTHER_COUNTY"

    @pytest.mark.parametrize(("role", "division"), [("CNTY_REVIEW", f.OTHER_COUNTY), ("CNTY_REVIEW", f.TOWN_A)])
    def test_search_outside_the_reach_or_below_a_county_is_refused(self, pair, reviewer, role, division):
        with pytest.raises((Refused, Invalid)):
            services.run_start(actor=reviewer, division=division)
        assert LinkageRun.objects.count() == 0

    def test_who_may_not_search_starts_nothing(self, pair):
        with pytest.raises(Refused):
            services.run_start(actor=f.make_user("TOWN_CLERK", f.TOWN_A), division=f.COUNTY)
        assert LinkageRun.objects.count() == 0


class TestScope:
    def test_pair_across_counties_belongs_to_the_city(self, pair_across, reviewer, leader):
        city = f.make_user("CITY_CA", f.CITY)
        searched(city, f.CITY)
        found = Suggestion.objects.get()
        assert (found.city_code, found.county_code, found.township_code) == (f.CITY, "", "")
        assert [pair.suggestion.pk for pair in queries.suggestion_list(actor=city).rows] == [found.pk]
        assert queries.suggestion_list(actor=reviewer).rows == []
        with pytest.raises(NotFound):
            decide(leader, found, "propose", remains_id=found.person_id)
        assert Suggestion.objects.get().state == "OPEN"

    def test_another_county_sees_nothing(self, suggestion):
        stranger = f.make_user("CNTY_REVIEW", f.OTHER_COUNTY)
        assert queries.suggestion_list(actor=stranger).rows == []
        with pytest.raises(NotFound):
            queries.suggestion_get(actor=stranger, suggestion_id=suggestion.pk)

    def test_supervisor_reads_and_does_not_decide(self, suggestion):
        watcher = f.make_user("CNTY_SUP")
        assert queries.suggestion_detail(actor=watcher, suggestion_id=suggestion.pk).steps == []
        with pytest.raises(Refused):
            decide(watcher, suggestion, "different")
        assert Decision.objects.count() == 0


class TestMerge:
    def test_two_officers_merge_and_nothing_else_moves(self, suggestion, pair, reviewer, leader):
        first, second, households = pair
        before = snapshot()
        decide(reviewer, suggestion, "propose", remains_id=first.pk)
        assert Person.objects.filter(merged_into__isnull=False).count() == 0
        merged = decide(leader, suggestion, "confirm")
        assert (merged.state, Person.objects.get(pk=second.pk).merged_into) == ("SAME", first)
        after = snapshot()
        assert {**after, "persons": 0} == {**before, "persons": 0}
        for household in households:
            event = ChainEvent.objects.filter(household=household).latest("seq")
            assert (event.kind, event.document) == ("CORRECTION", f"linkage:{suggestion.pk}")
            assert event.body == {"原因": "已入户核对户口簿", "提出人": reviewer.name}

    def test_undo_restores_exactly(self, suggestion, pair, reviewer, leader):
        before = snapshot()
        decide(reviewer, suggestion, "propose", remains_id=pair[1].pk)
        decide(leader, suggestion, "confirm")
        decide(reviewer, suggestion, "undo")
        assert snapshot() == before
        assert Suggestion.objects.get().state == "OPEN"
        events = ChainEvent.objects.filter(household__in=pair[2], document=f"linkage:{suggestion.pk}")
        assert list(events.values("household").annotate(n=Count("pk")).values_list("n", flat=True)) == [2, 2]

    def test_nobody_confirms_his_own_proposal(self, suggestion, pair, reviewer):
        decide(reviewer, suggestion, "propose", remains_id=pair[0].pk)
        with pytest.raises(Refused):
            decide(reviewer, suggestion, "confirm")
        assert Suggestion.objects.get().state == "PROPOSED"
        assert Person.objects.exclude(merged_into=None).count() == 0
        steps = queries.suggestion_detail(actor=reviewer, suggestion_id=suggestion.pk).steps
        assert [step.event for step in steps] == ["reject"]

    def test_two_persons_are_never_merged_in_one_step(self, suggestion, pair, reviewer):
        with pytest.raises(Conflict):
            decide(reviewer, suggestion, "same")
        assert Person.objects.exclude(merged_into=None).count() == 0

    def test_reason_and_who_remains_are_asked_for(self, suggestion, reviewer):
        with pytest.raises(Invalid) as refused:
            decide(reviewer, suggestion, "propose", remains_id=None)
        assert refused.value.where == "remains"
        with pytest.raises(Invalid) as refused:
            services.suggestion_decide(actor=reviewer, suggestion_id=suggestion.pk, event="different", reason=" 无 ")
        assert refused.value.where == "reason"
        assert Suggestion.objects.get().state == "OPEN"

    def test_unsure_waits_and_may_be_decided_later(self, suggestion, reviewer):
        decide(reviewer, suggestion, "unsure")
        assert decide(reviewer, suggestion, "different").state == "DIFFERENT"
        assert [step.event for step in Decision.objects.order_by("pk")] == ["unsure", "different"]

    def test_a_second_duplicate_joins_the_one_who_remains(self, suggestion, pair, reviewer, leader):
        """Nobody is merged into somebody who is merged himself."""
        decide(reviewer, suggestion, "propose", remains_id=pair[0].pk)
        decide(leader, suggestion, "confirm")
        third = f.make_person("王建国", birth=pair[0].birth_date)
        from doudi.apps.registry.services import person_merge

        with pytest.raises(Conflict):
            person_merge(actor=reviewer, second=leader, person_id=third.pk, into_id=pair[1].pk, reason="同一人")
        person_merge(actor=reviewer, second=leader, person_id=third.pk, into_id=pair[0].pk, reason="同一人")
        assert Person.objects.filter(merged_into=pair[0]).count() == 2


class TestFollowing:
    def test_merged_persons_number_and_page_lead_to_the_one_who_remains(self, suggestion, pair, reviewer, leader):
        first, second, households = pair
        decide(reviewer, suggestion, "propose", remains_id=first.pk)
        decide(leader, suggestion, "confirm")
        clerk = f.make_user("TOWN_CLERK", f.TOWN_A)
        assert person_register(actor=clerk, name=second.name, id_number=second.id_number) == first
        assert {found.pk for found in search(clerk, second.id_number)} == {household.pk for household in households}
        [member] = household_members(clerk, households[1])
        assert member.merged_into == households[0].pk
        assert household_members(clerk, households[0])[0].merged_into is None

    def test_search_leaves_merged_persons_out(self, suggestion, pair, reviewer, leader):
        decide(reviewer, suggestion, "propose", remains_id=pair[0].pk)
        decide(leader, suggestion, "confirm")
        assert searched(reviewer).records == 13


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_wins(suggestion, reviewer, leader):
    def attempt(actor, event):
        try:
            return decide(actor, suggestion, event).state
        except Conflict:
            return "conflict"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(attempt, reviewer, "different")
        two = pool.submit(attempt, leader, "different")
        assert sorted([one.result(), two.result()]) == ["DIFFERENT", "conflict"]
    assert Decision.objects.count() == 1
    assert connection is not None


def test_snapshot_says_who_is_one_and_the_duplicate_benefit_is_found(suggestion, pair, reviewer, leader, tmp_path):
    """MNE-10 looks through a merge: two rows of one person, both covered."""
    decide(reviewer, suggestion, "propose", remains_id=pair[0].pk)
    decide(leader, suggestion, "confirm")
    written = export_snapshot(f.COUNTY, "2025-03", tmp_path) / "merged_persons.parquet"
    rows = duckdb.sql(f"SELECT person_key, survivor_key FROM '{written}'").fetchall()
    assert rows == [(pair[1].person_key, pair[0].person_key)]

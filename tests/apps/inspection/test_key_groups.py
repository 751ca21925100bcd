"""Families to be visited first (R029, R104, R174, R351: 重点走访): who and why by pack, last visit, visits sent."""

from __future__ import annotations

import datetime as dt

import pytest

from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.casework.models import VisitTask
from doudi.apps.inspection import queries, services
from doudi.apps.inspection.models import KeyGroupHousehold
from doudi.apps.inspection.queries.key_groups import key_group_counts, months_before
from doudi.apps.monitoring.models import IndicatorSetting
from doudi.apps.registry.models import CategoryStatus, Disability, Employment, Health, Study
from tests.apps.casework.test_at_once import at_once
from tests.apps.inspection.conftest import page, post, record
from tests.apps.monitoring.builders import make_alert
from tests.apps.pages import queries_of
from tests.factories import COUNTY, OTHER_COUNTY, VILLAGE_A, VILLAGE_B, make_household, make_person, make_user

pytestmark = pytest.mark.django_db
TODAY = dt.date(2025, 3, 12)


def refreshed():
    services.key_groups_refresh(county=COUNTY)
    return {row.household_id: row.groups for row in KeyGroupHousehold.objects.all()}


def card(home, **fields):
    given = {"person": home.head, "kind": "physical", "grade": 2, "source": "feed", "as_of": dt.date(2024, 5, 1)}
    return Disability.objects.create(**given | fields)


def ill(home, **fields):
    given = {"person": home.head, "serious_illness": True, "source": "feed", "as_of": dt.date(2024, 5, 1)}
    return Health.objects.create(**given | fields)


@pytest.fixture
def home(db):
    """A margin family with an able member, in no group yet."""
    return make_household(VILLAGE_A, category="MARGIN")


@pytest.fixture
def key(home):
    """The same family with an ill member, and it is looked up."""
    ill(home)
    services.key_groups_refresh(county=COUNTY)
    return home


class TestGroups:
    def test_an_able_family_is_in_none(self, home):
        assert refreshed() == {}

    def test_a_disability_card(self, home):
        card(home)
        assert refreshed() == {home.pk: ["uncovered_disabled"]}

    @pytest.mark.parametrize(
        ("fields", "there"),
        [
            ({"valid_until": TODAY}, True),
            ({"valid_until": TODAY - dt.timedelta(days=1)}, False),
            ({"cancelled_on": TODAY}, False),
            ({"cancelled_on": TODAY + dt.timedelta(days=1)}, True),
        ],
    )
    def test_a_card_counts_to_its_last_day(self, home, fields, there):
        card(home, **fields)
        assert (home.pk in refreshed()) is there

    def test_the_latest_fact_counts(self, home):
        ill(home)
        ill(home, serious_illness=False, as_of=dt.date(2025, 1, 1))
        assert refreshed() == {}

    @pytest.mark.parametrize("category", ["DIBAO", "TEKUN"])
    def test_covered_families_are_left_to_their_own_visits(self, category):
        covered = make_household(VILLAGE_A, category=category)
        card(covered)
        assert refreshed() == {}

    @pytest.mark.parametrize(
        ("person", "weak"),
        [
            ({"birth": dt.date(1965, 3, 12)}, True),  # 60 today
            ({"birth": dt.date(1965, 3, 13)}, False),  # 60 tomorrow
            ({"birth": dt.date(2009, 3, 12)}, False),  # 16 today
            ({"birth": dt.date(2009, 3, 13)}, True),
            ({"labour_ability": "partial"}, True),
            ({"labour_ability": "full"}, False),
        ],
    )
    def test_no_or_weak_labour(self, person, weak):
        family = make_household(VILLAGE_A, members=[("head", make_person("成员", **person))], category="MARGIN")
        assert refreshed() == ({family.pk: ["weak_labour"]} if weak else {})

    def test_a_student_is_no_labour_until_he_has_left_school(self, home):
        study = Study.objects.create(person=home.head, stage="undergraduate", source="feed", as_of="2024-09-01")
        assert refreshed() == {home.pk: ["weak_labour"]}
        study.until = TODAY - dt.timedelta(days=1)
        study.save()
        assert refreshed() == {}
        Employment.objects.create(person=home.head, employed=False, source="feed", as_of="2025-01-01")
        assert refreshed() == {}

    def test_not_the_whole_household_in_zhengzhou_only(self, settings):
        head, son = make_person("母亲"), make_person("儿子")
        family = make_household(VILLAGE_A, members=[("head", head), ("child", son)], category="MARGIN")
        CategoryStatus.objects.create(
            person=head, household=family, category="DIBAO", route="single_person", from_date=dt.date(2024, 6, 1)
        )
        assert refreshed() == {}
        settings.POLICY_PACKS = {"": "zhengzhou"}
        assert refreshed() == {family.pk: ["not_whole_household"]}

    def test_an_accident_that_monitoring_found_in_the_last_year(self, home):
        with clock.at(dt.datetime(2024, 3, 11, 12, tzinfo=dt.UTC)):
            make_alert(household=home, indicator="NCE-15", state="CLOSED")
        assert refreshed() == {}
        with clock.at(dt.datetime(2024, 3, 12, 12, tzinfo=dt.UTC)):
            make_alert(household=home, indicator="NCE-15", state="CLOSED")
        assert refreshed() == {home.pk: ["hit_by_emergency"]}

    def test_departments_data_add_their_groups(self, home):
        make_alert(household=home, indicator="NCE-17", person=None, measures={"visit_groups": ["ill", "weak_labour"]})
        assert refreshed() == {home.pk: ["ill", "weak_labour"]}

    def test_the_day_found_stays_and_who_left_the_group_goes(self, key):
        with clock.at(dt.datetime(2025, 4, 1, 12, tzinfo=dt.UTC)):
            refreshed()
            assert KeyGroupHousehold.objects.get().since == TODAY
            ill(key, serious_illness=False, as_of=dt.date(2025, 3, 30))
            assert refreshed() == {}


@pytest.mark.django_db(transaction=True)
def test_two_look_ups_at_once(home):
    ill(home)
    results = at_once(*[lambda: services.key_groups_refresh(county=COUNTY)] * 2)
    assert results == [1, 1]
    assert KeyGroupHousehold.objects.count() == 1


class TestVisits:
    def listed(self, actor, state="overdue"):
        filters = queries.KeyGroupFilters(state=state)
        return [row.household_id for row in queries.key_group_list(actor=actor, months=3, filters=filters).rows]

    def send(self, actor, people, *homes, **fields):
        return services.key_group_send(
            actor=actor, household_ids=[home.pk for home in homes], visitor_id=people.own.pk, **fields
        )

    def test_never_visited_is_overdue_until_somebody_is_sent(self, people, key):
        assert self.listed(people.clerk) == [key.pk]
        assert self.send(people.clerk, people, key, instruction="看望") == 1
        assert (self.listed(people.clerk), self.listed(people.clerk, "sent")) == ([], [key.pk])
        task = VisitTask.objects.get()
        assert (task.purpose, task.visitor, task.instruction) == ("KEYGROUP", people.own, "看望")

    @pytest.mark.parametrize(
        ("today", "state"),
        [((2025, 5, 12), ""), ((2025, 5, 13), "soon"), ((2025, 6, 12), "soon"), ((2025, 6, 13), "overdue")],
    )
    def test_three_months_after_the_visit(self, people, key, today, state):
        self.send(people.clerk, people, key)
        record(VisitTask.objects.get())
        with clock.at(dt.datetime(*today, 12, tzinfo=dt.UTC)):
            found = [name for name in ("soon", "overdue") if self.listed(people.clerk, name)]
        assert found == ([state] if state else [])

    def test_who_was_not_met_is_still_overdue(self, people, key):
        self.send(people.clerk, people, key)
        record(VisitTask.objects.get(), "NOT_FOUND")
        assert self.listed(people.clerk) == [key.pk]
        assert key_group_counts(actor=people.clerk, months=3) == {"all": 1, "overdue": 1, "sent": 0}

    def test_scope(self, people, key):
        other = make_household(VILLAGE_B, category="MARGIN")
        ill(other)
        refreshed()
        assert self.listed(people.clerk_b) == [other.pk]
        assert sorted(self.listed(people.supervisor)) == sorted([key.pk, other.pk])
        assert self.listed(make_user("CNTY_LEAD", OTHER_COUNTY)) == []
        with pytest.raises(NotFound):
            self.send(people.clerk_b, people, key)
        with pytest.raises(Refused):
            self.send(people.supervisor, people, key)
        with pytest.raises(Refused):
            self.listed(people.own)
        assert VisitTask.objects.count() == 0

    def test_all_or_none(self, people, key):
        other = make_household(VILLAGE_B, category="MARGIN")
        ill(other)
        refreshed()
        with pytest.raises(Invalid, match="不能走访"):
            self.send(people.lead, people, key, other)  # the visitor is of the first one's village
        assert VisitTask.objects.count() == 0

    def test_sent_twice_it_is_one_task(self, people, key):
        self.send(people.clerk, people, key, key="k")
        self.send(people.clerk, people, key, key="k")
        self.send(people.clerk, people, key)
        assert VisitTask.objects.count() == 1

    def test_pages(self, people, key, client):
        text = page(people.clerk, "key_groups").content.decode()
        assert "有重病患者或慢性病人（户主" in text
        assert "没有记录" in text
        assert post(people.clerk, "key_groups", visitor_id=people.own.pk).status_code == 422
        assert post(people.supervisor, "key_groups", visitor_id=people.own.pk).status_code == 403
        given = {"household_ids": [key.pk], "visitor_id": people.own.pk}
        assert post(people.clerk, "key_groups", **given).status_code == 302
        assert VisitTask.objects.count() == 1
        assert post(people.lead, "key_groups_refresh").status_code == 302
        assert post(people.supervisor, "key_groups_refresh").status_code == 403
        client.force_login(people.lead, backend="django.contrib.auth.backends.ModelBackend")
        queries_of(client, "inspection:key_groups", state="all")


def test_a_countys_own_interval_counts(people, key):
    assert queries.interval(COUNTY) == queries.Interval(3, True)
    IndicatorSetting.objects.create(
        division=COUNTY, indicator="NCE-17", threshold="unvisited_months", value="6", valid_from=TODAY, reason="实际",
        state="PUBLISHED", drafted_by=people.reviewer, drafted_at=clock.now(), closed_by=people.lead,
        closed_at=clock.now(),
    )  # fmt: skip
    assert queries.interval(COUNTY) == queries.Interval(6, False)
    assert queries.interval(OTHER_COUNTY) == queries.Interval(3, True)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [((2025, 5, 31), 3, (2025, 2, 28)), ((2024, 5, 31), 3, (2024, 2, 29)), ((2025, 1, 15), 3, (2024, 10, 15)),
     ((2025, 3, 12), 12, (2024, 3, 12))],
)  # fmt: skip
def test_the_same_day_some_months_earlier(day, months, before):
    assert months_before(dt.date(*day), months) == dt.date(*before)

"""Random inspections (R197, R349: 随机调查): drawn once, drawn again by anybody, visited by others, counted."""

from __future__ import annotations

import hashlib
import io
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from python_calamine import CalamineWorkbook

from doudi.apps.audit.models import AccessLog
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.casework.models import Application, VisitTask
from doudi.apps.inspection import queries, services
from doudi.apps.inspection.models import Draw, DrawnHousehold, FollowUp
from doudi.apps.inspection.queries.draws import Redraw
from doudi.apps.policy.models import LocalStandard
from tests.apps.casework.test_at_once import at_once
from tests.apps.inspection.conftest import page, post, record
from tests.apps.pages import queries_of
from tests.factories import COUNTY, OTHER_COUNTY, TOWN_A, TOWN_B, VILLAGE_A, make_household, make_user

pytestmark = pytest.mark.django_db


def make(actor, **fields):
    given = {"division": COUNTY, "title": "一季度", "by": ["township"], "ratio": Decimal("0.3333"), "seed": "public-42"}
    return services.draw_make(actor=actor, **given | fields)


def drawn(found, result=""):
    return [row.household.household_no for row in found.rows.select_related("household").order_by("stratum", "rank")]


def assign(actor, found, *visitors, **fields):
    return services.draw_assign(actor=actor, draw_id=found.pk, visitor_ids=[one.pk for one in visitors], **fields)


class TestDrawing:
    def test_strata_in_proportion_and_only_the_register(self, people, register):
        found = make(people.lead)
        assert (found.households, found.drawn, found.origin) == (24, 8, "本次自定")
        assert found.strata == {TOWN_A: [18, 6], TOWN_B: [6, 2]}
        assert set(drawn(found)) < {row.household_no for row in register}

    def test_the_same_seed_draws_the_same_whatever_was_inserted_before(self, people, register):
        first = make(people.lead)
        assert drawn(make(people.reviewer, title="再抽一次")) == drawn(first)
        assert drawn(make(people.reviewer, title="另一种子", seed="public-43")) != drawn(first)

    def test_anybody_can_draw_it_again_from_what_is_kept(self, people, register):
        found = make(people.lead)
        make_household(VILLAGE_A, category="DIBAO")  # the register moves on, the kept list does not
        assert queries.redraw(actor=people.supervisor, found=found) == Redraw(True, True, 8)
        text = page(people.supervisor, "frame", found.pk).content
        assert hashlib.sha256(text).hexdigest() == found.frame_sha256
        assert "核验一致" in page(people.supervisor, "verify", found.pk).content.decode()

    def test_a_row_slipped_in_is_found(self, people, register):
        found = make(people.lead)
        other = next(row for row in register if row.household_no not in drawn(found))
        DrawnHousehold.objects.filter(pk=found.rows.first().pk).update(household=other)
        assert queries.redraw(actor=people.lead, found=found).same is False
        assert "核验不一致" in page(people.lead, "verify", found.pk).content.decode()

    def test_a_draw_is_never_changed_or_deleted(self, people, register):
        found = make(people.lead)
        with pytest.raises(DatabaseError), transaction.atomic():
            Draw.objects.filter(pk=found.pk).update(seed="other-seed")
        with pytest.raises(DatabaseError), transaction.atomic():
            found.frame.delete()
        found.refresh_from_db()
        assert found.seed == "public-42"

    def test_no_drawing_until_it_pleases(self, people, register):
        make(people.lead)
        with pytest.raises(Conflict, match="不能重来"):
            make(people.reviewer, seed="public-43")
        assert Draw.objects.count() == 1

    def test_sent_twice_it_is_one_draw(self, people, register):
        assert make(people.lead, key="k").pk == make(people.lead, key="k").pk
        assert Draw.objects.count() == 1

    def test_the_platforms_own_seed_differs_each_time(self, people, register):
        first, second = (make(people.lead, title=title, seed="").seed for title in "ab")
        assert len(first) == len(second) == 32
        assert first != second

    def test_the_local_ratio_counts_where_none_is_given(self, people, register):
        with pytest.raises(Invalid, match="没有规定抽查比例"):
            make(people.lead, ratio=None)
        LocalStandard.objects.create(
            division=COUNTY, parameter="random_check_ratio", value="0.5", valid_from="2025-01-01",
            document="安县民〔2025〕3号", amends=False,
        )  # fmt: skip
        found = make(people.lead, ratio=None)
        assert (found.ratio, found.drawn, found.origin) == (Decimal("0.5000"), 12, "安县民〔2025〕3号")

    def test_a_township_draws_in_itself(self, people, register):
        assert make(people.head, division=TOWN_A).households == 18
        with pytest.raises(NotFound):
            make(people.head, division=COUNTY)
        with pytest.raises(NotFound):
            make(people.lead, division=OTHER_COUNTY)
        with pytest.raises(Refused):
            make(people.own)
        with pytest.raises(Refused):
            make(people.supervisor)
        assert Draw.objects.count() == 1

    @pytest.mark.parametrize(
        ("fields", "where"),
        [
            ({"title": "  "}, "title"), ({"by": []}, "by"), ({"by": ["name"]}, "by"), ({"ratio": Decimal(0)}, "ratio"),
            ({"ratio": Decimal("1.01")}, "ratio"), ({"seed": "五"}, "seed"),
        ],
    )  # fmt: skip
    def test_wrong_input_draws_nothing(self, people, register, fields, where):
        with pytest.raises(Invalid) as raised:
            make(people.lead, **fields)
        assert raised.value.where == where
        assert Draw.objects.count() == 0

    def test_an_empty_register_is_said(self, people):
        with pytest.raises(Invalid, match="没有在册"):
            make(people.lead)


@pytest.mark.django_db(transaction=True)
def test_two_officers_draw_at_once(people, register):
    results = at_once(lambda: make(people.lead), lambda: make(people.reviewer))
    assert sum(isinstance(one, Conflict) for one in results) == 1
    assert (Draw.objects.count(), DrawnHousehold.objects.count()) == (1, 8)


@pytest.mark.django_db(transaction=True)
def test_two_officers_send_at_once(people, register):
    found = make(people.lead)
    results = at_once(
        lambda: assign(people.lead, found, people.neighbour), lambda: assign(people.reviewer, found, people.clerk_b)
    )
    assert [one for one in results if isinstance(one, Exception)] == []
    assert VisitTask.objects.filter(state="ASSIGNED").count() == 8


class TestVisits:
    def test_others_than_the_villages_own_where_possible(self, people, register):
        found = make(people.lead, by=["village"], ratio=Decimal("0.5"))
        assert assign(people.lead, found, people.own, people.neighbour, people.clerk_b) == (12, 0)
        rows = found.rows.select_related("task")
        assert {row.task.visitor_id for row in rows if row.village_code == VILLAGE_A} <= {people.neighbour.pk}
        assert {row.own_village for row in rows} == {False}

    def test_the_own_assistant_only_where_there_is_nobody_else(self, people, register):
        found = make(people.lead, by=["village"])
        assert assign(people.lead, found, people.own) == (8, 0)
        assert sorted(row.own_village for row in found.rows.all()) == [False] * 4 + [True] * 4

    def test_where_nobody_may_enter_it_is_left(self, people, register):
        found = make(people.lead)
        assert assign(people.lead, found, people.clerk) == (6, 2)
        assert assign(people.lead, found, people.clerk_b) == (2, 0)
        assert assign(people.lead, found, people.clerk_b) == (0, 0)

    def test_a_township_sends_to_its_own_households(self, people, register):
        found = make(people.lead)
        assert assign(people.head, found, people.own, people.neighbour) == (6, 0)
        assert {row.township_code for row in found.rows.exclude(task=None)} == {TOWN_A}

    def test_drawn_twice_it_is_visited_once(self, people, register):
        first = make(people.lead)
        second = make(people.lead, title="全面抽查", ratio=Decimal(1))
        assert assign(people.lead, first, people.neighbour) == (8, 0)
        assert assign(people.lead, second, people.own) == (24, 0)
        assert VisitTask.objects.filter(purpose="INSPECTION").count() == 24
        task = first.rows.select_related("task").first().task
        record(task, "PROBLEM")
        for found in (first, second):
            assert queries.figures(actor=people.lead, found=found).counts["problem"] == 1

    def test_a_family_not_met_is_sent_to_again(self, people, register):
        found = make(people.lead, division=TOWN_B)
        assign(people.lead, found, people.clerk_b)
        row = found.rows.select_related("task").first()
        record(row.task, "NOT_FOUND")
        assert assign(people.lead, found, people.clerk_b)[0] == 1
        row.refresh_from_db()
        assert row.task.state == "ASSIGNED"


class TestResults:
    @pytest.fixture
    def found(self, people, register):
        """Eight visits: five as registered, one changed, one problem, one not met."""
        found = make(people.lead)
        assign(people.lead, found, people.neighbour)
        outcomes = (*["UNCHANGED"] * 3, "CHANGED", "PROBLEM", "NOT_FOUND", *["UNCHANGED"] * 2)
        for row, outcome in zip(found.rows.select_related("task").order_by("stratum", "rank"), outcomes, strict=True):
            record(row.task, outcome)
        return found

    def test_counts_and_shares(self, people, found):
        figures = queries.figures(actor=people.lead, found=found)
        assert figures.counts == {"confirmed": 5, "differs": 1, "problem": 1, "not_met": 1}
        assert [(one.name, one.households, one.drawn) for one in figures.strata] == [("甲镇", 18, 6), ("乙镇", 6, 2)]
        assert figures.share.share == pytest.approx(18 / 24 * 2 / 5)
        assert figures.problems.share == pytest.approx(18 / 24 * 1 / 5)
        assert figures.share.low < figures.share.share < figures.share.high

    def test_a_township_sees_its_part_and_no_estimate(self, people, found):
        figures = queries.figures(actor=people.clerk_b, found=found)
        assert (figures.counts["confirmed"], figures.share) == (2, None)
        assert len(queries.drawn_list(actor=people.clerk_b, found=found).rows) == 2
        assert queries.draw_list(actor=people.clerk_b).rows == [found]
        page(people.clerk_b, "verify", found.pk, status=404)
        page(people.clerk_b, "frame", found.pk, status=404)

    def test_outside_the_county_there_is_nothing(self, people, found):
        stranger = make_user("CNTY_LEAD", OTHER_COUNTY)
        assert queries.draw_list(actor=stranger).rows == []
        page(stranger, "draw", found.pk, status=404)
        page(stranger, "report", found.pk, status=404)
        page(people.own, "draws", status=403)

    def test_the_report_says_how_it_was_drawn_and_what_was_found(self, people, found):
        content = page(people.lead, "report", found.pk).content
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        assert book.sheet_names == ["概况", "分层结果", "抽查名单"]
        summary = dict(row[:2] for row in book.get_sheet_by_name("概况").to_python())
        assert (summary["随机种子"], summary["抽样名册 SHA-256"], summary["存在问题"]) == (
            "public-42", found.frame_sha256, 1,
        )  # fmt: skip
        rows = book.get_sheet_by_name("抽查名单").to_python()[1:]
        assert [row[0] for row in rows] == drawn(found)
        assert [row[8] for row in rows].count("存在问题") == 1
        assert AccessLog.objects.filter(action="EXPORT", object_type="inspection").count() == 1

    def test_problems_wait_until_the_office_answers(self, people, found):
        waiting = queries.finding_list(actor=people.clerk).rows
        assert sorted(task.visit.outcome for task in waiting) == ["CHANGED", "PROBLEM"]
        assert queries.findings_waiting(people.lead) == 2
        assert queries.findings_waiting(people.clerk_b) == 0
        changed, problem = sorted(waiting, key=lambda task: task.visit.outcome)
        services.follow_up(actor=people.clerk, task_id=problem.pk, step="RECTIFIED", note="已补发")
        answer = services.follow_up(actor=people.clerk, task_id=changed.pk, step="REVIEW", note="子女就业")
        assert Application.objects.get() == answer.application
        assert (answer.application.channel, answer.application.household_id) == ("review", changed.household_id)
        assert queries.findings_waiting(people.lead) == 0
        assert len(queries.finding_list(actor=people.clerk, done=True).rows) == 2

    def test_answered_once_and_with_a_reason(self, people, found):
        task = queries.finding_list(actor=people.clerk).rows[0]
        with pytest.raises(Invalid, match="处理情况"):
            services.follow_up(actor=people.clerk, task_id=task.pk, step="RECTIFIED", note=" ")
        with pytest.raises(NotFound):
            services.follow_up(actor=people.clerk_b, task_id=task.pk, step="RECTIFIED", note="已整改")
        with pytest.raises(Refused):
            services.follow_up(actor=people.supervisor, task_id=task.pk, step="RECTIFIED", note="已整改")
        services.follow_up(actor=people.clerk, task_id=task.pk, step="RECTIFIED", note="已整改")
        with pytest.raises(Conflict):
            services.follow_up(actor=people.lead, task_id=task.pk, step="NONE", note="无需处理")
        assert FollowUp.objects.count() == 1

    def test_pages(self, people, found):
        text = page(people.lead, "draw", found.pk).content.decode()
        assert "30.0%" in text
        assert "重新抽取核验" in text
        assert page(people.lead, "draw", found.pk, result="problem").content.decode().count("待处理") == 1
        task = queries.finding_list(actor=people.clerk).rows[0]
        assert task.visit.get_outcome_display() in page(people.clerk, "findings").content.decode()
        assert post(people.clerk, "finding", task.pk, step="RECTIFIED", note="").status_code == 422
        assert post(people.clerk, "finding", task.pk, step="RECTIFIED", note="已整改").status_code == 302
        assert "已整改" in page(people.clerk, "finding", task.pk).content.decode()

    def test_what_the_pages_cost(self, people, found, client):
        client.force_login(people.lead, backend="django.contrib.auth.backends.ModelBackend")
        queries_of(client, "inspection:draw", found.pk)
        queries_of(client, "inspection:draws")
        queries_of(client, "inspection:findings")


def test_drawing_and_sending_through_the_pages(people, register):
    form = {"division": COUNTY, "title": "一季度", "by": ["township", "category"], "ratio": "25%", "seed": "public-42"}
    assert post(people.lead, "draws", **form | {"ratio": "0"}).status_code == 422
    assert post(people.lead, "draws", **form, idempotency_key="k1").status_code == 302
    again = post(people.lead, "draws", **form, idempotency_key="k2")
    assert again.status_code == 409
    found = Draw.objects.get()
    assert post(people.lead, "draw", found.pk, visitor_ids=[]).status_code == 422
    sent = post(people.lead, "draw", found.pk, visitor_ids=[people.neighbour.pk], instruction="入户查看")
    assert sent.status_code == 302
    assert VisitTask.objects.filter(purpose="INSPECTION", visitor=people.neighbour).count() == found.drawn
    assert post(people.supervisor, "draws", **form | {"title": "另一次"}).status_code == 403
    assert Draw.objects.count() == 1

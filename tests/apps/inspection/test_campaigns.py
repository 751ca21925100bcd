"""The year's screening (R183, SUP-07: 集中排查): its list, what was done, coverage, the year's end, files."""

from __future__ import annotations

import datetime as dt
import io

import duckdb
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.casework import services as casework
from doudi.apps.inspection import queries, services
from doudi.apps.inspection.models import Campaign, KeyGroupHousehold, ScreeningEntry
from doudi.apps.registry.snapshot import export_snapshot
from doudi.engine.indicators.records import RECORDS
from tests.apps.casework.test_at_once import at_once
from tests.apps.inspection.conftest import page, post, record
from tests.apps.pages import queries_of
from tests.factories import (
    COUNTY,
    OTHER_COUNTY,
    OTHER_VILLAGE,
    TOWN_A,
    TOWN_B,
    VILLAGE_A,
    VILLAGE_B,
    make_household,
    make_user,
)

pytestmark = pytest.mark.django_db
MARCH_1, MARCH_12 = dt.date(2025, 3, 1), dt.date(2025, 3, 12)
BEIJING = dt.timezone(dt.timedelta(hours=8))


def start(actor, **fields):
    return services.campaign_open(actor=actor, **{"division": COUNTY, "year": 2025, "starts_on": MARCH_1} | fields)


@pytest.fixture
def homes(db):
    return [make_household(VILLAGE_A, category="DIBAO"), make_household(VILLAGE_A), make_household(VILLAGE_B)]


@pytest.fixture
def campaign(people, homes):
    return start(people.lead)


def entry(campaign, home):
    return campaign.entries.get(household=home)


def done(actor, campaign, home, **fields):
    given = {"result": "UNCHANGED", "done_on": MARCH_12} | fields
    return services.entry_record(actor=actor, entry_id=entry(campaign, home).pk, **given)


def send_file(actor, campaign, text, name="结果.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return post(actor, "import", campaign.pk, file=SimpleUploadedFile(name, content), idempotency_key="k1")


def at(year, month, day):
    return clock.at(dt.datetime(year, month, day, 1, tzinfo=BEIJING))


class TestOpening:
    def test_register_watched_and_key_groups_are_listed(self, people, homes):
        retained = make_household(VILLAGE_B, register="RETAINED")
        make_household(VILLAGE_B, register="RETAINED")
        make_household(OTHER_VILLAGE, category="DIBAO")
        KeyGroupHousehold.objects.create(
            household=retained, groups=["ill"], why=[], since=MARCH_1, looked_at=clock.now(),
            province_code="410000000000", county_code=COUNTY,
        )  # fmt: skip
        found = start(people.lead)
        assert {(row.household_id, row.why) for row in found.entries.all()} == {
            (homes[0].pk, "ACTIVE"), (homes[1].pk, "WATCH"), (homes[2].pk, "WATCH"), (retained.pk, "KEYGROUP"),
        }  # fmt: skip
        assert (found.due_on, found.state) == (dt.date(2025, 12, 31), "OPEN")

    def test_one_a_county_and_year(self, people, campaign):
        with pytest.raises(Conflict, match="已经建立"):
            start(people.reviewer)
        assert Campaign.objects.count() == 1

    @pytest.mark.parametrize(
        "fields",
        [
            {"year": 2027, "starts_on": dt.date(2027, 1, 1)},
            {"starts_on": dt.date(2024, 12, 31)},
            {"due_on": dt.date(2026, 1, 1)},
            {"due_on": dt.date(2025, 2, 1)},
        ],
    )
    def test_dates_lie_in_the_year(self, people, homes, fields):
        with pytest.raises(Invalid):
            start(people.lead, **fields)
        assert Campaign.objects.count() == 0

    def test_only_the_county_opens_its_own(self, people, homes):
        with pytest.raises(Refused):
            start(people.head)
        with pytest.raises(NotFound):
            start(people.lead, division=OTHER_COUNTY)
        with pytest.raises(NotFound):
            start(people.lead, division=TOWN_A)
        assert Campaign.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_officers_open_at_once(people, homes):
    results = at_once(lambda: start(people.lead), lambda: start(people.reviewer))
    assert sum(isinstance(one, Conflict) for one in results) == 1
    assert (Campaign.objects.count(), ScreeningEntry.objects.count()) == (1, 3)


class TestRecording:
    def test_coverage_by_township_and_village(self, people, campaign, homes):
        done(people.clerk, campaign, homes[0])
        whole, *places = queries.coverage(actor=people.lead, campaign_id=campaign.pk)
        assert (whole.households, whole.done, whole.left, whole.percent) == (3, 1, 2, 33)
        assert [(one.code, one.households, one.done) for one in places] == [(TOWN_A, 2, 1), (TOWN_B, 1, 0)]
        [_, village] = queries.coverage(actor=people.lead, campaign_id=campaign.pk, township=TOWN_A)
        assert (village.code, village.percent) == (VILLAGE_A, 50)
        assert queries.coverage(actor=people.clerk_b, campaign_id=campaign.pk)[0].households == 1

    def test_complete_when_the_last_is_done(self, people, campaign, homes):
        for home in homes:
            done(people.lead, campaign, home)
        campaign.refresh_from_db()
        assert campaign.state == "COMPLETE"

    def test_another_township_or_a_watcher_records_nothing(self, people, campaign, homes):
        with pytest.raises(NotFound):
            done(people.clerk_b, campaign, homes[0])
        with pytest.raises(Refused):
            done(people.supervisor, campaign, homes[0])
        assert campaign.entries.exclude(done_on=None).count() == 0

    @pytest.mark.parametrize(
        "fields",
        [{"result": "VISITED"}, {"result": "x"}, {"done_on": dt.date(2025, 2, 28)}, {"done_on": dt.date(2025, 3, 13)}],
    )
    def test_wrong_input(self, people, campaign, homes, fields):
        with pytest.raises(Invalid):
            done(people.clerk, campaign, homes[0], **fields)
        assert entry(campaign, homes[0]).result == ""


class TestNightly:
    def visit(self, people, home, outcome="UNCHANGED"):
        task = casework.visit_send(
            actor=people.lead, household_id=home.pk, visitor_id=people.own.pk, purpose="KEYGROUP"
        )
        record(task, outcome)

    def test_a_home_visit_counts_as_screened(self, people, campaign, homes):
        self.visit(people, homes[0])
        self.visit(people, homes[1], "NOT_FOUND")
        assert services.campaigns_refresh() == 1
        row = entry(campaign, homes[0])
        assert (row.result, row.done_on, row.recorded_by) == ("VISITED", MARCH_12, None)
        assert entry(campaign, homes[1]).done_on is None
        assert services.campaigns_refresh() == 0

    def test_a_visit_before_the_start_does_not(self, people, homes):
        self.visit(people, homes[0])
        with at(2025, 3, 20):
            start(people.lead, starts_on=dt.date(2025, 3, 15))
            assert services.campaigns_refresh() == 0

    def test_who_comes_later_is_listed(self, people, campaign):
        late = make_household(VILLAGE_A)
        services.campaigns_refresh()
        services.campaigns_refresh()
        assert campaign.entries.filter(household=late).count() == 1

    @pytest.mark.parametrize(("day", "state"), [((2025, 12, 31), "OPEN"), ((2026, 1, 1), "LAPSED")])
    def test_at_the_years_end_it_lapses(self, campaign, day, state):
        with at(*day):
            services.campaigns_refresh()
        campaign.refresh_from_db()
        assert campaign.state == state

    def test_what_lapsed_can_still_be_completed(self, people, campaign, homes):
        with at(2026, 1, 5):
            services.campaigns_refresh()
            make_household(VILLAGE_A)  # of the next year
            services.campaigns_refresh()
            for home in homes:
                done(people.lead, campaign, home, done_on=dt.date(2026, 1, 5))
        campaign.refresh_from_db()
        assert (campaign.state, campaign.entries.count()) == ("COMPLETE", 3)


class TestSnapshot:
    def rows(self, folder, period):
        path = export_snapshot(COUNTY, period, folder / period) / "campaigns.parquet"
        found = duckdb.connect().sql(f"SELECT * FROM '{path}'")
        assert found.columns == list(RECORDS["campaigns"])
        return found.fetchall()

    def test_listed_and_done_on_the_day(self, people, campaign, homes, tmp_path):
        with at(2025, 4, 2):
            done(people.lead, campaign, homes[0])
            done(people.lead, campaign, homes[1], done_on=dt.date(2025, 4, 1))
        assert self.rows(tmp_path, "2025-02") == []
        assert self.rows(tmp_path, "2025-03") == [("410522", 2025, 3, 1)]
        assert self.rows(tmp_path, "2025-04") == [("410522", 2025, 3, 2)]


class TestFiles:
    def test_a_file_of_results(self, people, campaign, homes):
        first, second = homes[0].household_no, homes[1].household_no
        text = f"户号,排查日期,排查结果,说明\n{first},2025-03-10,情况无变化,正常\n{second},,,\n"
        assert send_file(people.clerk, campaign, text).status_code == 302
        assert send_file(people.clerk, campaign, text).status_code == 302  # sent again: no effect
        row = entry(campaign, homes[0])
        assert (row.result, row.done_on, row.note, row.recorded_by) == (
            "UNCHANGED", dt.date(2025, 3, 10), "正常", people.clerk,
        )  # fmt: skip
        assert campaign.entries.exclude(done_on=None).count() == 1

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ("{a},2025-03-10,很好,", "第 2 行：排查结果“很好”"),
            ("{a},昨天,情况无变化,", "第 2 行：排查日期“昨天”"),
            ("{a},2025-02-30,情况无变化,", "第 2 行：排查日期“2025-02-30”"),
            ("{a},2025-03-13,情况无变化,", "第 2 行：排查日期应在"),
            ("{a},2025-03-10,情况无变化,\n{b},2025-03-10,情况无变化,", "第 3 行：户号 {b} 不在本次排查名单"),
            ("{a},2025-03-10,情况无变化,\n{a},2025-03-11,情况无变化,", "户号 {a} 在文件中出现多次"),
            ("{a},,,", "没有填写排查结果的行"),
        ],
    )
    def test_one_wrong_line_and_nothing_is_taken(self, people, campaign, homes, lines, message):
        names = {"a": homes[0].household_no, "b": homes[2].household_no}  # b: of another township
        answer = send_file(people.clerk, campaign, "户号,排查日期,排查结果,说明\n" + lines.format(**names))
        assert answer.status_code == 422
        assert message.format(**names) in answer.content.decode()
        assert campaign.entries.exclude(done_on=None).count() == 0

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"\xef\xbb\xbf\xe6\x88\xb7\xe5\x8f\xb7\n1\n", "缺少列：排查日期、排查结果"),
            (b"PK\x03\x04 no workbook", "XLSX"),
            (b"a\x00b", "不是文本"),
            (b"\xff\xff\xff\xff\xff", "编码"),
        ],
    )
    def test_what_is_no_such_file(self, people, campaign, content, message):
        answer = send_file(people.clerk, campaign, content)
        assert answer.status_code == 422
        assert message in answer.content.decode()

    def test_a_workbook_and_the_encoding_of_old_programs(self, people, campaign, homes):
        content = io.BytesIO()
        book = xlsxwriter.Workbook(content, {"in_memory": True})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["户号", "排查日期", "排查结果"])
        sheet.write_string(1, 0, homes[0].household_no)
        sheet.write_datetime(1, 1, dt.datetime(2025, 3, 9), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_string(1, 2, "迁出、死亡或注销")
        book.close()
        assert send_file(people.clerk, campaign, content.getvalue(), "结果.xlsx").status_code == 302
        assert (entry(campaign, homes[0]).result, entry(campaign, homes[0]).done_on) == ("MOVED", dt.date(2025, 3, 9))
        text = f"户号,排查日期,排查结果\n{homes[1].household_no},2025年3月8日,情况无变化\n".encode("gb18030")
        campaign_page = post(people.clerk, "import", campaign.pk, file=SimpleUploadedFile("a.csv", text))
        assert campaign_page.status_code == 302
        assert entry(campaign, homes[1]).done_on == dt.date(2025, 3, 8)

    def test_the_list_to_fill_in_is_of_the_own_township(self, people, campaign, homes):
        text = page(people.clerk_b, "left_file", campaign.pk).content.decode("utf-8-sig")
        assert text.splitlines()[0].startswith("户号,排查日期,排查结果,说明")
        assert [line.split(",")[0] for line in text.splitlines()[1:]] == [homes[2].household_no]


def test_pages(people, campaign, homes, client):
    text = page(people.lead, "campaign", campaign.pk).content.decode()
    assert "甲镇" in text
    assert "没有排查。" not in text  # no reminder in March
    row = entry(campaign, homes[0])
    assert post(people.clerk, "entry", row.pk, result="", done_on="2025-03-12").status_code == 422
    assert post(people.clerk, "entry", row.pk, result="UNCHANGED", done_on="2025-03-12").status_code == 302
    assert "情况无变化" in page(people.clerk, "entry", row.pk).content.decode()
    assert "情况无变化" in page(people.clerk, "campaign", campaign.pk, state="done").content.decode()
    assert "33%" in page(people.supervisor, "campaigns").content.decode()
    page(make_user("CNTY_LEAD", OTHER_COUNTY), "campaign", campaign.pk, status=404)
    form = {"division": COUNTY, "year": 2025, "starts_on": "2025-03-01"}
    assert post(people.lead, "campaigns", **form).status_code == 409
    client.force_login(people.lead, backend="django.contrib.auth.backends.ModelBackend")
    queries_of(client, "inspection:campaign", campaign.pk)
    queries_of(client, "inspection:campaigns")


def test_near_the_years_end_the_page_reminds(people, campaign):
    with at(2025, 12, 1):
        assert "距完成时限还有 30 天，还有 3 户没有排查" in page(people.lead, "campaign", campaign.pk).content.decode()
    with at(2026, 1, 2):
        services.campaigns_refresh()
        assert "2025 年已结束，还有 3 户没有排查" in page(people.lead, "campaign", campaign.pk).content.decode()

"""The year's screening (集中排查, 《指南（第一版）》 二(三)): open, record, import, bring up to date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import Q

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound
from doudi.apps.base.history import named
from doudi.apps.base.idempotency import once
from doudi.apps.base.locks import advisory_lock
from doudi.apps.base.scoped import level_codes
from doudi.apps.casework.queries.plans import last_home_visit
from doudi.apps.inspection.models import Campaign, CampaignState, KeyGroupHousehold, ScreeningEntry, ScreeningResult
from doudi.apps.inspection.queries.campaigns import campaign_get
from doudi.apps.inspection.services.results_file import Line, read_results
from doudi.apps.registry.choices import Register
from doudi.apps.registry.queries import in_reach
from doudi.apps.registry.queries.lists import RegisterRow, register_rows_for_system

_LISTED = (Register.ACTIVE, Register.WATCH)
# What officers record by hand; VISITED comes from visits.
RESULTS = {one.value: one.label for one in ScreeningResult if one != ScreeningResult.VISITED}
_FIRST_YEAR = 2021


def campaign_open(
    *,
    actor: User,
    division: str,
    year: int,
    starts_on: dt.date,
    due_on: dt.date | None = None,
    key: str | None = None,
) -> Campaign:
    """Open a county's screening: its list is the register, the watched households and the key groups as they are.

    ``due_on`` None is 31 December. :class:`Conflict` where the county has one for the year.
    """
    require(actor, "screening.open")
    place = level_codes(division)
    if not in_reach(actor, division) or not place["county_code"] or place["township_code"]:
        raise NotFound("集中排查以县（市、区）为单位开展，请选择您管辖的县（市、区）。")
    if not _FIRST_YEAR <= year <= clock.today().year + 1:
        raise Invalid("年度不正确", where="year", hint=f"请填写 {_FIRST_YEAR} 年以后、不晚于明年的年度")
    due_on = due_on or dt.date(year, 12, 31)
    if starts_on.year != year or due_on.year != year:
        raise Invalid("起止日期应在排查年度之内", where="starts_on")
    if due_on < starts_on:
        raise Invalid("完成时限早于开始日期", where="due_on")

    def do() -> int:
        with transaction.atomic(), named(actor, "screening.open"):
            campaign = Campaign.objects.create(
                division_id=division,
                year=year,
                starts_on=starts_on,
                due_on=due_on,
                opened_by=actor,
                opened_at=clock.now(),
                **place,
            )
            _list(campaign)
            return campaign.pk

    try:
        pk, _ = once(key, actor=actor, action=f"screening.open:{division}:{year}", do=do)
    except IntegrityError as error:
        if "screening_campaign_once" in str(error):
            raise Conflict(f"本地区 {year} 年集中排查已经建立，请在原有台账中继续。") from None
        raise
    return Campaign.objects.get(pk=pk)


def _list(campaign: Campaign) -> int:
    """Put the households that are not listed yet on the list; how many."""
    county = campaign.division_id
    key = set(KeyGroupHousehold.objects.filter(county_code=county).values_list("household_id", flat=True))
    listed = set(campaign.entries.values_list("household_id", flat=True))
    rows = [row for row in register_rows_for_system(county, _LISTED, key) if row.id not in listed]
    made = ScreeningEntry.objects.bulk_create(
        [_entry(campaign, row) for row in rows], batch_size=1000, ignore_conflicts=True
    )
    return len(made)


def _entry(campaign: Campaign, row: RegisterRow) -> ScreeningEntry:
    return ScreeningEntry(
        campaign=campaign,
        household_id=row.id,
        why=row.register if row.register in _LISTED else "KEYGROUP",
        listed_on=clock.today(),
        **row.levels,
    )


def entry_record(
    *, actor: User, entry_id: int, result: str, done_on: dt.date, note: str = "", key: str | None = None
) -> ScreeningEntry:
    """Write down that a household was screened, and with what result; again it corrects what was written."""
    require(actor, "inspection.manage")
    row = restrict(ScreeningEntry.objects.all(), actor).filter(pk=entry_id).first()
    if row is None:
        raise NotFound()

    def do() -> int:
        with transaction.atomic(), named(actor, "screening.record"):
            campaign = Campaign.objects.select_for_update().get(pk=row.campaign_id)
            _check(campaign, result, done_on)
            _write(actor, ScreeningEntry.objects.select_for_update().get(pk=entry_id), result, done_on, note)
            _settle(campaign)
        return entry_id

    once(key, actor=actor, action=f"screening.record:{entry_id}", do=do)
    return ScreeningEntry.objects.get(pk=entry_id)


def entries_import(*, actor: User, campaign_id: int, path: Path, key: str | None = None) -> int:
    """Take in a file of results (户号、排查日期、排查结果、说明); how many households it screened.

    All or nothing: :class:`Invalid` names the first lines that cannot be taken.
    """
    require(actor, "inspection.manage")
    campaign_get(actor=actor, campaign_id=campaign_id)
    lines = read_results(path)

    def do() -> int:
        with transaction.atomic(), named(actor, "screening.import"):
            campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
            rows = restrict(ScreeningEntry.objects.filter(campaign=campaign), actor).select_for_update(of=("self",))
            numbers = [line.household_no for line in lines]
            found = {
                row.household.household_no: row
                for row in rows.filter(household__household_no__in=numbers).select_related("household")
            }
            faults = [fault for line in lines if (fault := _fault(campaign, line, line.household_no in found))]
            if faults:
                more = f"；另有 {len(faults) - 10} 行" if len(faults) > 10 else ""
                raise Invalid("；".join(faults[:10]) + more, where="file", hint="请改正后重新导入，本次没有导入")
            for line in lines:
                _write(actor, found[line.household_no], line.result, line.done_on, line.note)
            _settle(campaign)
        return len(lines)

    return int(once(key, actor=actor, action=f"screening.import:{campaign_id}", do=do)[0])


def _fault(campaign: Campaign, line: Line, listed: bool) -> str:
    if not listed:
        return f"第 {line.number} 行：户号 {line.household_no} 不在本次排查名单或您的管辖范围内"
    try:
        _check(campaign, line.result, line.done_on)
    except Invalid as error:
        return f"第 {line.number} 行：{error.what}"
    return ""


def _check(campaign: Campaign, result: str, done_on: dt.date) -> None:
    if result not in RESULTS:
        raise Invalid("请选择排查结果", where="result", hint="、".join(RESULTS.values()))
    if not campaign.starts_on <= done_on <= clock.today():
        raise Invalid(f"排查日期应在 {campaign.starts_on:%Y-%m-%d} 至今天之间", where="done_on")


def _write(actor: User | None, row: ScreeningEntry, result: str, done_on: dt.date, note: str) -> None:
    row.result, row.done_on, row.note = result, done_on, note.replace("\x00", "").strip()[:300]
    row.recorded_by, row.recorded_at = actor, clock.now()
    row.save()


def campaigns_refresh(*, today: dt.date | None = None, only: Iterable[int] | None = None) -> int:
    """The nightly look at campaigns: new households on the list, home visits counted, and the year's end.

    Returns how many households were counted as screened. What lapsed can still be completed.
    """
    today = today or clock.today()
    open_ones = Campaign.objects.exclude(state=CampaignState.COMPLETE) | Campaign.objects.filter(year=today.year)
    if only is not None:
        open_ones = open_ones.filter(pk__in=list(only))
    counted = 0
    for pk in sorted(open_ones.values_list("pk", flat=True)):
        with transaction.atomic(), advisory_lock(f"screening:{pk}"), named(None, "screening.refresh"):
            campaign = Campaign.objects.select_for_update().get(pk=pk)
            if campaign.year == today.year and campaign.starts_on <= today:
                _list(campaign)
            visited = last_home_visit()
            rows = campaign.entries.filter(done_on=None).annotate(visited_on=visited)
            for row in rows.filter(visited_on__gte=campaign.starts_on).select_for_update(of=("self",)):
                _write(None, row, ScreeningResult.VISITED, row.visited_on, "")  # type: ignore[attr-defined]
                counted += 1
            _settle(campaign, today)
    return counted


def _settle(campaign: Campaign, today: dt.date | None = None) -> None:
    """Complete, lapsed (its year is over), or open."""
    today = today or clock.today()
    left = campaign.entries.filter(Q(done_on=None)).exists()
    if not left and campaign.entries.exists():
        state = CampaignState.COMPLETE
    elif today.year > campaign.year:
        state = CampaignState.LAPSED
    else:
        state = CampaignState.OPEN
    if campaign.state != state:
        campaign.state = state
        campaign.save(update_fields=["state"])

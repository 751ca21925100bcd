"""What a retroactive change makes of the decisions in force: 补发 and 追缴 lists. Nothing is applied by itself."""

from __future__ import annotations

import calendar
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.bulk import copy_rows
from doudi.apps.base.errors import Conflict, Invalid, Refused
from doudi.apps.base.locks import advisory_lock
from doudi.apps.determination.models import ArrearsLine, ArrearsList, Decision
from doudi.apps.policy import queries as policy
from doudi.apps.registry import queries as registry
from doudi.engine.errors import InputError
from doudi.engine.rules import Pack, determine, load_pack

_WAITING = ("QUEUED", "RUNNING")
_COLUMNS = (
    "arrears_id",
    "household_id",
    "decision_id",
    "month",
    "category_before",
    "category_after",
    "before",
    "after",
    "due",
)
Month = tuple[int, int]


@transaction.atomic
def arrears_request(*, actor: User, change_id: int) -> ArrearsList:
    """Queue the lists of a published change up to last month; the list that waits already is returned.

    :class:`Invalid` where no past month is touched.
    """
    require(actor, "arrears.compute")
    change = policy.change_get(actor, change_id)
    if not policy.acts_for(actor, "arrears.compute", change.division):
        raise Refused()
    if change.state != "PUBLISHED":
        raise Conflict("该调整尚未发布，没有需要补算的月份。")
    first, last = _month(change.valid_from), _before(_month(clock.today()))
    if first > last:
        raise Invalid("起始日期不早于本月，没有需要补算的月份", where="change", hint="到下月可以再算")
    return _queue(actor, change, first, last)


def follow_publication(change: Any) -> None:
    """Queue the lists of a change that begins before this month (in the transaction that publishes it)."""
    first, last = _month(change.valid_from), _before(_month(clock.today()))
    if first <= last:
        _queue(change.closed_by, change, first, last)


def arrears_execute(*, arrears_id: int) -> ArrearsList:
    """Compute a queued list; one that is done or failed is returned as it is. A cut-off one starts over."""
    with advisory_lock(f"arrears:{arrears_id}"):
        arrears = ArrearsList.objects.get(pk=arrears_id)
        if arrears.state not in _WAITING:
            return arrears
        arrears.state = "RUNNING"
        arrears.save(update_fields=["state"])
        try:
            return _execute(arrears)
        except InputError as error:
            _fail(arrears, error.line())
            raise
        except Exception:
            _fail(arrears, "系统内部错误，请联系管理员查看日志")
            raise


def amount_in(result: dict[str, Any], month: Month) -> Decimal | None:
    """What a household's result grants for a month: the taper's amount while it lasts, then the monthly benefit."""
    taper = result.get("taper")
    if taper and taper["from"] <= _text(month) <= taper["to"]:
        return Decimal(taper["monthly"]) if taper["monthly"] is not None else None
    return None if result["monthly"] is None else Decimal(result["monthly"])


def _execute(arrears: ArrearsList) -> ArrearsList:
    change = policy.change_for_system(arrears.change_id)
    values = _Numbers(change)
    months = list(_months(_parse(arrears.from_month), _parse(arrears.to_month)))
    lines: list[tuple[Any, ...]] = []
    arrears.decisions = arrears.unknown = 0
    for decision, counted in _in_force(change, months):
        arrears.decisions += 1
        differences = list(values.differences(decision, counted))
        arrears.unknown += any(difference is None for difference in differences)
        lines += [
            (arrears.pk, decision.household_id, decision.pk, *difference) for difference in differences if difference
        ]
    due = [line[-1] for line in lines]
    arrears.households = len({line[1] for line in lines})
    arrears.underpaid = sum((amount for amount in due if amount > 0), Decimal(0))
    arrears.overpaid = -sum((amount for amount in due if amount < 0), Decimal(0))
    with transaction.atomic():
        ArrearsLine.objects.filter(arrears=arrears).delete()
        copy_rows(ArrearsLine, _COLUMNS, lines)
        arrears.state, arrears.finished_at = "DONE", clock.now()
        arrears.save()
    return arrears


@dataclass(frozen=True)
class _Result:
    category: str
    household: dict[str, Any]


class _Numbers:
    """The local numbers of each month as they stood before a change was published, and with it."""

    def __init__(self, change: Any) -> None:
        self._row = change.row.pk
        self._pack: Pack = load_pack(change.pack)
        self._known: dict[tuple[Any, ...], policy.InForce] = {}

    def differences(self, decision: Decision, months: list[Month]) -> Iterator[tuple[Any, ...] | None]:
        """(month, category and amount before and after, due) of each month that differs; None where unknown."""
        county = decision.household.county_code
        workplaces = tuple(sorted({m.get("workplace_division", "") for m in decision.inputs["members"]} - {""}))
        done: dict[str, _Result] = {}
        for month in months:
            before, after = (
                self._decide(done, decision, self._at(county, workplaces, month, row))
                for row in (self._row, self._row + 1)
            )
            if before is after:
                continue
            amounts = [amount_in(result.household, month) for result in (before, after)]
            if None in amounts:
                yield None
            elif amounts[0] != amounts[1]:
                yield _text(month), before.category, after.category, *amounts, amounts[1] - amounts[0]  # type: ignore[operator]

    def _at(self, county: str, workplaces: tuple[str, ...], month: Month, before: int) -> policy.InForce:
        key = (county, workplaces, month, before)
        if key not in self._known:
            self._known[key] = policy.in_force(
                county, _last_day(month), also=workplaces, pack=self._pack.name, before=before
            )
        return self._known[key]

    def _decide(self, done: dict[str, _Result], decision: Decision, local: policy.InForce) -> _Result:
        key = json.dumps([local.standards, local.amendments], sort_keys=True)
        if key not in done:
            result = determine(
                [decision.inputs], self._pack, decision.as_of, local.standards, amendments=local.amendments
            )["households"][0]
            done[key] = _Result(result["category"], result)
        return done[key]


def _in_force(change: Any, months: list[Month]) -> Iterator[tuple[Decision, list[Month]]]:
    """Each confirmed decision with those of ``months`` for which it stood: from the month in which it was confirmed.

    It ends with the next confirmed decision, or with the month in which the household's last category ended.
    """
    stem = policy.stem(change.division)
    counties = [code for code in registry.counties_for_system() if code.startswith(stem)]
    rows = Decision.objects.filter(state=Decision.State.IN_FORCE, household__county_code__in=counties, pack=change.pack)
    rows = rows.select_related("household").defer("result", "standards", "amendments", "basis")
    for _, group in groupby(
        rows.order_by("household_id", "decided_at", "id").iterator(500), key=lambda row: row.household_id
    ):
        decisions = list(group)
        starts = [_month(timezone.localtime(one.decided_at).date()) for one in decisions]
        spans = registry.covered_spans_for_system([decisions[0].household_id]).get(decisions[0].household_id, [])
        for decision, (start, end) in zip(decisions, pairwise([*starts, (dt.MAXYEAR, 12)]), strict=True):
            counted = [month for month in months if start <= month < end and _covered(spans, month)]
            if counted and not _knew(decision, change):
                yield decision, counted


def _knew(decision: Decision, change: Any) -> bool:
    """Whether the change was in force and published when the decision was computed: it grants by it already."""
    return bool(change.valid_from <= decision.as_of and change.closed_at <= decision.computed_at)


def _covered(spans: list[tuple[dt.date, dt.date | None]], month: Month) -> bool:
    first, last = dt.date(*month, 1), _last_day(month)
    return any(begin <= last and (end is None or end > first) for begin, end in spans)


def _queue(actor: User | None, change: Any, first: Month, last: Month) -> ArrearsList:
    from doudi.apps.determination import jobs

    try:
        with transaction.atomic():
            arrears = ArrearsList.objects.create(
                change_id=change.pk,
                division=change.division,
                from_month=_text(first),
                to_month=_text(last),
                state="QUEUED",
                requested_by=actor,
                requested_at=clock.now(),
            )
    except IntegrityError as error:
        if "arrears_list_waiting_once" not in str(error):
            raise
        return ArrearsList.objects.get(change_id=change.pk, state__in=_WAITING)
    transaction.on_commit(lambda: jobs.compute_arrears.defer(arrears_id=arrears.pk))
    return arrears


def _fail(arrears: ArrearsList, error: str) -> None:
    ArrearsList.objects.filter(pk=arrears.pk).update(state="FAILED", error=error[:300], finished_at=clock.now())


def _month(day: dt.date) -> Month:
    return day.year, day.month


def _before(month: Month) -> Month:
    return (month[0], month[1] - 1) if month[1] > 1 else (month[0] - 1, 12)


def _months(first: Month, last: Month) -> Iterator[Month]:
    while first <= last:
        yield first
        first = (first[0], first[1] + 1) if first[1] < 12 else (first[0] + 1, 1)


def _last_day(month: Month) -> dt.date:
    return dt.date(*month, calendar.monthrange(*month)[1])


def _text(month: Month) -> str:
    return f"{month[0]}-{month[1]:02d}"


def _parse(text: str) -> Month:
    return int(text[:4]), int(text[5:])

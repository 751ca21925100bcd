"""Six months of deliveries, runs and handled alerts, in order of time, through the services that the pages call.

Every alert gets a life: a generator that yields the moment of its next step and then takes it. A queue lets all lives
advance together until now, so that the newest stand at every stage: not assigned, waiting for a visit, for a decision,
for a department. Some officers are slow, some forget: those alerts are overdue.
"""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict
from doudi.apps.casework import services as casework
from doudi.apps.exchange import services as exchange
from doudi.apps.monitoring import queries as alerts
from doudi.apps.monitoring import services as monitoring
from doudi.apps.monitoring.services import runs
from doudi.engine.synth import County
from doudi.engine.workdays import HolidayYearUnknown, add_working_days
from doudi.web.sample.lives import life_of
from doudi.web.sample.people import Cast
from doudi.web.sample.register import GrowingRegister

_ZONE = ZoneInfo("Asia/Shanghai")
_OWNERS = {
    "funeral": "CNTY_DATA",
    "disability": "DEPT_DPF",
    "medical_settlement": "DEPT_MED",
    "poor_student": "DEPT_EDU",
    "unemployment": "DEPT_HRSS",
    "fanpin": "DEPT_AGRI",
}
Step = Iterator[dt.datetime]


def live_through(
    county: County, feeds: Path, register: GrowingRegister, cast: Cast, say: Callable[[str], None]
) -> dict[str, int]:
    """Deliver, run and handle month by month until now; returns counts."""
    now = clock.now()
    rng = Random(county.seed)  # noqa: S311 - a sample, not a secret
    order = itertools.count()
    queue: list[tuple[dt.datetime, int, Step]] = []
    done: Counter[str] = Counter()

    def begin(life: Step) -> None:
        moment = next(life, None)
        if moment is not None and moment <= now:
            heapq.heappush(queue, (moment, next(order), life))

    for period in county.periods[1:]:
        last = period == county.periods[-1]
        moment = now if last else _delivery(period)
        begin(_month(county, feeds, register, cast, period, moment, rng, begin, done, say))
    while queue:
        moment, _, life = heapq.heappop(queue)
        try:
            with clock.at(moment):
                then = next(life, None)
        except Conflict:  # another alert of the same household was handled first: this officer lets it rest
            done["conflicts"] += 1
            continue
        if then is not None and then <= now:
            heapq.heappush(queue, (then, next(order), life))
    with clock.at(now):
        done["overdue"] = monitoring.overdue_mark()
        casework.referrals_mark_overdue()
    return dict(done)


def _month(
    county: County,
    feeds: Path,
    register: GrowingRegister,
    cast: Cast,
    period: str,
    moment: dt.datetime,
    rng: Random,
    begin: Callable[[Step], None],
    done: Counter[str],
    say: Callable[[str], None],
) -> Step:
    yield moment
    say(f"{period}：部门送数、监测运行、处置预警")
    code = f"{county.code}000000"
    for feed, role in _OWNERS.items():
        periods = [period]
        if feed == "medical_settlement" and period == county.periods[1]:
            periods = sorted(path.name[:7] for path in (feeds / feed).glob("*.csv") if path.name[:7] <= period)
        elif period == county.periods[1]:
            periods = [county.periods[0], period]  # changes need a month before
        for each in periods:
            _deliver(feeds / feed, feed, each, code, cast[role])
            done["batches"] += 1
    register.pay(period)
    register.enter(period)
    run = runs.run(actor=cast["CNTY_DATA"], county=code, period=period)
    done["alerts"] += run.opened
    cursor = None
    while True:
        page = alerts.alert_list(
            actor=cast["CNTY_REVIEW"], filters=alerts.AlertFilters(state="NEW", period=period), cursor=cursor, size=200
        )
        for alert in page.rows:
            begin(life_of(alert, cast, rng, recent=period in county.periods[-2:]))
        cursor = page.next
        if cursor is None:
            break


def _deliver(folder: Path, feed: str, period: str, county: str, actor: Any) -> None:
    path = next(p for p in sorted(folder.glob(f"{period}.*")) if not p.name.endswith(".json"))
    envelope = path.with_name(f"{path.name}.envelope.json")
    with path.open("rb") as handle:
        exchange.deliver(
            actor=actor,
            feed=feed,
            period=period,
            county=county,
            file=handle,
            file_name=f"{feed}-{path.name}",
            envelope=envelope.read_bytes(),
        )


def first_delivery(county: County) -> dt.datetime:
    """When the history begins."""
    return _delivery(county.periods[1])


def _delivery(period: str) -> dt.datetime:
    """The second working day of the next month, in the morning."""
    year, month = map(int, period.split("-"))
    first = dt.date(year + month // 12, month % 12 + 1, 1)
    try:
        day = add_working_days(first - dt.timedelta(days=1), 2)
    except HolidayYearUnknown:
        day = first + dt.timedelta(days=2)
    return dt.datetime.combine(day, dt.time(8, 40), _ZONE)

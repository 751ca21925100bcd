"""What is wrong with a county's deliveries: for supervision, and for keeping alerts open on thin data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from doudi.apps.base import clock
from doudi.apps.exchange.models import Batch, Channel, PeriodVersion
from doudi.apps.exchange.queries.feeds import whole_deliveries
from doudi.engine.lake import Contract, load_contracts, overdue
from doudi.engine.lake.periods import fresh_until
from doudi.engine.lake.quality_rules import load_quality_rules

_MONTHS = {"month": 1, "quarter": 3, "term": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class DeliveryProblem:
    """One matter of one feed and period. (feed, period, number) is its key: the same matter tomorrow is the same item.

    ``number`` is the rule's (``DQ-905`` shrinking, ``DQ-908`` overdue); ``department`` delivers the feed; ``owner``
    sets it right (department, township, county_data); ``since`` is the day it began. ``keeps_alerts``: no alert may
    vanish. ``batch_id`` is None for what did not come.
    """

    county: str
    feed: str
    title: str
    department: str
    period: str
    number: str
    message: str
    owner: str
    keeps_alerts: bool
    since: dt.date
    batch_id: int | None


def delivery_problems(county: str, period: str, *, on: dt.date | None = None) -> list[DeliveryProblem]:
    """The problems of a county's deliveries that count for ``period`` (YYYY-MM), as they stand ``on`` a day (today).

    Of each feed the newest delivery of that period or before, and, where its next one is overdue, that. A feed that
    never came is not connected and no problem; what comes with events is never late.
    """
    on = on or clock.today()
    rows = Batch.objects.filter(whole_deliveries(), county=county, period__lte=period).exclude(channel=Channel.EVENT)
    newest = rows.order_by("feed", "-period", "-delivered_at").distinct("feed")
    found: list[DeliveryProblem] = []
    for batch in newest:
        contract = load_contracts().get(batch.feed)
        if contract is None:
            continue
        found += [
            _problem(contract, batch, problem, timezone.localtime(batch.delivered_at).date())
            for problem in batch.quality.get("problems", ())
        ]
        if overdue(contract, batch.period, on):
            found.append(_missing(contract, batch))
    return found


def untrusted_for_system(county: str, period: str) -> dict[str, list[str]]:
    """{feed: why} of the feeds on whose data for ``period`` no alert may count as vanished.

    Also those of which single events told something that no whole delivery has confirmed yet: a run leaves such events
    out (:func:`lake_files`), and what they opened stays.
    """
    why: dict[str, list[str]] = {}
    for problem in delivery_problems(county, period):
        if problem.keeps_alerts:
            why.setdefault(problem.feed, []).append(f"{problem.number} {problem.message}")
    rule = next(rule for rule in load_quality_rules().deliveries if rule.measure == "events_only")
    pushed = PeriodVersion.objects.filter(county=county, period__lte=period, events_only=True)
    for feed in pushed.order_by("feed").values_list("feed", flat=True).distinct():
        contract = load_contracts().get(feed)
        if contract is not None and contract.period != "event":
            why.setdefault(feed, []).append(f"{rule.number} {rule.text(1)}")
    return why


def next_period(contract: Contract, period: str) -> str:
    """The period that follows, named by its month."""
    month = int(period[:4]) * 12 + int(period[5:]) - 1 + _MONTHS[contract.period]
    return f"{month // 12}-{month % 12 + 1:02d}"


def _problem(contract: Contract, batch: Batch, problem: dict[str, object], since: dt.date) -> DeliveryProblem:
    return DeliveryProblem(
        county=batch.county_id,
        feed=contract.name,
        title=contract.title,
        department=contract.department,
        period=batch.period,
        number=str(problem["number"]),
        message=str(problem["message"]),
        owner=str(problem["owner"]),
        keeps_alerts=bool(problem["keeps_alerts"]),
        since=since,
        batch_id=batch.pk,
    )


def _missing(contract: Contract, batch: Batch) -> DeliveryProblem:
    rule = next(rule for rule in load_quality_rules().deliveries if rule.measure == "missing")
    return DeliveryProblem(
        county=batch.county_id,
        feed=contract.name,
        title=contract.title,
        department=contract.department,
        period=next_period(contract, batch.period),
        number=rule.number,
        message=rule.text(1),
        owner=rule.owner,
        keeps_alerts=rule.keeps_alerts,
        since=fresh_until(batch.period, contract.freshness_days) + dt.timedelta(days=1),
        batch_id=None,
    )

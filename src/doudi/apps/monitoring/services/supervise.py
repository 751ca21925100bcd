"""From a run's matters of supervision to their items: one row a matter, open again when it comes back.

An alert is about a citizen and asks for a visit; an item is about an office's work and asks for an answer. Nothing
closes by itself: what is no longer found is marked, and a supervisor settles it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from doudi.apps.base import clock
from doudi.apps.base.scoped import LEVELS, level_codes
from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring import parameters
from doudi.apps.monitoring.models import MonitorRun, SupervisionItem
from doudi.apps.monitoring.rules import rules
from doudi.apps.monitoring.services.deadlines import deadline
from doudi.apps.registry import queries as registry
from doudi.engine.indicators import Indicator, Signal, explain

_BATCH = 1000
_SEEN = ("run", "period", "measures", "sources", "explanation", "severity", "rule_version", "vanished_at")
_AGAIN = ("state", "due_on", "due_note", "outcome", "answer", "answered_by", "answered_at", "verdict", "closed_by",
          "closed_at", "version")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that a rule found: ``division`` of any length is the office's, ``household_key`` only leads there."""

    rule: str
    matter: str
    division: str
    severity: str
    explanation: str
    measures: Mapping[str, Any]
    sources: Sequence[Mapping[str, Any]]
    pack: str
    version: str
    household_key: int | None = None


def matters(signals: Iterable[Signal], catalogue: Mapping[str, Indicator]) -> list[Matter]:
    """The engine's signals of class SUP as matters."""
    found = []
    for signal in signals:
        measures = json.loads(signal.measures)
        found.append(
            Matter(
                rule=signal.indicator,
                matter=str(measures["matter"])[:200],
                division=str(measures.get("place") or signal.division or ""),
                severity=signal.severity,
                explanation=explain(catalogue[signal.indicator], measures)[:500],
                measures=measures,
                sources=json.loads(signal.evidence),
                pack=signal.pack,
                version=signal.indicator_version,
                household_key=signal.household_key,
            )
        )
    return found


def delivery_matters(run: MonitorRun) -> list[Matter]:
    """What is wrong with the deliveries that the run's period rests on: late, missing, shrinking, of poor quality."""
    return [
        Matter(
            rule=one.number,
            matter=f"{one.feed} {one.period}",
            division=run.county_id,
            severity=rules()[one.number].severity,
            explanation=f"{one.title} {one.period}：{one.message}"[:500],
            measures={"数据": one.title, "账期": one.period, "情形": one.message, "起始日期": one.since.isoformat()},
            sources=[],
            pack=run.pack,
            version="",
        )
        for one in exchange.delivery_problems(run.county_id, run.period)
    ]


def supervise(run: MonitorRun, found: Iterable[Matter], *, evaluated: Collection[str]) -> Counter[str]:
    """Bring the county's items of the ``evaluated`` rules to what ``run`` saw; how many opened, continued, …

    The caller holds the county's lock and the transaction.
    """
    counts: Counter[str] = Counter()
    seen = {(one.rule, one.matter): one for one in found}
    rows = SupervisionItem.objects.select_for_update(of=("self",)).filter(county_code=run.county_id, rule__in=evaluated)
    live, closed = {}, {}
    for item in rows.order_by("pk"):
        (closed if item.closed_at else live)[item.rule, item.matter] = item
    opening, going, again = [], [], []
    for key in sorted(seen):
        if key in live:
            going.append(live[key])
        elif key not in closed:
            opening.append(seen[key])
        elif _settled(closed[key], run.period):
            counts["settled"] += 1
        else:
            again.append(closed[key])
    today = clock.today()
    due = {code: deadline(today, rule.working_days) for code, rule in rules().items()}
    _open(run, opening, due)
    for item in again:
        _reopen(item, due[item.rule])
    changed = [item for item in (*going, *again) if _see(run, item, seen[item.rule, item.matter])]
    SupervisionItem.objects.bulk_update(changed, [*_SEEN, *_AGAIN], batch_size=_BATCH)
    gone = [item.pk for key, item in live.items() if key not in seen and item.vanished_at is None]
    SupervisionItem.objects.filter(pk__in=gone).update(vanished_at=clock.now())
    counts.update(opened=len(opening), reopened=len(again), continued=len(going), vanished=len(gone))
    return counts


def _settled(item: SupervisionItem, period: str) -> bool:
    """The same period was answered already, and a matter that was explained is not asked for again."""
    return item.period >= period or item.outcome in parameters.EXPLAINED_OUTCOMES


def _open(run: MonitorRun, opening: Sequence[Matter], due: Mapping[str, tuple[dt.date | None, str]]) -> None:
    keys = {one.household_key for one in opening if one.household_key is not None}
    households = registry.households_by_keys_for_system(keys) if keys else {}
    now, today = clock.now(), clock.today()
    SupervisionItem.objects.bulk_create(
        [
            SupervisionItem(
                item_no=number,
                rule=one.rule,
                matter=one.matter,
                severity=one.severity,
                household=households.get(one.household_key),
                pack=one.pack,
                rule_version=one.version,
                run=run,
                period=run.period,
                first_period=run.period,
                measures=one.measures,
                sources=one.sources,
                explanation=one.explanation,
                created_at=now,
                due_on=due[one.rule][0],
                due_note=due[one.rule][1],
                **_office(run.county_id, one.division),
            )
            for one, number in zip(opening, _numbers(len(opening), today), strict=True)
        ],
        batch_size=_BATCH,
    )


def _office(county: str, division: str) -> dict[str, str]:
    """The level columns down to the township; a division of elsewhere, or none, is the county's own."""
    codes = level_codes(division if division[:6] == county[:6] else county)
    return {f"{level}_code": codes[f"{level}_code"] for level in LEVELS if level != "village"}


def _reopen(item: SupervisionItem, due: tuple[dt.date | None, str]) -> None:
    item.state, item.outcome, item.answer, item.verdict = "OPEN", "", "", ""
    item.answered_by = item.answered_at = item.closed_by = item.closed_at = None
    item.due_on, item.due_note = due
    item.version += 1


def _see(run: MonitorRun, item: SupervisionItem, one: Matter) -> bool:
    """Take over what the run saw; whether anything differs (the run itself is no difference)."""
    values = {
        "period": run.period,
        "measures": dict(one.measures),
        "sources": list(one.sources),
        "explanation": one.explanation,
        "severity": one.severity,
        "rule_version": one.version,
        "vanished_at": None,
    }
    changed = any(getattr(item, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(item, name, value)
    item.run = run
    return changed


def _numbers(count: int, today: dt.date) -> list[str]:
    """JD-YYYYMM-NNNNNN from one sequence: unique, not without gaps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('supervision_no') FROM generate_series(1, %s)", [count])
        return [f"JD-{today:%Y%m}-{number:06d}" for (number,) in cursor.fetchall()]

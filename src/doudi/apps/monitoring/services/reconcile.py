"""From signals to alerts: the new open, those that go on get evidence, those gone are marked. Nothing closes by itself.

The number of statements grows with thousands of signals, not with signals. The caller holds the county's lock and the
transaction. Every signal ends in one of: opened, reopened, continued, settled, suppressed, unregistered, silent,
supervision.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q

from doudi.apps.base import clock
from doudi.apps.base.scoped import LEVELS
from doudi.apps.chain import services as chain
from doudi.apps.chain.models import Kind
from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring import parameters
from doudi.apps.monitoring.models import Alert, AlertEvidence, MonitorRun
from doudi.apps.monitoring.rules import rules
from doudi.apps.monitoring.services.deadlines import deadline
from doudi.apps.monitoring.services.supervise import delivery_matters, matters, supervise
from doudi.apps.registry import queries as registry
from doudi.engine.indicators import Indicator, Signal, explain

_BATCH = 1000
Key = tuple[int | None, int | None, str]


def _key(household_id: int, person_id: int | None, indicator: str) -> Key:
    """What makes two signals one matter: the person, who may move or stand in two households; else the household."""
    return (None if person_id else household_id), person_id, indicator


@dataclass
class Outcome:
    """What became of the signals, by number, and the signals about people outside the register."""

    counts: Counter[str] = field(default_factory=Counter)
    unregistered: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Found:
    """A signal with the household and person it is about, decoded."""

    signal: Signal
    household: Any
    person: Any
    measures: Mapping[str, Any]
    sources: list[dict[str, Any]]
    explanation: str

    @property
    def key(self) -> Key:
        return _key(self.household.pk, self.person.pk if self.person else None, self.signal.indicator)


def reconcile(
    run: MonitorRun, signals: Iterable[Signal], *, evaluated: Collection[str], catalogue: Mapping[str, Indicator]
) -> Outcome:
    """Bring the county's alerts to what ``run`` saw.

    ``evaluated``: indicators that ran; the alerts of others are left as they are. Signals of indicators in silent
    operation are counted only, those of supervision become items of their own.
    """
    outcome = Outcome()
    loud = list(_loud(signals, catalogue, outcome))
    _supervise(run, [signal for signal in loud if signal.alert_class == "SUP"], evaluated, catalogue, outcome)
    about = (signal for signal in loud if signal.alert_class != "SUP")
    found = {one.key: one for one in _identified(about, catalogue, outcome)}
    current = _bring(run, found, evaluated, catalogue, outcome)
    kept = _on_thin_data(run, catalogue)
    gone = {
        alert.pk
        for key, alert in current.items()
        if key not in found and alert.vanished_at is None and alert.indicator not in kept
    }
    # What an event of this period or a later one said stands: this run may have read the lake before it came.
    told = AlertEvidence.objects.filter(alert_id__in=gone, run__kind="EVENT", period__gte=run.period)
    gone -= set(told.values_list("alert_id", flat=True))
    Alert.objects.filter(pk__in=gone).update(vanished_at=clock.now())
    outcome.counts["vanished"] = len(gone)
    return outcome


def reconcile_event(run: MonitorRun, signals: Iterable[Signal], *, catalogue: Mapping[str, Indicator]) -> Outcome:
    """Bring to the alerts what an event showed about a household. What it does not show says nothing."""
    outcome = Outcome()
    loud = list(_loud(signals, catalogue, outcome))
    found = {one.key: one for one in _identified(loud, catalogue, outcome)}
    _bring(run, found, {signal.indicator for signal in loud}, catalogue, outcome)
    return outcome


def _bring(
    run: MonitorRun,
    found: Mapping[Key, _Found],
    evaluated: Collection[str],
    catalogue: Mapping[str, Indicator],
    outcome: Outcome,
) -> Mapping[Key, Alert]:
    """Open, reopen and support alerts by what was found; returns the open alerts of ``evaluated`` as they were."""
    county = run.county_id
    rows = Alert.objects.select_for_update(of=("self",)).filter(
        county_code=county, closed_at=None, indicator__in=evaluated
    )
    current = {_key(alert.household_id, alert.person_id, alert.indicator): alert for alert in rows.order_by("pk")}
    closed = _last_closed(county, evaluated, run.period)
    opening, reopening, continuing = [], [], []
    for key in sorted(found, key=lambda key: (key[0] or 0, key[1] or 0, key[2])):
        alert, before = current.get(key), closed.get(key)
        if alert is not None and alert.period > run.period:
            outcome.counts["continued"] += 1  # a later event said more
        elif alert is not None:
            continuing.append((alert, found[key]))
        elif before is None:
            opening.append(found[key])
        else:
            verdict = _after_closing(before, run.period)
            if verdict == "opened":
                opening.append(found[key])
            elif verdict == "reopened":
                reopening.append((before, found[key]))
            else:
                outcome.counts[verdict] += 1
    opened = _open(run, opening, catalogue)
    _reopen(run, reopening, catalogue)
    _continue(run, continuing)
    _attach(run, [*opened, *reopening, *continuing])
    outcome.counts.update(opened=len(opened), reopened=len(reopening), continued=len(continuing))
    return current


def _loud(signals: Iterable[Signal], catalogue: Mapping[str, Indicator], outcome: Outcome) -> Iterable[Signal]:
    for signal in signals:
        outcome.counts["signals"] += 1
        if catalogue[signal.indicator].state == "on":
            yield signal
        else:
            outcome.counts["silent"] += 1


def _on_thin_data(run: MonitorRun, catalogue: Mapping[str, Indicator]) -> set[str]:
    """Indicators that read a delivery which is late, missing or shrinking: what they no longer find may be there."""
    untrusted = exchange.untrusted_for_system(run.county_id, run.period)
    return {code for code, one in catalogue.items() if not untrusted.keys().isdisjoint(one.feeds)}


def _supervise(
    run: MonitorRun,
    signals: Sequence[Signal],
    evaluated: Collection[str],
    catalogue: Mapping[str, Indicator],
    outcome: Outcome,
) -> None:
    """Signals about an office's work, never an alert about a citizen; and what is wrong with deliveries."""
    evaluated_rules = [code for code, rule in rules().items() if rule.indicator is None or code in evaluated]
    found = [*matters(signals, catalogue), *delivery_matters(run)]
    counts = supervise(run, found, evaluated=evaluated_rules)
    outcome.counts["supervision"] += len(signals)
    outcome.counts.update({f"supervision_{name}": number for name, number in counts.items()})


def _identified(signals: Iterable[Signal], catalogue: Mapping[str, Indicator], outcome: Outcome) -> Iterable[_Found]:
    waiting = list(signals)
    for start in range(0, len(waiting), _BATCH):
        batch = waiting[start : start + _BATCH]
        households = registry.households_by_keys_for_system(
            {s.household_key for s in batch if s.household_key is not None}
        )
        persons = registry.persons_by_keys_for_system({s.person_key for s in batch if s.person_key is not None})
        for signal in batch:
            household, person = households.get(signal.household_key), persons.get(signal.person_key)
            measures = json.loads(signal.measures)
            explanation = explain(catalogue[signal.indicator], measures)[:500]
            sources = json.loads(signal.evidence)
            if household is None or (signal.person_key is not None and person is None):
                outcome.counts["unregistered"] += 1
                outcome.unregistered.append(
                    {
                        "indicator": signal.indicator,
                        "severity": signal.severity,
                        "person_key": str(signal.person_key),  # as text: JSON readers lose digits of 64-bit numbers
                        "explanation": explanation,
                        "sources": sources,
                    }
                )
                continue
            yield _Found(signal, household, person, measures, sources, explanation)


def _last_closed(county: str, indicators: Collection[str], period: str) -> dict[Key, Alert]:
    """The latest closed alert of each key that may still speak: closed recently, or about this period."""
    longest = max(parameters.cool_down_days(), parameters.reopen_days())
    since = clock.now() - dt.timedelta(days=longest)
    rows = Alert.objects.filter(
        Q(closed_at__gte=since) | Q(period__gte=period),
        ~Q(closed_at=None),
        county_code=county,
        indicator__in=indicators,
    )
    return {
        _key(alert.household_id, alert.person_id, alert.indicator): alert for alert in rows.order_by("closed_at", "pk")
    }


def _after_closing(alert: Alert, period: str) -> str:
    """What a signal means whose alert is closed: the same period's data were judged already."""
    assert alert.closed_at is not None
    age = clock.now() - alert.closed_at
    if alert.period >= period:
        return "settled"
    if alert.outcome in parameters.COOL_DOWN_OUTCOMES:
        return "suppressed" if age < dt.timedelta(days=parameters.cool_down_days()) else "opened"
    return "reopened" if age < dt.timedelta(days=parameters.reopen_days()) else "opened"


def _open(run: MonitorRun, opening: Sequence[_Found], catalogue: Mapping[str, Indicator]) -> list[tuple[Alert, _Found]]:
    now, today = clock.now(), clock.today()
    due = {
        code: deadline(today, catalogue[code].deadline_working_days) for code in {f.signal.indicator for f in opening}
    }
    numbers = _numbers(len(opening), today)
    alerts = [
        Alert(
            alert_no=number,
            indicator=one.signal.indicator,
            alert_class=one.signal.alert_class,
            severity=one.signal.severity,
            household=one.household,
            person=one.person,
            subject_name=one.person.name if one.person else one.household.head_name,
            state="NEW",
            pack=one.signal.pack,
            indicator_version=one.signal.indicator_version,
            period=run.period,
            first_period=run.period,
            measures=one.measures,
            explanation=one.explanation,
            created_at=now,
            due_on=due[one.signal.indicator][0],
            due_note=due[one.signal.indicator][1],
            **{f"{level}_code": getattr(one.household, f"{level}_code") for level in LEVELS},
        )
        for one, number in zip(opening, numbers, strict=True)
    ]
    Alert.objects.bulk_create(alerts, batch_size=_BATCH)
    _tell(alerts, catalogue, "监测预警")
    return list(zip(alerts, opening, strict=True))


def _reopen(run: MonitorRun, reopening: Sequence[tuple[Alert, _Found]], catalogue: Mapping[str, Indicator]) -> None:
    today = clock.today()
    for alert, one in reopening:
        _see(alert, one, run.period)
        alert.state, alert.closed_at, alert.close_reason, alert.overdue_at = "NEW", None, "", None
        alert.outcome = alert.disposal = alert.suggestion = ""
        alert.due_on, alert.due_note = deadline(today, catalogue[alert.indicator].deadline_working_days)
        alert.version += 1
    alerts = [alert for alert, _ in reopening]
    Alert.objects.bulk_update(
        alerts,
        [*_SEEN, "state", "closed_at", "close_reason", "overdue_at", "outcome", "disposal", "suggestion", "due_on",
         "due_note", "version"],
        batch_size=_BATCH,
    )  # fmt: skip
    _tell(alerts, catalogue, "预警再次出现")


_SEEN = ["period", "measures", "explanation", "indicator_version", "severity", "vanished_at"]


def _see(alert: Alert, one: _Found, period: str) -> bool:
    """Take over what the run saw; whether anything differs."""
    seen = {
        "period": period,
        "measures": one.measures,
        "explanation": one.explanation,
        "indicator_version": one.signal.indicator_version,
        "severity": one.signal.severity,
        "vanished_at": None,
    }
    changed = any(getattr(alert, name) != value for name, value in seen.items())
    for name, value in seen.items():
        setattr(alert, name, value)
    return changed


def _continue(run: MonitorRun, continuing: Sequence[tuple[Alert, _Found]]) -> None:
    changed = [alert for alert, one in continuing if _see(alert, one, run.period)]
    Alert.objects.bulk_update(changed, _SEEN, batch_size=_BATCH)


def _attach(run: MonitorRun, seen: Sequence[tuple[Alert, _Found]]) -> None:
    """One evidence row per alert and period: a corrected delivery replaces it, the same one changes nothing."""
    known: dict[int, AlertEvidence] = {}
    ids = [alert.pk for alert, _ in seen]
    for start in range(0, len(ids), _BATCH):
        rows = AlertEvidence.objects.filter(alert_id__in=ids[start : start + _BATCH], period=run.period)
        known |= {row.alert_id: row for row in rows}
    now = clock.now()
    fresh = [
        AlertEvidence(
            alert=alert, run=run, period=run.period, measures=one.measures, sources=one.sources, recorded_at=now
        )
        for alert, one in seen
        if alert.pk not in known or (known[alert.pk].measures, known[alert.pk].sources) != (one.measures, one.sources)
    ]
    AlertEvidence.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["alert", "period"],
        update_fields=["run", "measures", "sources", "recorded_at"],
        batch_size=_BATCH,
    )


def _tell(alerts: Sequence[Alert], catalogue: Mapping[str, Indicator], what: str) -> None:
    """One event per alert on its household's chain."""
    by_household: dict[int, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_household[alert.household_id].append(alert)
    chain.append_many(
        {
            "kind": Kind.ALERT,
            "household_id": household_id,
            "person_id": alert.person_id,
            "title": f"{what}：{catalogue[alert.indicator].title}",
            "document": f"alert:{alert.pk}",
            "body": {
                "预警编号": alert.alert_no,
                "等级": alert.get_severity_display(),
                "情形": alert.explanation,
            },
        }
        for household_id in sorted(by_household)
        for alert in by_household[household_id]
    )


def _numbers(count: int, today: dt.date) -> list[str]:
    """YJ-YYYYMM-NNNNNN from one sequence: unique, not without gaps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('alert_no') FROM generate_series(1, %s)", [count])
        return [f"YJ-{today:%Y%m}-{number:06d}" for (number,) in cursor.fetchall()]

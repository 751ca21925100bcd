"""How good a delivery is: its score with parts, what is wrong with it, and whether alerts may vanish on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from doudi.engine.identity import REASONS as ID_REASONS
from doudi.engine.lake import store
from doudi.engine.lake.contracts import Contract, load_contracts
from doudi.engine.lake.periods import fresh_until
from doudi.engine.lake.quality_rules import DeliveryRule, load_quality_rules

BAD_ID_REASONS = frozenset({*ID_REASONS, "ID_NUMERIC_CELL"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: 100 ``points`` for nothing wrong, 0 from the rule's ``zero_at`` on."""

    number: str
    measure: str
    value: float
    points: int
    weight: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A measure above its limit. ``message`` is for officers; ``keeps_alerts``: no signal may vanish on it."""

    number: str
    measure: str
    value: float
    message: str
    owner: str
    keeps_alerts: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """The judgement of one delivery. ``score`` 0 to 100, None for an empty file, which shows nothing."""

    score: int | None
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]

    @property
    def trusted(self) -> bool:
        """Whether a signal that is no longer there may count as vanished."""
        return not any(problem.keeps_alerts for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        return {
            "score": self.score,
            "trusted": self.trusted,
            "parts": [
                {"number": part.number, "measure": part.measure, "value": round(part.value, 6), "points": part.points,
                 "weight": part.weight}
                for part in self.parts
            ],
            "problems": [{"number": problem.number, "message": problem.message, "owner": problem.owner,
                          "keeps_alerts": problem.keeps_alerts} for problem in self.problems],
        }  # fmt: skip


def judge(
    contract: Contract,
    counts: Mapping[str, Any],
    *,
    previous: Mapping[str, Any] | None = None,
    period: str = "",
    received_on: date | None = None,
) -> Quality:
    """Judge a delivery from its counts, against the ``previous`` period's where there is one.

    ``counts`` are a manifest's ``counts``: received, accepted, duplicate, quarantined, bad_ids, flagged, rows (in the
    version), unmatched, events_only. What is not known (no previous period, no day of receipt, no registry) has no part
    in the score.
    """
    values = _values(contract, counts, previous, period, received_on)
    parts, problems = [], []
    for rule in load_quality_rules().deliveries:
        value = values.get(rule.measure)
        if value is None:
            continue
        if rule.weight:
            points = round(100 * max(0.0, 1 - value / rule.zero_at))
            parts.append(Part(rule.number, rule.measure, value, points, rule.weight))
        if value > rule.limit:
            problems.append(_problem(rule, value))
    weight = sum(part.weight for part in parts)
    score = round(sum(part.points * part.weight for part in parts) / weight) if counts["received"] and weight else None
    return Quality(score, tuple(parts), tuple(problems))


def trust(
    lake: Path | str,
    feed: str,
    period: str,
    *,
    version: str | None = None,
    previous: tuple[str, str] | None = None,
) -> Quality:
    """Whether what is no longer in a feed's period may let signals vanish, and why not: see ``Quality.trusted``.

    ``version`` and ``previous`` (period and version of the delivery before) are those that count in the lake, where not
    given. A period without a delivery is never trusted.
    """
    lake, contract = Path(lake), load_contracts()[feed]
    version = version or store.periods(lake, feed).get(period)
    manifest = store.read_manifest(lake, feed, period, version) if version else None
    if manifest is None:
        missing = next(rule for rule in load_quality_rules().deliveries if rule.measure == "missing")
        return Quality(None, (), (_problem(missing, 1),))
    previous = previous or store.before(lake, feed, period)
    before = store.read_manifest(lake, feed, *previous) if previous else None
    received = manifest.get("received_on")
    return judge(
        contract,
        manifest["counts"],
        previous=before["counts"] if before else None,
        period=period,
        received_on=date.fromisoformat(received) if received else None,
    )


def overdue(contract: Contract, latest_period: str | None, today: date) -> bool:
    """Whether a feed whose newest delivery is of ``latest_period`` (None: it never came) is late ``today``.

    What comes with events is never late, nor is a feed that is not switched on.
    """
    if contract.period == "event" or contract.disabled:
        return False
    return latest_period is None or today > fresh_until(latest_period, contract.freshness_days)


def _values(
    contract: Contract,
    counts: Mapping[str, Any],
    previous: Mapping[str, Any] | None,
    period: str,
    received_on: date | None,
) -> dict[str, float | None]:
    received = counts["received"]

    def share(name: str, of: Any = None) -> float | None:
        whole = received if of is None else of
        return counts[name] / whole if whole else None

    unmatched = None if counts.get("unmatched") is None else share("unmatched", counts["accepted"])
    before = previous or {}
    unmatched_before = (
        before["unmatched"] / before["accepted"] if before.get("unmatched") is not None and before["accepted"] else None
    )
    regular = contract.period != "event"
    return {
        "quarantined": share("quarantined"),
        "bad_ids": share("bad_ids"),
        "duplicates": share("duplicate"),
        "flagged": share("flagged"),
        "shrinkage": max(0.0, 1 - counts["rows"] / before["rows"]) if regular and before.get("rows") else None,
        "days_late": max(0.0, (received_on - fresh_until(period, contract.freshness_days)).days)
        if regular and received_on and period
        else None,
        "unmatched_rise": max(0.0, unmatched - unmatched_before)
        if unmatched is not None and unmatched_before is not None
        else None,
        "events_only": float(bool(counts.get("events_only"))) if regular else None,
    }


def _problem(rule: DeliveryRule, value: float) -> Problem:
    return Problem(rule.number, rule.measure, value, rule.text(value), rule.owner, rule.keeps_alerts)

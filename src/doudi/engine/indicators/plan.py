"""What one indicator will read and compare with in a run, or why it is skipped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from doudi.engine.errors import InputError
from doudi.engine.indicators.catalogue import Indicator, ThresholdValue, load_indicators
from doudi.engine.indicators.inputs import Deliveries, Part
from doudi.engine.indicators.parameters import Overrides, Resolved, thresholds

_KINDS = {"current": "本期", "previous": "上一期", "history": "近12个月"}


@dataclass(frozen=True)
class Plan:
    """``parts``: feed table (disability_previous) → its deliveries, empty where an optional feed has none.
    ``skipped``: why the indicator cannot run, or None. ``notes``: what it has to do without."""

    indicator: Indicator
    parts: Mapping[str, tuple[Part, ...]]
    thresholds: Mapping[str, ThresholdValue | Decimal]
    skipped: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()

    def version(self, resolved: Resolved) -> str:
        """Hash of what decides which signals given data have: SQL, metadata, thresholds and parameters."""
        names = self.indicator.parameters
        content = {
            "text": self.indicator.text,
            "derived": {relation.name: relation.text for relation in self.indicator.derived},
            "thresholds": {
                name: str(value if isinstance(value, Decimal) else value.value)
                for name, value in self.thresholds.items()
            },
            "numbers": {
                name: {"/".join(place): str(value) for place, value in resolved.numbers[name].items()}
                for name in names
                if name in resolved.numbers
            },
            "fixed": {name: str(resolved.fixed[name]) for name in names if name in resolved.fixed},
        }
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def choose(codes: Iterable[str] | None) -> list[Indicator]:
    """The indicators to run: those named, or all that are not off. InputError for a code that does not exist."""
    known = load_indicators()
    if codes is None:
        return [indicator for indicator in known.values() if indicator.state != "off"]
    wanted = sorted(set(codes))
    unknown = [code for code in wanted if code not in known]
    if unknown or not wanted:
        raise InputError(
            f"unknown indicator {unknown[0]!r}" if unknown else "no indicator named",
            where="--indicators",
            hint=f"known: {', '.join(known)}",
        )
    return [known[code] for code in wanted]


def make_plan(
    indicator: Indicator, period: str, lake: Mapping[str, Deliveries], pack: str, overrides: Overrides
) -> Plan:
    """Settle feeds and thresholds; a plan that lacks a feed says which."""
    parts: dict[str, tuple[Part, ...]] = {}
    notes: list[str] = []
    skipped: dict[str, str] | None = None
    for feed, kinds in indicator.feeds.items():
        deliveries = lake.get(feed, Deliveries(feed, {}))
        available = {
            "current": tuple(part for part in [deliveries.current(period)] if part),
            "previous": tuple(part for part in [deliveries.previous(period)] if part),
            "history": tuple(deliveries.history(period)),
        }
        for kind in sorted(kinds):
            parts[feed if kind == "current" else f"{feed}_{kind}"] = available[kind]
            # A history without the period itself would judge old data as new.
            missing = not available[kind] or (kind == "history" and available[kind][-1].period != period)
            if missing and feed in indicator.optional_feeds:
                notes.append(f"没有{_KINDS[kind]}的 {feed} 数据，按没有处理")
            elif missing:
                skipped = skipped or {
                    "reason": "MISSING_FEED",
                    "feed": feed,
                    "message": f"缺少{_KINDS[kind]}的 {feed} 数据，本指标未运行",
                }
    return Plan(indicator, parts, thresholds(indicator, period, pack, overrides), skipped, tuple(notes))


def check_parameters(plan: Plan, resolved: Resolved) -> Plan:
    """Skip a plan whose required parameter has no value anywhere; note what follows from one it can do without."""
    notes = list(plan.notes)
    for name, parameter in plan.indicator.parameters.items():
        label = f"{parameter.label}（{name}）"
        if not resolved.is_unset(name):
            places = resolved.unset_places(name)
            if places:
                notes.append(f"{label}在 {'、'.join(places)} 没有数值，当地未判断")
        elif name in plan.indicator.optional_parameters:
            notes.append(plan.indicator.optional_parameters[name])
        else:
            message = f"{label}在政策包和当地标准中都没有数值，本指标未运行；请在当地标准中设定"
            return replace(
                plan, skipped=plan.skipped or {"reason": "PARAMETER_UNSET", "parameter": name, "message": message}
            )
    return replace(plan, notes=tuple(note for note in notes if note))

"""What one indicator will read and compare with in a run, or why it is skipped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from doudi.engine.errors import InputError
from doudi.engine.indicators.catalogue import Indicator, ThresholdValue, load_indicators
from doudi.engine.indicators.inputs import Deliveries, Part
from doudi.engine.indicators.parameters import Overrides, ParameterSource, Resolved, thresholds
from doudi.engine.indicators.periods import ago, last_day
from doudi.engine.lake.contracts import load_contract
from doudi.engine.workdays import HolidayYearUnknown

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
    indicator: Indicator,
    period: str,
    lake: Mapping[str, Deliveries],
    source: ParameterSource,
    overrides: Overrides,
    records: Container[str],
) -> Plan:
    """Settle feeds and thresholds; a plan that cannot run says what it lacks. ``records``: the snapshot's tables."""
    parts: dict[str, tuple[Part, ...]] = {}
    notes: list[str] = []
    found = thresholds(indicator, period, source.name, overrides)
    skipped = _cannot_run(indicator, period, found, source, records)
    for feed, kinds in indicator.feeds.items():
        deliveries, title = lake.get(feed, Deliveries(feed, {})), load_contract(feed).title
        available = {
            "current": tuple(part for part in [deliveries.current(period)] if part),
            "previous": tuple(part for part in [deliveries.previous(period)] if part),
            "history": tuple(deliveries.history(period)),
        }
        for kind in sorted(kinds):
            parts[feed if kind == "current" else f"{feed}_{kind}"] = available[kind]
            # A history without the current delivery would judge old data as new.
            missing = not available["current" if kind == "history" else kind]
            if missing and feed in indicator.optional_feeds:
                parts[feed if kind == "current" else f"{feed}_{kind}"] = ()
                notes.append(f"没有{_KINDS[kind]}的{title}数据，按没有处理")
            elif missing:
                skipped = skipped or {
                    "reason": "MISSING_FEED",
                    "feed": feed,
                    "message": f"缺少{_KINDS[kind]}的{title}数据，本指标未运行",
                }
    return Plan(indicator, parts, found, skipped, tuple(notes))


def _cannot_run(
    indicator: Indicator,
    period: str,
    found: Mapping[str, ThresholdValue | Decimal],
    source: ParameterSource,
    records: Container[str],
) -> dict[str, str] | None:
    """Why the indicator is not run whatever the feeds hold, or None."""
    if indicator.packs and indicator.packs.isdisjoint(getattr(source, "lineage", (source.name,))):
        return {"reason": "NOT_IN_PACK", "message": "当地适用的文件没有这项规定，本指标不运行"}
    for name in sorted(indicator.needs_records):
        if name not in records:
            message = f"登记快照没有 {name} 记录，无从判断是否缺少，本指标未运行"
            return {"reason": "MISSING_RECORDS", "records": name, "message": message}
    try:
        for name, threshold in indicator.thresholds.items():
            if threshold.unit == "工作日":
                entry = found[name]
                ago(last_day(period), int(entry if isinstance(entry, Decimal) else entry.value), threshold.unit)
    except HolidayYearUnknown as error:
        return {
            "reason": "CALENDAR_UNKNOWN",
            "message": f"{error.year} 年的放假调休安排尚未载入，无法计算工作日，本指标未运行",
        }
    return None


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

"""A run: every switched-on indicator of a period over one registry snapshot and the departments' deliveries."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from doudi.engine.errors import InputError
from doudi.engine.indicators.catalogue import Derived
from doudi.engine.indicators.gathering import Gatherer
from doudi.engine.indicators.inputs import REGISTRY_FILES, Part, Registry, empty_columns, open_lake
from doudi.engine.indicators.parameters import (
    Overrides,
    ParameterSource,
    Place,
    Resolved,
    resolve,
    statement_values,
)
from doudi.engine.indicators.periods import check_period, last_day
from doudi.engine.indicators.plan import Plan, check_parameters, choose, make_plan
from doudi.engine.indicators.records import RECORDS
from doudi.engine.indicators.session import Session, open_session
from doudi.engine.indicators.signals import Signal, write_signals
from doudi.engine.indicators.source import source_of
from doudi.engine.indicators.statements import Value, table_name

ENGINES = ("duckdb", "spark")
FirstSeen = Mapping[tuple[str, int | None, int | None, str | None], str]


@dataclass(frozen=True)
class RunResult:
    """The signals in their order and the report that becomes run.json."""

    signals: list[Signal]
    report: dict[str, Any]

    def write(self, folder: Path) -> None:
        """Write signals.parquet and run.json, each whole or not at all. The same signals give the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        write_signals(self.signals, folder / "signals.parquet")
        aside = folder / ".run.json.new"
        aside.write_text(json.dumps(self.report, ensure_ascii=False, indent=1) + "\n", "utf-8")
        aside.replace(folder / "run.json")


def run(
    registry_dir: Path,
    lake: Path | Mapping[str, Mapping[str, Path]],
    period: str,
    pack: Any,
    standards: Mapping[str, Any] | None = None,
    indicators: Iterable[str] | None = None,
    engine: str = "duckdb",
    *,
    overrides: Overrides | None = None,
    first_seen: FirstSeen | None = None,
    memory_limit: str | None = None,
) -> RunResult:
    """Evaluate indicators for ``period`` (YYYY-MM).

    ``registry_dir``: a registry snapshot (docs/registry-snapshot.md). ``lake``: a folder
    <feed>/<period>@<version>/part.parquet, or
    a mapping feed → period → Parquet file. ``pack``: a pack's name, folder or object, or a ParameterSource.
    ``standards``: the
    locality's own numbers as a ``--standards`` file holds them; the snapshot's standards.parquet where not given.
    ``indicators``:
    codes; all that are not off where not given. ``overrides``: the locality's own thresholds. ``first_seen``:
    Signal.subject →
    period, for signals that an earlier run found.

    An indicator that lacks a feed or a parameter is skipped and the report says which: nothing is assumed in its
    place.
    Raises InputError for an unknown indicator, engine or period, or an incomplete snapshot.
    """
    started = time.perf_counter()
    check_period(period)
    if engine not in ENGINES:
        raise InputError(f"unknown engine {engine!r}", where="--engine", hint=f"use {' or '.join(ENGINES)}")
    registry = Registry.open(registry_dir)
    source = source_of(pack, standards, registry_dir, last_day(period))
    deliveries = open_lake(lake)
    plans = [
        make_plan(indicator, period, deliveries, source, overrides or {}, registry.versions)
        for indicator in choose(indicators)
    ]
    session = open_session(engine, memory_limit)
    try:
        _open_registry(session, registry)
        possible = [plan for plan in plans if not plan.skipped]
        _open_records(session, registry, possible)
        _open_feeds(session, possible)
        resolved = _open_parameters(session, source, plans, period)
        plans = [check_parameters(plan, resolved) for plan in plans]
        ready = [plan for plan in plans if not plan.skipped]
        values = {
            plan.indicator.code: statement_values(plan.indicator, period, plan.thresholds, resolved) for plan in ready
        }
        _open_derived(session, ready, values)
        gatherer = Gatherer(session, registry, period, source.name)
        entries: dict[str, dict[str, Any]] = {}
        for plan in ready:
            begun = time.perf_counter()
            version = plan.version(resolved)
            sql = plan.indicator.statement.sql(session.dialect, values[plan.indicator.code])
            parts = [part for found in plan.parts.values() for part in found]
            counted = gatherer.add(plan.indicator, sql, parts, version)
            entries[plan.indicator.code] = {
                "title": plan.indicator.title,
                "signals": counted,
                "state": plan.indicator.state,
                "version": version,
                "periods": {name: [part.period for part in parts] for name, parts in plan.parts.items()},
                "notes": list(plan.notes),
                "seconds": round(time.perf_counter() - begun, 3),
            }
        signals = gatherer.signals()
    finally:
        session.close()
    if first_seen:
        signals = [replace(one, first_seen=first_seen.get(one.subject, period)) for one in signals]
    used = sorted(
        {part for plan in ready for parts in plan.parts.values() for part in parts},
        key=lambda part: (part.feed, part.period),
    )
    report = {
        "period": period,
        "as_of": last_day(period).isoformat(),
        "pack": source.name,
        "pack_version": source.version,
        "engine": engine,
        "signals": len(signals),
        "counts": {code: entry["signals"] for code, entry in entries.items()},
        "indicators": entries,
        "skipped": [
            {"indicator": plan.indicator.code, "title": plan.indicator.title, **plan.skipped}
            for plan in plans
            if plan.skipped
        ],
        "inputs": {"registry": dict(registry.versions), "feeds": _versions(used)},
        "warnings": _warnings(registry, period),
        "seconds": round(time.perf_counter() - started, 3),
        "peak_memory_mb": peak_memory_mb(),
    }
    return RunResult(signals, report)


def _open_registry(session: Session, registry: Registry) -> None:
    for name in REGISTRY_FILES:
        session.scan(f"raw_{name}", registry.path(name))
    session.define(
        table_name("registry", "households"),
        "SELECT *, SUBSTRING(county_code, 1, 6) AS division FROM raw_households",
        keep=False,
    )
    for name in ("members", "payments"):
        session.define(table_name("registry", name), f"SELECT * FROM raw_{name}", keep=False)


def _open_records(session: Session, registry: Registry, plans: Sequence[Plan]) -> None:
    """The platform's own records that somebody reads."""
    for name in sorted({name for plan in plans for name in plan.indicator.records}):
        if name in registry.versions:
            session.scan(table_name("registry", name), registry.path(name))
        else:
            session.table(table_name("registry", name), RECORDS[name], [])


def _open_feeds(session: Session, plans: Sequence[Plan]) -> None:
    tables = {name: parts for plan in plans for name, parts in plan.parts.items()}
    for name, parts in sorted(tables.items()):
        view = table_name("feed", name)
        if parts:
            session.union(view, [(part.path, part.period, part.as_of) for part in parts])
        else:
            feed = name.removesuffix("_previous").removesuffix("_history")
            session.table(view, empty_columns(feed), [])


def _open_parameters(session: Session, source: ParameterSource, plans: Sequence[Plan], period: str) -> Resolved:
    """The table ``parameter``: one row per place with a column per number."""
    wanted = {name: parameter for plan in plans for name, parameter in plan.indicator.parameters.items()}
    homes, works = _places(session, plans)
    resolved = resolve(source, wanted.values(), homes, works, last_day(period))
    columns = {"division": "VARCHAR", "area": "VARCHAR", **dict.fromkeys(resolved.numbers, "DECIMAL(12, 4)")}
    rows = [[*place, *(found.get(place) for found in resolved.numbers.values())] for place in (*homes, *works)]
    session.table("parameter", columns, rows)
    return resolved


def _places(session: Session, plans: Sequence[Plan]) -> tuple[list[Place], list[Place]]:
    """Where people of the register live, and the urban areas where they work: of their own county and of the feed's."""
    _, lived = session.rows("SELECT DISTINCT division, area FROM registry_households")
    homes = sorted((str(division), str(area)) for division, area in lived)
    if not any(plan.parts.get("unemployment") and not plan.skipped for plan in plans):
        return homes, []
    _, worked = session.rows(
        """SELECT DISTINCT SUBSTRING(u.workplace_division, 1, 6) FROM feed_unemployment AS u
        JOIN registry_members AS m ON m.person_key = u.person_key WHERE u.workplace_division IS NOT NULL"""
    )
    works = {str(division) for (division,) in worked} | {division for division, _ in homes}
    return homes, sorted({(division, "urban") for division in works} - set(homes))


def _open_derived(session: Session, plans: Sequence[Plan], values: Mapping[str, Mapping[str, Value]]) -> None:
    """Relations that indicators share, each computed once."""
    readers: dict[str, int] = {}
    relations: dict[str, tuple[Derived, Mapping[str, Value]]] = {}
    for plan in plans:
        for relation in plan.indicator.derived:
            relations.setdefault(relation.name, (relation, values[plan.indicator.code]))
            readers[relation.name] = readers.get(relation.name, 0) + 1
    for name, (relation, known) in relations.items():
        session.define(
            table_name("derived", name), relation.statement.sql(session.dialect, known), keep=readers[name] > 1
        )


def _versions(parts: Sequence[Part]) -> dict[str, dict[str, str]]:
    versions: dict[str, dict[str, str]] = {}
    for part in parts:
        versions.setdefault(part.feed, {})[part.period] = part.version
    return versions


def _warnings(registry: Registry, period: str) -> list[str]:
    taken = registry.about.get("period", period)
    return [] if taken == period else [f"登记快照是 {taken} 的，与监测期 {period} 不同"]


def peak_memory_mb() -> float:
    """This process's highest resident memory. Linux tells it since the program began; elsewhere since the fork."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        return round(int(line.split()[1]) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)

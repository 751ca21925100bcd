"""The indicators as data: one SQL and one YAML file each, beside shared thresholds, parameters and relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doudi.engine.errors import InputError
from doudi.engine.indicators.items import item_labels
from doudi.engine.indicators.records import CORE
from doudi.engine.indicators.statements import Statement

FOLDER = Path(__file__).parents[2] / "catalogue" / "indicators"
CLASSES = ("PND", "NCE", "NHD", "CPX", "MNE", "SUP")
STATES = ("on", "silent", "off")
SEVERITIES = ("red", "orange", "yellow")
MEASURE_TYPES = ("money", "integer", "percent", "date", "text", "code", "codes", "flag")
PERIOD_VALUES = frozenset({"period", "first_day", "as_of", "window_start"})
KEY_COLUMNS = ("person_key", "household_key", "division", "source", "feed_period", "row_key")
PER = ("person", "household", "office")
"""Whom a signal is about. office: a matter of supervision, which its measure ``matter`` tells apart from others."""


@dataclass(frozen=True)
class Measure:
    """A figure that a signal carries. ``money`` is 分 in SQL and a yuan string with two decimals in JSON."""

    name: str
    label: str
    type: str
    unit: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ThresholdValue:
    """One dated value. ``origin`` document: a clause gives it; default: this project proposes it, and pages say so."""

    start: date
    value: Decimal
    origin: str
    pack: str | None
    cite: Mapping[str, str] | None
    note: str


@dataclass(frozen=True)
class Threshold:
    """A number that an indicator compares with: dated, perhaps different per pack."""

    name: str
    label: str
    unit: str
    values: tuple[ThresholdValue, ...]

    def at(self, day: date, pack: str) -> ThresholdValue | None:
        """The value in force on ``day``: the pack's own before the general one, the latest that has begun."""
        for owner in (pack, None):
            begun = [value for value in self.values if value.pack == owner and value.start <= day]
            if begun:
                return max(begun, key=lambda value: value.start)
        return None


@dataclass(frozen=True)
class Parameter:
    """A policy parameter that indicators take from the pack and the local standards."""

    name: str
    kind: str
    label: str
    unit: str = ""
    zero_in: tuple[str, ...] = ()
    at_work: bool = False


@dataclass(frozen=True)
class Derived:
    """A relation that several indicators share."""

    name: str
    text: str
    statement: Statement


@dataclass(frozen=True)
class Indicator:
    """One indicator: what it looks for, how a signal is handled, and its SQL.

    ``needs_records``: records of the platform without which it does not run, for it looks for what is missing there.
    ``packs``: whose documents ask for what it looks for; empty where all do.
    """

    code: str
    alert_class: str
    title: str
    looks_for: str
    per: str
    state: str
    severity: str
    deadline_working_days: int
    role: str
    outcomes: Mapping[str, str]
    cite: tuple[Mapping[str, str], ...]
    note: str
    measures: Mapping[str, Measure]
    templates: tuple[str, ...]
    optional_feeds: frozenset[str]
    needs_previous: frozenset[str]
    needs_records: frozenset[str]
    packs: frozenset[str]
    optional_parameters: Mapping[str, str]
    derived: tuple[Derived, ...]
    thresholds: Mapping[str, Threshold]
    parameters: Mapping[str, Parameter]
    text: str
    statement: Statement

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (*(relation.statement for relation in self.derived), self.statement)

    @property
    def feeds(self) -> dict[str, frozenset[str]]:
        """Feed → which of current, previous and history it reads."""
        found: dict[str, set[str]] = {name: {"previous"} for name in self.needs_previous}
        for statement in self.statements:
            for table in statement.names("feed"):
                name, kind = split_feed(table)
                found.setdefault(name, set()).add(kind)
        return {name: frozenset(kinds) for name, kinds in sorted(found.items())}

    @property
    def records(self) -> frozenset[str]:
        """The platform's own records that it reads."""
        return frozenset(name for statement in self.statements for name in statement.names("registry")) - CORE.keys()


def split_feed(table: str) -> tuple[str, str]:
    """``funeral_history`` → (funeral, history); a plain feed name is its current period."""
    for kind in ("previous", "history"):
        if table.endswith(f"_{kind}"):
            return table.removesuffix(f"_{kind}"), kind
    return table, "current"


@cache
def load_indicators(folder: Path = FOLDER) -> Mapping[str, Indicator]:
    """Every indicator of the catalogue by code, in the order of the codes.

    Raises InputError naming file and field where metadata and SQL do not fit together.
    """
    shared = _Shared.load(folder)
    files = sorted(folder.glob("???-??.yaml"))
    return {indicator.code: indicator for indicator in (_load(path, shared) for path in files)}


def readers(feed: str) -> tuple[str, ...]:
    """Codes of the indicators whose SQL reads ``feed``."""
    return tuple(code for code, indicator in load_indicators().items() if feed in indicator.feeds)


@dataclass(frozen=True)
class _Shared:
    thresholds: Mapping[str, Threshold]
    parameters: Mapping[str, Parameter]
    outcomes: Mapping[str, str]
    derived: Mapping[str, Derived]

    @classmethod
    def load(cls, folder: Path) -> _Shared:
        thresholds = {name: _threshold(name, raw) for name, raw in _read(folder / "thresholds.yaml").items()}
        parameters = {name: Parameter(name, **raw) for name, raw in _read(folder / "parameters.yaml").items()}
        derived = {}
        for path in sorted((folder / "derived").glob("*.sql")):
            text = path.read_text("utf-8")
            derived[path.stem] = Derived(path.stem, text, Statement.parse(text, str(path)))
        return cls(thresholds, parameters, _read(folder / "outcomes.yaml"), derived)

    def closure(self, statement: Statement) -> tuple[Derived, ...]:
        """The derived relations behind ``statement``, each after those that it reads."""
        ordered: dict[str, Derived] = {}

        def visit(names: frozenset[str], path: tuple[str, ...]) -> None:
            for name in sorted(names):
                if name in path:
                    raise InputError(
                        f"derived.{name} reads itself", where=statement.where, hint=" → ".join((*path, name))
                    )
                if name not in self.derived:
                    raise InputError(
                        f"unknown relation derived.{name}",
                        where=statement.where,
                        hint=f"known: {', '.join(self.derived)}",
                    )
                relation = self.derived[name]
                visit(relation.statement.names("derived"), (*path, name))
                ordered.setdefault(name, relation)

        visit(statement.names("derived"), ())
        return tuple(ordered.values())


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {error}", where=str(path), hint="correct the file") from error
    if not isinstance(content, dict):
        raise InputError("not a mapping", where=str(path), hint="write name: value lines")
    return content


def _threshold(name: str, raw: dict[str, Any]) -> Threshold:
    values = tuple(
        ThresholdValue(
            entry["from"],
            Decimal(str(entry["value"])),
            entry["origin"],
            entry.get("pack"),
            entry.get("cite"),
            entry.get("note", ""),
        )
        for entry in raw["values"]
    )
    for value in values:
        if value.origin not in ("document", "default") or (value.origin == "document") != (value.cite is not None):
            raise InputError(
                "origin must be document with its cite, or default without",
                where=f"thresholds.yaml {name}",
                hint="a number that no document gives is a default",
            )
    return Threshold(name, raw["label"], raw["unit"], values)


def _load(path: Path, shared: _Shared) -> Indicator:
    raw = _read(path)
    where = str(path)
    text = path.with_suffix(".sql").read_text("utf-8")
    statement = Statement.parse(text, str(path.with_suffix(".sql")))
    derived = shared.closure(statement)
    statements = (*(relation.statement for relation in derived), statement)
    for key, allowed in (
        ("class", CLASSES),
        ("state", STATES),
        ("severity", SEVERITIES),
        ("per", PER),
    ):
        if raw.get(key) not in allowed:
            raise InputError(f"{key} is {raw.get(key)!r}", where=where, hint=f"use one of {', '.join(allowed)}")
    unknown = sorted(set(raw["outcomes"]) - set(shared.outcomes))
    if raw["code"] != path.stem or unknown:
        raise InputError(
            f"unknown outcome {unknown[0]}" if unknown else f"code is {raw['code']}",
            where=where,
            hint="add it to outcomes.yaml" if unknown else "the code is the file's name",
        )
    measures = {name: _measure(name, entry, where) for name, entry in raw["measures"].items()}
    produced = set(statement.tree.named_selects)
    if produced - set(KEY_COLUMNS) != set(measures):
        odd = sorted(produced - set(KEY_COLUMNS) ^ set(measures))[0]
        raise InputError(
            f"column {odd} is in only one of SQL and measures", where=where, hint="list each measured column once"
        )
    is_supervision = raw["class"] == "SUP"
    if (raw["per"] == "office") != is_supervision or (is_supervision and not {"division", "matter"} <= produced):
        raise InputError(
            "class SUP, per office and the columns division and matter go together",
            where=where,
            hint="supervision is about an office's work; every other class about a person or a household",
        )
    placeholders = frozenset().union(*(each.placeholders for each in statements)) - PERIOD_VALUES
    columns = frozenset().union(*(each.columns for each in statements if _reads_parameter(each)))
    parameters = {
        name: parameter
        for name, parameter in shared.parameters.items()
        if (parameter.kind == "number" and name in columns) or name in placeholders
    }
    thresholds = {}
    for name in sorted(placeholders - set(parameters)):
        threshold = shared.thresholds.get(name) or shared.thresholds.get(name.removesuffix("_ago"))
        if threshold is None:
            raise InputError(f"unknown value :{name}", where=where, hint="add it to thresholds.yaml or parameters.yaml")
        thresholds[threshold.name] = threshold
    return Indicator(
        code=raw["code"],
        alert_class=raw["class"],
        title=raw["title"],
        looks_for=raw["looks_for"],
        per=raw["per"],
        state=raw["state"],
        severity=raw["severity"],
        deadline_working_days=raw["deadline_working_days"],
        role=raw["role"],
        outcomes={code: shared.outcomes[code] for code in raw["outcomes"]},
        cite=tuple(raw["cite"]),
        note=raw.get("note", ""),
        measures=measures,
        templates=tuple(raw["explain"]),
        optional_feeds=frozenset(raw.get("optional_feeds", ())),
        needs_previous=frozenset(raw.get("needs_previous", ())),
        needs_records=frozenset(raw.get("needs_records", ())),
        packs=frozenset(raw.get("packs", ())),
        optional_parameters=raw.get("optional_parameters", {}),
        derived=derived,
        thresholds=thresholds,
        parameters=parameters,
        text=path.read_text("utf-8") + text,
        statement=statement,
    )


def _reads_parameter(statement: Statement) -> bool:
    from sqlglot import exp

    return any(table.name == "parameter" and not table.db for table in statement.tree.find_all(exp.Table))


def _measure(name: str, raw: dict[str, Any], where: str) -> Measure:
    if raw.get("type") not in MEASURE_TYPES:
        raise InputError(
            f"measure {name} has type {raw.get('type')!r}", where=where, hint=f"use one of {', '.join(MEASURE_TYPES)}"
        )
    given = raw.get("codes", {})
    labels = item_labels() if given == "items" else given
    codes = {str(code): label for code, label in labels.items()}
    return Measure(name, raw["label"], raw["type"], raw.get("unit", ""), codes)

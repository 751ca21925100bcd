"""Worked examples: for every indicator rows in and signals out, as data (``examples/CODE.yaml``).

The catalogue's README says how one is written. It proves its indicator in the tests and explains it on its page.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doudi.engine.backends.duckdb import connect, quoted
from doudi.engine.errors import InputError
from doudi.engine.indicators.catalogue import FOLDER, load_indicators
from doudi.engine.indicators.explanation import explain
from doudi.engine.indicators.inputs import empty_columns
from doudi.engine.indicators.periods import last_day
from doudi.engine.indicators.records import CORE, RECORDS
from doudi.engine.indicators.runner import RunResult, run
from doudi.engine.indicators.signals import Signal

EXAMPLES = FOLDER / "examples"
PLAIN = "plain.yaml"
_FIELDS = {"about", "period", "pack", "parameters", "thresholds", "rows", "signals", "spared", "missing"}
_ROUTES = {"DIBAO": "whole_household", "TEKUN": "tekun"}
Rows = Mapping[str, tuple[Mapping[str, Any], ...]]


@dataclass(frozen=True)
class Expected:
    """A signal that must come (``measures`` as its JSON decodes, ``says`` the sentence) or, in ``spared``, must not."""

    subject: Mapping[str, Any]
    why: str
    measures: Mapping[str, Any]
    says: str = ""


@dataclass(frozen=True)
class Example:
    """One worked example. ``rows``: table (members, payments, feed.NAME, feed.NAME@YYYY-MM) → rows, completed with
    plain values. ``missing``: the parameter, feed or records without which the indicator does not run, or the
    reason (NOT_IN_PACK)."""

    code: str
    about: str
    period: str
    pack: str
    parameters: Mapping[str, Any]
    thresholds: Mapping[str, Any]
    rows: Rows
    written: Rows
    """The rows as the file has them: what a page shows."""
    signals: tuple[Expected, ...]
    spared: tuple[Expected, ...]
    missing: str


@cache
def load_examples(code: str, folder: Path = EXAMPLES) -> tuple[Example, ...]:
    """The examples of an indicator, in the file's order: one a YAML document. InputError naming what does not fit."""
    path = folder / f"{code}.yaml"
    if not path.is_file():
        raise InputError("the indicator has no worked example", where=str(path), hint="write one (see README.md)")
    plain = _documents(folder / PLAIN)[0]
    return tuple(_example(code, raw, plain, str(path)) for raw in _documents(path))


def run_example(example: Example, folder: Path, engine: str = "duckdb") -> RunResult:
    """Run the one indicator on the example's rows, written as a snapshot and a lake under ``folder``."""
    registry = folder / "registry"
    registry.mkdir(parents=True)
    feeds: dict[str, dict[str, Path]] = {}
    for table, columns in _tables(example).items():
        if table.startswith("feed."):
            feed, _, period = table.removeprefix("feed.").partition("@")
            path = folder / "lake" / feed / f"{period or example.period}@{'0' * 16}" / "part.parquet"
            path.parent.mkdir(parents=True)
            feeds.setdefault(feed, {})[period or example.period] = path
        else:
            path = registry / f"{table}.parquet"
        _write(path, columns, example.rows.get(table, ()))
    about = {"period": example.period, "as_of": last_day(example.period).isoformat()}
    (registry / "snapshot.json").write_text(json.dumps(about), "utf-8")
    return run(
        registry,
        feeds,
        example.period,
        _Numbers(example.pack, example.parameters),
        indicators=[example.code],
        engine=engine,
        overrides={example.code: example.thresholds},
    )


def differences(example: Example, engine: str = "duckdb") -> list[str]:
    """What a run of the example gives other than the file says: empty where it is right."""
    with tempfile.TemporaryDirectory(prefix="doudi-example-") as folder:
        result = run_example(example, Path(folder), engine)
    skipped = [
        next((entry[key] for key in ("parameter", "feed", "records") if key in entry), entry["reason"])
        for entry in result.report["skipped"]
    ]
    if skipped != ([example.missing] if example.missing else []):
        return [f"skipped for {skipped or 'nothing'}, expected {example.missing or 'nothing'}"]
    found = {_name(_subject(signal)): signal for signal in result.signals}
    expected = {_name(one.subject): one for one in example.signals}
    problems = [f"no signal for {name}: {one.why}" for name, one in expected.items() if name not in found]
    problems += [f"unexpected signal for {name}: {found[name].measures}" for name in found if name not in expected]
    for name in expected.keys() & found.keys():
        measures = json.loads(found[name].measures)
        if measures != expected[name].measures:
            problems.append(f"{name} has {found[name].measures}, expected {json.dumps(expected[name].measures)}")
        says = explain(load_indicators()[example.code], measures)
        if expected[name].says and says != expected[name].says:
            problems.append(f"{name} says {says}")
    return problems


@dataclass(frozen=True)
class _Numbers:
    """The example's parameters as a pack with its standards."""

    name: str
    parameters: Mapping[str, Any]
    version: str = "example"

    def value(self, name: str, *, as_of: date, division: str, area: str) -> Any:
        """A number for everywhere, or by area or division."""
        found = self.parameters.get(name)
        return found.get(area, found.get(division)) if isinstance(found, Mapping) else found


def _example(code: str, raw: Mapping[str, Any], plain: Mapping[str, Any], where: str) -> Example:
    odd = sorted(set(raw) - _FIELDS)
    if odd:
        raise InputError(f"unknown entry {odd[0]}", where=where, hint=f"use {', '.join(sorted(_FIELDS))}")
    indicator = load_indicators()[code]
    given = raw.get("parameters", {})
    parameters = {
        name: given[name] if name in given else plain["parameters"].get(name)
        for name in {**indicator.parameters, **given}
    }
    written = {table: tuple(rows or ()) for table, rows in raw.get("rows", {}).items()}
    example = Example(
        code=code,
        about=raw["about"],
        period=str(raw.get("period", plain["period"])),
        pack=raw.get("pack", plain["pack"]),
        parameters=parameters,
        thresholds=raw.get("thresholds", {}),
        rows=_completed(written, plain["rows"]),
        written=written,
        signals=tuple(_expected(entry) for entry in raw.get("signals", ())),
        spared=tuple(_expected(entry) for entry in raw.get("spared", ())),
        missing=raw.get("missing", ""),
    )
    _check(example, where)
    return example


def _check(example: Example, where: str) -> None:
    """Refuse what would prove nothing: columns that do not exist, people who are spared but do not occur."""
    for table, columns in _tables(example).items():
        unknown = sorted({name for row in example.rows.get(table, ()) for name in row} - set(columns))
        if unknown:
            raise InputError(f"{table} has no column {unknown[0]}", where=where, hint=f"it has {', '.join(columns)}")
    named = {(key, value) for rows in example.written.values() for row in rows for key, value in row.items()}
    values = {value for _, value in named if isinstance(value, str)}
    for one in (*example.signals, *example.spared):
        for key, value in one.subject.items():
            if (key, value) not in named and value not in values and key not in ("division", "matter"):
                raise InputError(f"{key} {value} is in no row", where=where, hint="name a subject of the rows")
    expected = {_name(one.subject) for one in example.signals}
    both = [one for one in example.spared if _name(one.subject) in expected]
    if both:
        raise InputError(f"{_name(both[0].subject)} is found and spared", where=where, hint="decide")


def _expected(entry: Mapping[str, Any]) -> Expected:
    subject = {key: value for key, value in entry.items() if key not in ("why", "measures", "says")}
    return Expected(subject, entry["why"], _plain(entry.get("measures", {})), entry.get("says", ""))


def _plain(value: Any) -> Any:
    """YAML dates as the text that a signal's JSON has."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def _subject(signal: Signal) -> dict[str, Any]:
    if signal.alert_class == "SUP":
        return {"matter": json.loads(signal.measures)["matter"]}
    if signal.person_key is not None:
        return {"person_key": signal.person_key}
    return {"household_key": signal.household_key}


def _name(subject: Mapping[str, Any]) -> str:
    """A person by the person, a household by the household, supervision by its matter."""
    key = next(key for key in ("matter", "person_key", "household_key") if subject.get(key) is not None)
    return f"{key} {subject[key]}"


def _tables(example: Example) -> dict[str, dict[str, str]]:
    """Columns of every table that the example's snapshot and lake have."""
    tables = dict(CORE)
    for name in example.rows:
        if name.startswith("feed."):
            columns = empty_columns(name.removeprefix("feed.").partition("@")[0])
            tables[name] = {column: kind for column, kind in columns.items() if not column.startswith("feed_")}
        elif name not in CORE:
            if name not in RECORDS:
                raise InputError(
                    f"unknown table {name}", where=example.code, hint=f"use {', '.join((*CORE, *RECORDS))}"
                )
            tables[name] = RECORDS[name]
    return tables


def _completed(written: Rows, plain: Mapping[str, Mapping[str, Any]]) -> Rows:
    """Rows with the plain values of what the example leaves out.

    A household has as many members as there are rows; a member has the household's category.
    """
    completed: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for table, rows in written.items():
        name, _, earlier = table.partition("@")
        # Deliveries of two periods hold different rows unless the example repeats a row_key.
        first = 1000 * int((earlier or "0").replace("-", "")) + 1
        completed[table] = tuple(
            {**plain.get(name, {}), **({"row_key": number} if name.startswith("feed.") else {}), **row}
            for number, row in enumerate(rows, first)
        )
    members = [row.get("household_key") for row in completed.get("members", ())]
    homes = {
        row["household_key"]: {**row, "member_count": row.get("member_count", members.count(row["household_key"]))}
        for row in completed.get("households", ())
    }
    completed["households"] = tuple(homes.values())
    completed["members"] = tuple(_member(row, homes) for row in completed.get("members", ()))
    return completed


def _member(row: Mapping[str, Any], homes: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    category = homes.get(row["household_key"], {}).get("category") if "category" not in row else row["category"]
    return {"route": _ROUTES.get(category or ""), **row, "category": category}


def _write(path: Path, columns: Mapping[str, str], rows: tuple[Mapping[str, Any], ...]) -> None:
    lists = {name: [row.get(name) for row in rows] for name in columns}
    selected = ", ".join(f"UNNEST(${name}::{kind}[]) AS {name}" for name, kind in columns.items())
    with connect(threads=1, preserve_order=True) as connection:
        connection.execute(f"CREATE TABLE example AS SELECT {selected}", lists)
        connection.execute(f"COPY example TO {quoted(path)} (FORMAT parquet)")


def _documents(path: Path) -> list[dict[str, Any]]:
    try:
        return list(yaml.safe_load_all(path.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {error}", where=str(path), hint="correct the file") from error

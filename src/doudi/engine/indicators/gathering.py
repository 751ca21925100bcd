"""Rows of an indicator's query become signals: one a subject, with its figures and its evidence as JSON.

One statement in DuckDB for every engine: the work grows with the rows found, and no row passes through Python.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from doudi.engine.backends.duckdb import fill, quoted
from doudi.engine.indicators.catalogue import Indicator, Measure
from doudi.engine.indicators.inputs import Part, Registry
from doudi.engine.indicators.periods import last_day
from doudi.engine.indicators.session import FOUND, Session
from doudi.engine.indicators.signals import COLUMNS, Signal

_SIGNAL, _PART = "doudi_signal", "doudi_part"
_PART_COLUMNS = dict.fromkeys(("source", "feed_period", "before", "after"), "VARCHAR")
_SUBJECT = ("subject_person", "subject_household", "subject_division", "subject_matter")
_CENTS = "lpad(CAST(abs({0}) % 100 AS VARCHAR), 2, '0')"
_MONEY = f"CASE WHEN {{0}} < 0 THEN '-' ELSE '' END || (abs({{0}}) // 100) || '.' || {_CENTS}"
_SHARE = "rtrim(rtrim(CAST(CAST({0} AS DECIMAL(18, 6)) AS VARCHAR), '0'), '.')"
_TEXT = "CAST(to_json(CAST({0} AS VARCHAR)) AS VARCHAR)"
_WRITTEN = {
    "money": f"""'"' || {_MONEY} || '"'""",
    "percent": f"""'"' || {_SHARE} || '"'""",
    "integer": "CAST({0} AS BIGINT)",
    "codes": "CAST(to_json(list_filter(string_split({0}, ','), lambda code: code <> '')) AS VARCHAR)",
    "flag": "CASE {0} WHEN TRUE THEN 'true' WHEN FALSE THEN 'false' END",
}
"""How a measure of a type stands in JSON (``_TEXT`` where not given): money as a yuan string, a share as a decimal
string."""


class Gatherer:
    """Collects the signals of a run, indicator after indicator."""

    def __init__(self, session: Session, registry: Registry, period: str, pack: str) -> None:
        self.session, self.duck, self.period, self.pack = session, session.duck, period, pack
        self.duck.execute(f"CREATE TABLE {_SIGNAL} ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
        taken = str(registry.about.get("period", period))
        as_of = str(registry.about.get("as_of", last_day(period).isoformat()))
        self.registry = {
            name: _around(f"registry.{name}", taken, registry.versions[name], as_of)
            for name in ("members", "households")
        }

    def add(self, indicator: Indicator, sql: str, parts: Iterable[Part], version: str) -> int:
        """Run an indicator's query and keep its signals; returns how many.

        ``parts``: the deliveries that its rows may name as evidence (source, feed_period, row_key).
        """
        self.session.find(sql)
        named = {(part.feed, part.period): part for part in parts}.values()
        rows = [(p.feed, p.period, *_around(p.feed, p.period, p.version, p.as_of.isoformat())) for p in named]
        fill(self.duck, f"OR REPLACE TEMP TABLE {_PART}", _PART_COLUMNS, rows)
        counted = self.duck.execute(
            f"INSERT INTO {_SIGNAL} {self._statement(indicator)}",
            {
                "indicator": indicator.code,
                "alert_class": indicator.alert_class,
                "severity": indicator.severity,
                "period": self.period,
                "pack": self.pack,
                "version": version,
            },
        ).fetchone()
        return int(counted[0]) if counted else 0

    def _statement(self, indicator: Indicator) -> str:
        columns = [str(row[0]) for row in self.duck.execute(f"DESCRIBE {FOUND}").fetchall()]

        def column(name: str, kind: str = "BIGINT") -> str:
            return f"f.{name}" if name in columns else f"CAST(NULL AS {kind})"

        person, household, division = column("person_key"), column("household_key"), column("division", "VARCHAR")
        if "matter" in columns:  # of supervision: the matter is the subject, wherever it leads
            subject = ["CAST(NULL AS BIGINT)", "CAST(NULL AS BIGINT)", division, "f.matter"]
        else:
            alone = f"CASE WHEN {person} IS NULL THEN {household} END"
            subject = [person, alone, "CAST(NULL AS VARCHAR)", "CAST(NULL AS VARCHAR)"]
        # A subject's rows stand in an order that no engine decides; the first gives figures and household. A person
        # of two households is one subject: the household with the lower key stands for both.
        order = ", ".join(f"{name} NULLS FIRST" for name in (household, *(f"f.{name}" for name in columns)))
        entry, joined = "CAST(NULL AS VARCHAR)", ""
        if {"source", "feed_period", "row_key"} <= set(columns):
            unknown = "error('evidence in ' || f.source || ' ' || f.feed_period || ', which was not read')"
            entry = f"p.before || {_TEXT.format('f.row_key')} || p.after"
            entry = f"CASE WHEN f.row_key IS NOT NULL AND f.source IS NOT NULL THEN COALESCE({entry}, {unknown}) END"
            joined = f"LEFT JOIN {_PART} AS p ON p.source = f.source AND p.feed_period = f.feed_period"
        members, households = (
            f"{quoted(self.registry[name][0])} || {key} || {quoted(self.registry[name][1])}"
            for name, key in (
                ("members", """'"' || person || '/' || household || '"'"""),
                ("households", """'"' || household || '"'"""),
            )
        )
        return f"""WITH turned AS (
  SELECT {", ".join(f"{sql} AS {name}" for sql, name in zip(subject, _SUBJECT, strict=True))},
    {person} AS person, {household} AS household, {division} AS division, {entry} AS delivered,
    {"".join(f"f.{name} AS m_{name}, " for name in indicator.measures)}
    ROW_NUMBER() OVER (PARTITION BY {", ".join(subject)} ORDER BY {order}) AS turn
  FROM {FOUND} AS f {joined}
)
SELECT $indicator, $alert_class, $severity, subject_person,
  MAX(CASE WHEN turn = 1 THEN household END), MAX(CASE WHEN turn = 1 THEN division END), $period, $period,
  MAX(CASE WHEN turn = 1 THEN {_measures(indicator.measures.values())} END),
  '[' || array_to_string(list_sort(list_distinct(flatten(list([delivered, {members}, {households}])))), ',') || ']',
  $pack, $version
FROM turned GROUP BY {", ".join(_SUBJECT)}"""

    def signals(self) -> list[Signal]:
        """Every signal, by indicator, then person and household; a household's before those of persons.

        Each has the village of its household; one without a household keeps the division that its row gave.
        """
        keys = self.duck.execute(f"SELECT DISTINCT household_key FROM {_SIGNAL} WHERE household_key IS NOT NULL")
        self.session.table("signal_household", {"household_key": "BIGINT"}, keys.fetchall())
        self.session.find(
            "SELECT h.household_key, h.village_code FROM registry_households AS h "
            "JOIN signal_household AS s ON s.household_key = h.household_key"
        )
        division = "CASE WHEN s.household_key IS NULL THEN s.division ELSE f.village_code END"
        listed = ", ".join(f"{division} AS place" if name == "division" else f"s.{name}" for name in COLUMNS)
        rows = self.duck.execute(
            f"SELECT {listed} FROM {_SIGNAL} AS s LEFT JOIN {FOUND} AS f ON f.household_key = s.household_key "
            "ORDER BY s.indicator, s.person_key NULLS FIRST, s.household_key NULLS FIRST, place NULLS FIRST, s.measures"
        ).fetchall()
        return [Signal(*row) for row in rows]


def _around(source: str, period: str, version: str, as_of: str) -> tuple[str, str]:
    """What stands before and after the row's key in an entry of evidence."""
    text = json.dumps(
        {"source": source, "period": period, "version": version}, ensure_ascii=False, separators=(",", ":")
    )
    return f'{text[:-1]},"row_key":', f',"as_of":{json.dumps(as_of)}}}'


def _measures(measures: Iterable[Measure]) -> str:
    """SQL of the figures as JSON, in the metadata's order; those that do not apply are left out."""
    parts = [
        f"""'"{measure.name}":' || {_WRITTEN.get(measure.type, _TEXT).format("m_" + measure.name)}"""
        for measure in measures
    ]
    return f"'{{' || concat_ws(',', {', '.join(parts)}) || '}}'" if parts else "'{}'"

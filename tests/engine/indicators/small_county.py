"""A county small enough to read: rows given by what matters, everything else by a plain default."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from doudi.engine.indicators import RunResult, run
from doudi.engine.indicators.inputs import empty_columns
from doudi.engine.indicators.records import CORE, RECORDS

PERIOD = "2025-03"
COUNTY = "410522"
VILLAGE = "410522100201"

PLAIN_MEMBER = {
    "relation": "head", "sex": "female", "birth_date": "1980-05-05", "category_from": "2023-01-01",
    "serious_illness": False,
    "labour_ability": "full", "employed": False, "wage": 0, "income_as_of": "2024-12-31",
}  # fmt: skip
PLAIN_HOUSEHOLD = {
    "province_code": "410000000000", "city_code": "410500000000", "county_code": "410522000000",
    "township_code": "410522100000",
    "village_code": VILLAGE, "area": "rural", "register": "ACTIVE", "category_from": "2023-01-01", "member_count": 1,
    "income_year": 600000, "property_conforms": True, "monthly_benefit": 30000,
}  # fmt: skip
PLAIN_FEED: dict[str, dict[str, Any]] = {
    "disability": {
        "disability_type": "physical", "disability_grade": 2, "issued_on": "2020-01-01", "valid_until": "2030-01-01",
        "status": "valid",
    },
    "medical_settlement": {
        "kind": "inpatient", "settled_on": "2025-01-15", "designated": True, "listed_disease": False,
        "total_cost": 3000000,
        "in_policy": 2000000, "basic_paid": 1000000, "serious_paid": 0, "aid_paid": 0,
    },
    "funeral": {"died_on": "2025-03-04"},
    "poor_student": {"stage": "compulsory", "poverty_grade": "poor", "term": "2025春"},
    "unemployment": {"status": "unemployed"},
    "fanpin": {"subtype": "unstable", "risk_status": "open", "identified_on": "2024-01-01"},
}  # fmt: skip


@dataclass(frozen=True)
class Numbers:
    """A test's pack and standards in one: a ParameterSource without any file."""

    values: Mapping[str, Any]
    name: str = "anyang"
    version: str = "sha256:test"

    def value(self, name: str, *, as_of: date, division: str, area: str) -> Any:
        found = self.values.get(name)
        if isinstance(found, dict):
            return found.get((division, area), found.get(area))
        return found


ANYANG: dict[str, Any] = {
    "dibao_standard": {(COUNTY, "urban"): 800, (COUNTY, "rural"): 600, ("310115", "urban"): 1595},
    "margin_multiplier": 1.5, "disposable_income": 36000, "pay_day": 10, "job_cost_ratio": 0.3, "taper_max_months": 6,
    "single_person_grades": [1, 2],
}  # fmt: skip


@dataclass
class SmallCounty:
    """Rows collected by a test, then written as a snapshot and a lake."""

    folder: Path
    values: dict[str, Any] = field(default_factory=lambda: dict(ANYANG))
    pack: str = "anyang"
    members: list[dict[str, Any]] = field(default_factory=list)
    households: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    feeds: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)

    def household(self, key: int, *members: dict[str, Any], category: str | None = None, **given: Any) -> None:
        """A household with ``members``; a member has the household's category unless it says otherwise."""
        self.households.append(
            {**PLAIN_HOUSEHOLD, "household_key": key, "category": category, "member_count": len(members), **given}
        )
        for member in members:
            route = {"DIBAO": "whole_household", "TEKUN": "tekun"}.get(category or "")
            self.members.append({**PLAIN_MEMBER, "household_key": key, "category": category, "route": route, **member})

    def pay(self, household_key: int, paid_on: str | None = "2025-03-08", **given: Any) -> None:
        plain = {"period": PERIOD, "item": "dibao", "amount": 30000, "result": "paid"}
        self.payments.append({**plain, "household_key": household_key, "paid_on": paid_on, **given})

    def deliver(self, feed: str, period: str = PERIOD, *rows: dict[str, Any]) -> None:
        """A delivery of ``feed``; a row needs person_key only, and row_key where it repeats a settlement."""
        delivered = self.feeds.setdefault(feed, {}).setdefault(period, [])
        for row in rows:
            number = int(period.replace("-", "")) * 1000 + len(delivered)
            delivered.append({"row_key": number, **PLAIN_FEED[feed], **row})

    def write(self) -> tuple[Path, Path]:
        registry, lake = self.folder / "registry", self.folder / "lake"
        registry.mkdir(parents=True, exist_ok=True)
        lake.mkdir(exist_ok=True)
        core = {"members": self.members, "households": self.households, "payments": self.payments}
        for name, rows in (core | self.records).items():
            write_rows(registry / f"{name}.parquet", {**CORE, **RECORDS}[name], rows)
        (registry / "snapshot.json").write_text(json.dumps({"period": PERIOD, "as_of": "2025-03-31"}))
        for feed, periods in self.feeds.items():
            for period, rows in periods.items():
                part = lake / feed / f"{period}@{'0' * 16}" / "part.parquet"
                part.parent.mkdir(parents=True, exist_ok=True)
                columns = {name: kind for name, kind in empty_columns(feed).items() if not name.startswith("feed_")}
                write_rows(part, columns, rows)
            (lake / feed / "current.json").write_text(json.dumps(dict.fromkeys(periods, "0" * 16)))
        return registry, lake

    def run(self, *indicators: str, **options: Any) -> RunResult:
        registry, lake = self.write()
        return run(registry, lake, PERIOD, Numbers(self.values, self.pack), indicators=indicators or None, **options)

    def subjects(self, indicator: str, **options: Any) -> list[int | None]:
        """Who the indicator finds: person keys, or household keys of a household's signal."""
        result = self.run(indicator, **options)
        assert result.report["skipped"] == []
        return [
            signal.person_key if signal.person_key is not None else signal.household_key for signal in result.signals
        ]

    def measures(self, indicator: str) -> dict[str, Any]:
        """The figures of the one signal that the indicator gives."""
        (signal,) = self.run(indicator).signals
        return json.loads(signal.measures)


def write_rows(path: Path, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
        listed = [[row.get(name) for name in columns] for row in rows]
        assert all(set(row) <= set(columns) for row in rows), "a test names a column that does not exist"
        if listed:
            connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(columns))})", listed)
        connection.execute(f"COPY (SELECT * FROM t) TO '{path}' (FORMAT parquet)")

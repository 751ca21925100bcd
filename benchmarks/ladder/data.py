"""The benchmark's register: households, members, supporters and 100 counties' own standards.

One DuckDB file in the layout of ``create_tables``, with whole-number keys. Every value is a hash of the row's numbers:
the same register on every machine.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from doudi.engine.rules.bulk import create_tables
from doudi.engine.rules.schema import COLUMNS
from doudi.engine.rules.sql import KEYS

AS_OF = dt.date(2025, 3, 1)
COUNTIES = [f"41{number // 50 + 1:02d}{number % 50 + 1:02d}" for number in range(100)]
BY_COUNTY = ("dibao_standard", "disposable_income", "tekun_basic_standard", "tekun_care_partial", "tekun_care_none")

FILL = """
INSERT INTO household BY NAME
SELECT i AS household_key, CASE WHEN hash(i) % 3 = 0 THEN 'urban' ELSE 'rural' END AS area,
  printf('41%02d%02d', hash(i, 8) % 100 // 50 + 1, hash(i, 8) % 50 + 1) AS division,
  hash(i, 1) % 10 > 0 AS property_conforms,
  CAST(CASE WHEN hash(i, 2) % 5 = 0 THEN hash(i, 3) % 600000 ELSE 0 END AS BIGINT) AS shared_property_net,
  CAST(CASE WHEN hash(i, 4) % 4 = 0 THEN hash(i, 5) % 6000000 ELSE 0 END AS BIGINT) AS spending_illness_rigid,
  CAST(hash(i, 6) % 800000 AS BIGINT) AS spending_education_rigid
FROM range({households}) AS t(i);
INSERT INTO person BY NAME
SELECT i AS household_key, i * 8 + j AS person_key, CASE WHEN j = 0 THEN 'head' ELSE 'child' END AS relation,
  DATE '1935-01-01' + CAST(hash(i, j, 1) % 32000 AS INTEGER) AS birth_date,
  CAST(CASE WHEN alone THEN 0 ELSE hash(i, j, 2) % 1800000 END AS BIGINT) AS wage,
  CAST(CASE WHEN alone THEN 0 ELSE hash(i, j, 3) % 300000 END AS BIGINT) AS transfer_net,
  CASE WHEN hash(i, j, 4) % 9 = 0 THEN 'physical' ELSE 'none' END AS disability_type,
  CASE WHEN hash(i, j, 4) % 9 = 0 THEN 1 + CAST(hash(i, j, 5) % 4 AS BIGINT) ELSE 0 END AS disability_grade,
  hash(i, j, 6) % 20 = 0 AS serious_illness, NOT alone AS has_legal_supporter,
  CASE WHEN hash(i, j, 9) % 4 = 0 THEN CAST(hash(i, j, 10) % 7 AS BIGINT) END AS self_care_failed_items,
  CASE WHEN hash(i, j, 8) % 200 = 0 THEN 'OTHER' ELSE 'none' END AS current_category,
  CASE WHEN hash(i, j, 11) % 500 = 0 THEN DATE '2025-02-10' END AS died_on
FROM (SELECT i, j, hash(i, j, 7) % 30 = 0 AS alone FROM (
  SELECT i, unnest(range(CASE WHEN size < 20 THEN 1 WHEN size < 44 THEN 2 WHEN size < 69 THEN 3 WHEN size < 87 THEN 4
    ELSE 5 END)) AS j FROM (SELECT i, hash(i, 7) % 100 AS size FROM range({households}) AS t(i))));
INSERT INTO supporter BY NAME
SELECT household_key, person_key, 'child' AS supporter_relation,
  CAST(hash(person_key, 12) % 400000 AS BIGINT) AS annual_support
FROM person WHERE hash(person_key, 13) % 20 = 0;
"""


def standards() -> dict[str, Any]:
    """Every county's own amounts, urban and rural, as ``--standards`` takes them; yuan."""

    def by_county(urban: int, rural: int, step: int) -> dict[str, dict[str, int]]:
        codes = enumerate(COUNTIES)
        return {code: {"urban": urban + step * (i % 20), "rural": rural + step * (i % 13)} for i, code in codes}

    starts = [(700, 520, 10), (30000, 16000, 500), (910, 680, 13), (250, 200, 10), (800, 700, 20)]
    amounts: dict[str, Any] = {name: by_county(*start) for name, start in zip(BY_COUNTY, starts, strict=True)}
    return {**amounts, "tekun_income_limit": 100, "rigid_ratio": 0.5}


def write(file: Path, households: int) -> None:
    """A DuckDB file with the tables of the rules, and ``standard`` (分) for the hand-written statement."""
    connection = duckdb.connect(str(file))
    connection.execute("SET memory_limit = '2GB'")
    create_tables(connection)
    for entity, keys in KEYS.items():
        for key in keys:
            connection.execute(f"ALTER TABLE {entity} ALTER {key} TYPE BIGINT")
    for column in COLUMNS:
        if column.default is not None:
            value = int(column.default) if isinstance(column.default, Fraction) else column.default
            connection.execute(f"ALTER TABLE {column.entity} ALTER {column.name} SET DEFAULT {value!r}")
    for statement in FILL.format(households=households).split(";"):
        connection.execute(statement)
    connection.execute(
        "CREATE TABLE standard (division VARCHAR, area VARCHAR, "
        f"{', '.join(f'{name} BIGINT' for name in BY_COUNTY)}, PRIMARY KEY (division, area))"
    )
    numbers = standards()
    rows = [
        [code, area, *(numbers[name][code][area] * 100 for name in BY_COUNTY)]
        for code in COUNTIES
        for area in ("urban", "rural")
    ]
    connection.executemany("INSERT INTO standard VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    connection.close()


def peak_memory_mb() -> int:
    """The most memory that this process held. (What getrusage tells counts its parent's at the start.)"""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))

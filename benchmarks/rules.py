# ruff: noqa: E501
"""Rule evaluation: generated SQL against the same ladder written by hand, and one household with explanation.

    python benchmarks/rules.py [--households N] [--runs K]

Prints one JSON document: CPU-seconds (medians), their ratio, peak memory, milliseconds of one household. Fails when the
hand-written statement and the pack disagree about any household.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import duckdb

from doudi.engine.rules import determine, load_pack
from doudi.engine.rules.bulk import create_tables, statement_many

AS_OF = dt.date(2025, 3, 1)
STANDARDS: dict[str, Any] = {
    "dibao_standard": {"urban": 800, "rural": 600}, "disposable_income": {"urban": 36000, "rural": 20000},
    "tekun_basic_standard": {"urban": 1040, "rural": 780}, "tekun_care_partial": 300, "tekun_care_none": 900,
    "tekun_income_limit": 100, "rigid_ratio": 0.5,
}  # fmt: skip

FILL = """
INSERT INTO household BY NAME
SELECT CAST(i AS VARCHAR) AS household_key, CASE WHEN hash(i) % 3 = 0 THEN 'urban' ELSE 'rural' END AS area,
  '410522' AS division, hash(i, 1) % 10 > 0 AS property_conforms, 'none' AS previous_category,
  0 AS shared_wage, 0 AS shared_business_net, CAST(CASE WHEN hash(i, 2) % 5 = 0 THEN hash(i, 3) % 600000 ELSE 0 END AS BIGINT)
  AS shared_property_net, 0 AS shared_transfer_net, 0 AS shared_other_income, 0 AS spending_daily, 0 AS spending_social_insurance,
  0 AS spending_job_cost, CAST(CASE WHEN hash(i, 4) % 4 = 0 THEN hash(i, 5) % 6000000 ELSE 0 END AS BIGINT) AS spending_illness_rigid,
  0 AS spending_disability_rigid, CAST(hash(i, 6) % 800000 AS BIGINT) AS spending_education_rigid, 0 AS spending_other
FROM range({n}) AS t(i);
INSERT INTO person BY NAME
SELECT CAST(i AS VARCHAR) AS household_key, CAST(j AS VARCHAR) AS person_key, CASE WHEN j = 0 THEN 'head' ELSE 'child' END AS relation,
  DATE '1935-01-01' + CAST(hash(i, j, 1) % 32000 AS INTEGER) AS birth_date, CAST(hash(i, j, 2) % 1800000 AS BIGINT) AS wage,
  0 AS business_net, 0 AS property_net, CAST(hash(i, j, 3) % 300000 AS BIGINT) AS transfer_net, 0 AS other_income,
  false AS employed, CASE WHEN hash(i, j, 4) % 9 = 0 THEN 'physical' ELSE 'none' END AS disability_type,
  CASE WHEN hash(i, j, 4) % 9 = 0 THEN 1 + CAST(hash(i, j, 5) % 4 AS BIGINT) ELSE 0 END AS disability_grade,
  hash(i, j, 6) % 20 = 0 AS serious_illness, 'none' AS student, hash(i, j, 7) % 30 > 0 AS has_legal_supporter, true AS supporter_able,
  CASE WHEN hash(i, j, 8) % 200 = 0 THEN 'OTHER' ELSE 'none' END AS current_category, false AS illness_poor, 'none' AS fanpin
FROM range({n}) AS t(i), range(1 + CAST(hash(i, 7) % 5 AS BIGINT)) AS u(j);
UPDATE person SET wage = 0, transfer_net = 0 WHERE NOT has_legal_supporter;
"""

# The ladder of the national guide as one would write it for this day and these standards.
BY_HAND = """
WITH standard AS (SELECT * FROM (VALUES ('urban', 80000, 104000, 3600000), ('rural', 60000, 78000, 2000000))
  AS s(area, dibao, tekun, disposable)),
support AS (SELECT household_key, person_key, SUM(CASE WHEN co_living THEN 0 ELSE annual_support END) AS amount FROM supporter GROUP BY ALL),
h AS (SELECT t.*, s.dibao, s.tekun, s.disposable, COALESCE(property_conforms_margin_given, property_conforms) AS margin_property,
    shared_wage + shared_business_net + shared_property_net + shared_transfer_net + shared_other_income AS shared
  FROM household AS t JOIN standard AS s USING (area)),
p AS (SELECT t.*, h.shared, h.tekun, h.dibao, died_on IS NULL OR died_on >= DATE '2025-03-01' AS living,
    COALESCE((20250301 - (year(birth_date) * 10000 + month(birth_date) * 100 + day(birth_date))) // 10000, age_given) AS age,
    wage + business_net + property_net + transfer_net + other_income
      + CASE WHEN transfer_net >= COALESCE(u.amount, 0) THEN 0 ELSE COALESCE(u.amount, 0) END AS income,
    disability_grade IN (1, 2) AS severe
  FROM person AS t JOIN h USING (household_key) LEFT JOIN support AS u USING (household_key, person_key)),
q AS (SELECT *, living AND (NOT has_legal_supporter OR NOT supporter_able)
    AND COALESCE(labour_ability_given, CASE WHEN age IS NULL THEN NULL WHEN age >= 16 AND age < 60 THEN 'full' ELSE 'none' END) = 'none'
    AND (age >= 60 OR disability_grade > 0 OR age < 18)
    AND ((income <= 0 AND shared <= 0) OR income + shared < 10000 * 12) AS tekun_person FROM p),
r AS (SELECT *, living AND NOT COALESCE(tekun_person, false) AS counted FROM q),
g AS (SELECT household_key, CAST(COUNT(*) FILTER (counted) AS BIGINT) AS members, COALESCE(CAST(SUM(income) FILTER (counted) AS BIGINT), 0)
    AS income, COALESCE(BOOL_OR(living), false) AND NOT COALESCE(BOOL_OR(living AND NOT tekun_person), false) AS all_tekun,
    BOOL_OR(living AND current_category = 'OTHER') AS other FROM r GROUP BY household_key),
k AS (SELECT h.*, g.members, g.income + h.shared AS total, g.all_tekun, g.other,
    spending_illness_rigid + spending_disability_rigid + spending_education_rigid AS spending FROM h JOIN g USING (household_key)),
d AS (SELECT *, members > 0 AND total < dibao * 12 * members AND property_conforms AS is_dibao FROM k),
m AS (SELECT *, members > 0 AND NOT is_dibao AND total * 10 < dibao * 180 * members AND margin_property AS is_margin FROM d),
c AS (SELECT *, members > 0 AND NOT is_dibao AND NOT is_margin AND total < disposable * members AND margin_property AND spending > 0
    AND spending * 2 >= total AS is_rigid FROM m),
e AS (SELECT *, CASE WHEN all_tekun THEN 'TEKUN' WHEN is_dibao THEN 'DIBAO' WHEN is_margin THEN 'MARGIN' WHEN is_rigid THEN 'RIGID'
    WHEN other THEN 'OTHER' WHEN all_tekun IS NULL OR is_dibao IS NULL OR is_margin IS NULL OR is_rigid IS NULL OR other IS NULL
    THEN 'NEEDS_LOCAL_RULE' ELSE 'NOT_LOW_INCOME' END AS category FROM c),
s AS (SELECT r.household_key, CAST(SUM(CASE WHEN r.tekun_person THEN r.tekun + CASE WHEN COALESCE(self_care_failed_items, 0) >= 4 THEN 90000
      WHEN COALESCE(self_care_failed_items, 0) >= 1 THEN 30000 ELSE 0 END
    WHEN r.counted AND e.is_margin AND (r.severe OR r.serious_illness)
      AND r.income * e.members + r.shared < r.dibao * 12 * e.members
    THEN ((r.dibao * 12 * e.members - r.income * e.members - r.shared) * 2 + 12 * e.members) // (24 * e.members) ELSE 0 END) AS BIGINT) AS amount
  FROM r JOIN e USING (household_key) GROUP BY r.household_key)
SELECT e.household_key, category, CASE WHEN category = 'NEEDS_LOCAL_RULE' THEN NULL
  ELSE s.amount + CASE WHEN category = 'DIBAO' THEN ((dibao * 12 * members - total) * 2 + 12) // 24 ELSE 0 END END AS monthly
FROM e JOIN s USING (household_key)
"""

DOCUMENT = {
    "household_id": "H1", "area": "urban", "property_conforms": True,
    "members": [
        {"person_id": "A", "relation": "head", "birth_date": "1979-02-01", "income": {"wage": 10800}, "serious_illness": True},
        {"person_id": "B", "relation": "parent", "birth_date": "1952-06-01"},
        {"person_id": "C", "relation": "child", "birth_date": "2009-09-10"},
    ],
}  # fmt: skip


def measure(work: Callable[[], object]) -> tuple[float, float]:
    """CPU-seconds and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--households", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    create_tables(connection)
    connection.execute(FILL.format(n=args.households))
    pack = load_pack("national_guide")

    def generated() -> None:
        statement = statement_many(connection, pack, AS_OF, standards=STANDARDS)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE generated AS {statement}")

    def by_hand() -> None:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE by_hand AS {BY_HAND}")

    generated()
    by_hand()
    differing = connection.execute(
        "(FROM generated EXCEPT FROM by_hand) UNION ALL (FROM by_hand EXCEPT FROM generated)"
    ).fetchall()
    if differing:
        raise SystemExit(f"{len(differing)} rows differ, first {differing[:4]}")
    counts = dict(connection.execute("SELECT category, COUNT(*) FROM generated GROUP BY 1 ORDER BY 1").fetchall())
    runs = [(measure(generated), measure(by_hand)) for _ in range(args.runs)]
    ours, theirs = ([run[side][0] for run in runs] for side in (0, 1))
    anyang = load_pack("anyang")
    single = []
    for _ in range(200):
        _, wall = measure(lambda: determine([DOCUMENT], anyang, AS_OF, STANDARDS, explain=True))
        single.append(wall * 1000)
    print(json.dumps({
        "households": args.households, "persons": connection.execute("SELECT COUNT(*) FROM person").fetchone()[0],  # type: ignore[index]
        "categories": counts, "generated_cpu_s": round(statistics.median(ours), 3), "by_hand_cpu_s": round(statistics.median(theirs), 3),
        "ratio": round(statistics.median(ours) / statistics.median(theirs), 3),
        "one_household_explained_ms": round(statistics.median(single), 3),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }, ensure_ascii=False, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()

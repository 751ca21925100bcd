"""The monitor run against the same questions hand-written for bare DuckDB, on one lake, in one run.

    python benchmarks/monitor.py [--members 200000] [--settlements 2000000] [--repeat 3]

Each side runs in a process of its own, by turns; CPU-seconds (user and system), wall time and peak memory are medians.
The hand-written side asks what the indicators ask, without evidence, explanations, versions or notes, and writes no
Parquet: the ratio shows what those cost. Both must count the same. Prints one JSON document.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

PERIOD = "2025-03"
MONTHS = [f"2024-{month:02d}" for month in range(4, 13)] + ["2025-01", "2025-02", "2025-03"]
FIRST, AS_OF, OPENS = "DATE '2025-03-01'", "DATE '2025-03-31'", "DATE '2024-04-01'"


def make(folder: Path, members: int, settlements: int) -> None:
    """A registry of ``members`` people in households of three and a lake of twelve months of settlements,
    one third of other people."""
    registry, lake = folder / "registry", folder / "lake"
    registry.mkdir()
    con = duckdb.connect()
    households = members // 3
    con.execute("SELECT setseed(0.5)")
    con.execute(f"""CREATE TABLE households AS SELECT
        CAST(hash(i) >> 1 AS BIGINT) AS household_key, '410000000000' AS province_code, '410500000000' AS city_code,
        CAST(410500 + i % 9 + 1 AS VARCHAR) || '000000' AS county_code, CAST(410500 + i % 9 + 1 AS VARCHAR) ||
        '100000' AS township_code,
        CAST(410500 + i % 9 + 1 AS VARCHAR) || '100201' AS village_code, CASE WHEN i % 3 = 0 THEN 'urban' ELSE
        'rural' END AS area,
        CASE WHEN i % 20 = 0 THEN 'WATCH' ELSE 'ACTIVE' END AS register,
        CASE WHEN i % 20 = 0 THEN NULL WHEN i % 20 < 14 THEN 'DIBAO' WHEN i % 20 < 16 THEN 'TEKUN' WHEN i % 20 < 19
        THEN 'MARGIN'
             ELSE 'RIGID' END AS category,
        DATE '2023-01-01' AS category_from, 3 AS member_count,
        CAST(CASE WHEN i % 20 IN (0, 19) THEN 9000000 WHEN i % 20 < 14 THEN 1000000 ELSE 2500000 END + random() *
        500000 AS BIGINT) AS income_year, 0::BIGINT AS shared_income,
        0::BIGINT AS necessary_spending, true AS property_conforms, CASE WHEN random() < 0.02 THEN 'C' ELSE 'A' END
        AS house_grade,
        60000::BIGINT AS monthly_benefit FROM range({households}) t(i)""")
    con.execute(f"""CREATE TABLE members AS SELECT
        CAST(hash(i + 1000000000) >> 1 AS BIGINT) AS person_key, CAST(hash(i // 3) >> 1 AS BIGINT) AS household_key,
        CASE WHEN i % 3 = 0 THEN 'head' ELSE 'child' END AS relation, 'female' AS sex, DATE '1940-01-01' +
        CAST(random() * 29000 AS INTEGER) AS birth_date,
        h.category, CASE WHEN h.category = 'DIBAO' THEN 'whole_household' END AS route, DATE '2023-01-01' AS
        category_from,
        NULL::VARCHAR AS fanpin, 'physical' AS disability_type, CASE WHEN random() < 0.05 THEN CAST(1 + random() *
        3 AS INTEGER) END AS disability_grade,
        random() < 0.04 AS serious_illness, DATE '2022-01-01' AS illness_from, NULL::VARCHAR AS student, 'full' AS
        labour_ability,
        CASE WHEN random() < 0.01 THEN 5 ELSE 0 END AS self_care_failed_items, random() < 0.2 AS employed,
        NULL::DATE AS employed_since,
        CAST(random() * 600000 AS BIGINT) AS wage, 0::BIGINT AS business_net, 0::BIGINT AS property_net, 0::BIGINT
        AS transfer_net,
        0::BIGINT AS other_income, DATE '2024-06-30' AS income_as_of, NULL::DATE AS died_on
        FROM range({households * 3}) t(i) JOIN households h ON h.household_key = CAST(hash(i // 3) >> 1 AS BIGINT)""")
    con.execute(f"""CREATE TABLE payments AS SELECT household_key, NULL::BIGINT AS person_key, '{PERIOD}' AS
        period, lower(category) AS item,
        60000::BIGINT AS amount, 'paid' AS result, DATE '2025-03-01' + CAST(random() * 9.4 AS INTEGER) AS paid_on
        FROM households WHERE category IN ('DIBAO', 'TEKUN') AND random() < 0.999""")
    for name in ("members", "households", "payments"):
        key = "person_key" if name == "members" else "household_key"
        con.execute(f"COPY (SELECT * FROM {name} ORDER BY {key}) TO '{registry / name}.parquet' (FORMAT parquet)")
    (registry / "snapshot.json").write_text(json.dumps({"period": PERIOD, "as_of": "2025-03-31"}))
    con.execute("""CREATE TABLE standards AS SELECT * FROM (VALUES ('dibao_standard', 'urban', 800.0),
        ('dibao_standard', 'rural', 600.0),
        ('disposable_income', NULL, 36000.0), ('pay_day', NULL, 10.0)) v(parameter, area, value),
        (SELECT CAST(410500 + i + 1 AS VARCHAR) AS division FROM range(9) t(i)) d""")
    con.execute(f"""COPY (SELECT parameter, division, area, DATE '2024-01-01' AS valid_from, value::DECIMAL(18,4)
        AS value FROM standards)
        TO '{registry / "standards.parquet"}' (FORMAT parquet)""")
    # Any person: two thirds registered, one third not.
    anyone = f"CAST(hash(CAST(random() * {int(households * 3 * 1.5)} AS BIGINT) + 1000000000) >> 1 AS BIGINT)"
    for number, month in enumerate(MONTHS):
        feed(
            con,
            lake,
            "medical_settlement",
            month,
            f"""SELECT {anyone} AS person_key, CASE WHEN random() < 0.3 THEN 'inpatient' ELSE 'clinic' END AS kind,
            NULL::DATE AS admitted_on, DATE '{month}-01' + CAST(random() * 27 AS INTEGER) AS settled_on,
            NULL::VARCHAR AS institution,
            true AS designated, random() < 0.002 AS listed_disease, 400000::BIGINT AS total_cost, 400000::BIGINT AS
            in_policy,
            CAST(200000 + random() * 100000 AS BIGINT) AS basic_paid, 0::BIGINT AS serious_paid, CASE WHEN random()
            < 0.995 THEN 50000 ELSE 0 END::BIGINT AS aid_paid,
            CAST({number} * 100000000 + i AS BIGINT) AS row_key FROM range({settlements // 12}) t(i)""",
        )
    cards = members // 20
    for month, share in (("2025-02", 0.998), ("2025-03", 1.0)):
        feed(
            con,
            lake,
            "disability",
            month,
            f"""SELECT CAST(hash(i * 7 + 1000000000) >> 1 AS BIGINT) AS person_key, 'physical' AS disability_type,
            CAST(i % 4 + 1 AS INTEGER) AS disability_grade, DATE '2020-01-01' AS issued_on, DATE '2030-01-01' AS
            valid_until, 'valid' AS status,
            i AS row_key FROM range({int(cards * share)}) t(i)""",
        )
        feed(
            con,
            lake,
            "funeral",
            month,
            f"""SELECT CAST(hash(i * 31 + 1000000000) >> 1 AS BIGINT) AS person_key, DATE '{month}-05' AS died_on,
            NULL::DATE AS cremated_on, NULL::VARCHAR AS funeral_home, i AS row_key FROM range({members // 5000})
            t(i)""",
        )
        feed(
            con,
            lake,
            "poor_student",
            month,
            f"""SELECT CAST(hash(i * 11 + 1000000000) >> 1 AS BIGINT) AS person_key, 'x' AS school, 'compulsory' AS
                stage,
            CASE WHEN i % 3 = 0 THEN 'severe' ELSE 'mild' END AS poverty_grade, 's' AS term, NULL::VARCHAR AS
            aid_item, NULL::BIGINT AS aid_amount,
            i AS row_key FROM range({members // 30}) t(i)""",
        )
        feed(
            con,
            lake,
            "unemployment",
            month,
            f"""SELECT CAST(hash(i * 13 + 1000000000) >> 1 AS BIGINT) AS person_key,
            CASE WHEN i % 3 = 0 THEN 'unemployed' ELSE 'employed' END AS status, DATE '2024-01-01' + CAST(i % 440
            AS INTEGER) AS registered_on,
            NULL::DATE AS benefit_until, DATE '2023-06-01' + CAST(i % 600 AS INTEGER) AS employed_on, NULL::VARCHAR
            AS employer,
            '410501' AS workplace_division, CAST(150000 + i % 200000 AS BIGINT) AS monthly_wage, i AS row_key FROM
            range({members // 25}) t(i)""",
        )
    con.close()


def feed(con: duckdb.DuckDBPyConnection, lake: Path, name: str, period: str, sql: str) -> None:
    part = lake / name / f"{period}@{'0' * 16}" / "part.parquet"
    part.parent.mkdir(parents=True)
    con.execute(f"COPY (SELECT * FROM ({sql}) ORDER BY person_key) TO '{part}' (FORMAT parquet)")
    pointer = lake / name / "current.json"
    current = json.loads(pointer.read_text()) if pointer.is_file() else {}
    pointer.write_text(json.dumps({**current, period: "0" * 16}))


def by_hand(folder: Path) -> dict[str, int]:
    """The same questions as one writes them for DuckDB: every query reads the files that it needs."""
    con = duckdb.connect(config={"memory_limit": "2GB", "preserve_insertion_order": False})
    for name in ("members", "households", "payments"):
        con.execute(f"CREATE VIEW {name} AS SELECT * FROM '{folder / 'registry' / name}.parquet'")
    for name in ("medical_settlement", "disability", "funeral", "poor_student", "unemployment"):
        for view, pattern in ((name, f"{PERIOD}@*"), (f"{name}_before", "2025-02@*"), (f"{name}_all", "*")):
            con.execute(
                f"CREATE VIEW {view} AS SELECT * "
                f"FROM read_parquet('{folder / 'lake' / name / pattern / 'part.parquet'}')"
            )
    bills = f"""(SELECT person_key, SUM(in_policy - basic_paid - serious_paid - aid_paid)::BIGINT AS paid,
        MAX(settled_on) FILTER (listed_disease) AS last, MAX(settled_on) FILTER (listed_disease AND settled_on <
        {FIRST}) AS earlier
        FROM medical_settlement_all WHERE settled_on BETWEEN {OPENS} AND {AS_OF} GROUP BY 1)"""
    line = "CASE h.area WHEN 'urban' THEN 80000 ELSE 60000 END * 12 * h.member_count"
    new = "(u.employed_on > DATE '2024-09-30' OR u.employed_on > m.income_as_of OR NOT m.employed)"
    income = f"""(SELECT h.household_key, h.category, h.income_year, {line} AS line,
        SUM(CASE WHEN u.person_key IS NOT NULL AND {new} THEN u.monthly_wage * 12 - m.wage ELSE 0 END) AS gain,
        SUM(CASE WHEN u.person_key IS NOT NULL AND u.employed_on > DATE '2024-09-30' THEN u.monthly_wage * 12 -
        m.wage ELSE 0 END) AS recent,
        SUM(CASE WHEN h.category = 'DIBAO' AND (m.employed OR u.person_key IS NOT NULL) THEN LEAST(288000,
            CASE WHEN u.person_key IS NOT NULL AND {new} THEN u.monthly_wage * 12 ELSE m.wage END) ELSE 0 END) AS
            cost,
        SUM(CASE WHEN h.category = 'DIBAO' AND m.employed THEN LEAST(288000, m.wage) ELSE 0 END) AS old_cost,
        COUNT(*) FILTER (u.employed_on > DATE '2024-09-30') AS recents
        FROM households h JOIN members m USING (household_key)
        LEFT JOIN unemployment u ON u.person_key = m.person_key AND u.status = 'employed' AND u.employed_on <= {AS_OF}
        WHERE h.category IN ('DIBAO', 'MARGIN') GROUP BY ALL)"""
    tapering = (
        "(category = 'DIBAO' AND recents > 0 AND income_year - old_cost < line AND income_year + recent - cost >= line)"
    )
    questions = {
        "PND-01": f"""SELECT h.household_key FROM households h LEFT JOIN payments y ON y.household_key =
            h.household_key AND y.period = '{PERIOD}'
            AND y.result = 'paid' AND y.paid_on <= DATE '2025-03-10' WHERE h.category IN ('DIBAO', 'TEKUN') AND
            y.household_key IS NULL""",
        "PND-06": f"""SELECT DISTINCT m.person_key FROM medical_settlement_all s JOIN members m USING (person_key) WHERE
            kind = 'inpatient' AND designated
            AND in_policy - basic_paid - serious_paid > 0 AND aid_paid = 0 AND settled_on BETWEEN {OPENS} AND
            {AS_OF} - 31 AND m.category IS NOT NULL""",
        "NCE-01": """SELECT c.person_key FROM disability c LEFT JOIN disability_before p USING (person_key) LEFT
            JOIN members m ON m.person_key = c.person_key
            AND m.category IN ('DIBAO', 'TEKUN') WHERE c.disability_grade <= 2 AND (p.person_key IS NULL OR
            p.disability_grade > c.disability_grade)
            AND m.person_key IS NULL""",
        "NCE-02": f"""SELECT m.household_key, CASE WHEN m.household_key IS NULL THEN s.person_key END AS alone,
            SUM(s.paid) AS paid,
            ANY_VALUE(h.income_year) AS income FROM {bills} s LEFT JOIN members m USING (person_key) LEFT JOIN
            households h USING (household_key)
            WHERE h.category IS NULL OR h.category = 'RIGID' GROUP BY ALL HAVING paid >= LEAST(income * 0.5,
            3600000)""",
        "NCE-03": f"""SELECT m.person_key FROM members m LEFT JOIN disability c ON c.person_key = m.person_key AND
            c.disability_grade <= 2
            LEFT JOIN {bills} s ON s.person_key = m.person_key
            WHERE m.category = 'MARGIN' AND (m.disability_grade <= 2 OR c.person_key IS NOT NULL OR
            m.serious_illness OR s.last IS NOT NULL)""",
        "NCE-05": """SELECT m.person_key FROM unemployment u JOIN members m USING (person_key) JOIN households h
            USING (household_key)
            WHERE u.status = 'unemployed' AND u.registered_on <= DATE '2024-12-31' AND (h.category IS NULL OR
            h.category NOT IN ('DIBAO', 'TEKUN'))
            AND m.birth_date <= DATE '2009-03-31' AND m.birth_date > DATE '1965-03-31' AND NOT EXISTS (SELECT 1
            FROM members o
            LEFT JOIN unemployment v ON v.person_key = o.person_key WHERE o.household_key = m.household_key AND
            o.person_key <> m.person_key
            AND (v.status = 'employed' OR (o.employed AND v.person_key IS NULL)))""",
        "NHD-01": f"""SELECT m.person_key FROM members m JOIN {bills} s USING (person_key) WHERE m.category IS NOT
            NULL AND s.last >= {FIRST}
            AND s.earlier IS NULL AND NOT m.serious_illness""",
        "NHD-02": """SELECT m.person_key FROM members m JOIN disability c USING (person_key) LEFT JOIN
            disability_before p ON p.person_key = c.person_key
            WHERE m.category IS NOT NULL AND (p.person_key IS NULL OR p.disability_grade > c.disability_grade)""",
        "CPX-01": f"""SELECT household_key FROM (
            SELECT household_key, 1 AS kind FROM members WHERE serious_illness
            UNION ALL SELECT household_key, 1 FROM members JOIN {bills} s USING (person_key) WHERE s.last IS NOT NULL
            UNION ALL SELECT household_key, 2 FROM members WHERE disability_grade <= 2
            UNION ALL SELECT household_key, 2 FROM members JOIN disability c USING (person_key) WHERE
            c.disability_grade <= 2
            UNION ALL SELECT household_key, 3 FROM members JOIN poor_student USING (person_key) WHERE poverty_grade
            IN ('severe', 'poor')
            UNION ALL SELECT household_key, 4 FROM households WHERE house_grade IN ('C', 'D')
            UNION ALL SELECT household_key, 5 FROM members JOIN unemployment USING (person_key) WHERE status =
            'unemployed'
                AND birth_date <= DATE '2009-03-31' AND birth_date > DATE '1965-03-31'
            UNION ALL SELECT household_key, 6 FROM members WHERE self_care_failed_items >= 4)
            GROUP BY 1 HAVING COUNT(DISTINCT kind) >= 3""",
        "MNE-01": """SELECT DISTINCT m.person_key FROM funeral_all JOIN members m USING (person_key) WHERE
            m.died_on IS NULL
            AND m.category IN ('DIBAO', 'TEKUN')""",
        "MNE-03": f"""SELECT household_key FROM {income} WHERE NOT {tapering}
            AND income_year + gain - cost >= CASE category WHEN 'DIBAO' THEN line ELSE line * 1.5 END""",
        "MNE-10": """SELECT person_key FROM members WHERE category IS NOT NULL GROUP BY 1
            HAVING COUNT(DISTINCT household_key) > 1""",
        "MNE-11": f"SELECT household_key FROM {income} WHERE {tapering}",
    }
    return {code: len(con.execute(sql).fetchall()) for code, sql in questions.items()}


def doudi(folder: Path) -> dict[str, int]:
    from doudi.engine.indicators import run

    result = run(folder / "registry", folder / "lake", PERIOD, "anyang")
    result.write(folder / "out")
    counts: dict[str, int] = result.report["counts"]
    return counts


SIDES = {"by_hand": by_hand, "doudi": doudi}


def side(name: str, folder: Path) -> None:
    """One side in this process, from start to end of its work, imports included; prints its costs."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    counts = SIDES[name](folder)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # ru_maxrss would still hold what the parent had at the fork.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    cost = {"cpu": cpu, "wall": time.perf_counter() - started, "peak_mb": int(peak.split()[1]) / 1024}
    print(json.dumps({**cost, "counts": counts}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=200_000)
    parser.add_argument("--settlements", type=int, default=2_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--side", choices=list(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        side(args.side, args.folder)
        return
    runs: dict[str, list[dict]] = {name: [] for name in SIDES}
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        make(folder, args.members, args.settlements)
        for _ in range(args.repeat):
            for name in SIDES:
                call = [sys.executable, __file__, "--side", name, "--folder", str(folder)]
                runs[name].append(json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout))
    medians = {
        name: {key: round(statistics.median(run[key] for run in found), 3) for key in ("cpu", "wall", "peak_mb")}
        for name, found in runs.items()
    }
    print(json.dumps({
        "benchmark": "monitor", "members": args.members, "settlements": args.settlements, "repeat": args.repeat,
        **medians,
        "cpu_ratio": round(medians["doudi"]["cpu"] / medians["by_hand"]["cpu"], 3),
        "memory_ratio": round(medians["doudi"]["peak_mb"] / medians["by_hand"]["peak_mb"], 3),
        "signals": runs["doudi"][0]["counts"], "by_hand_rows": runs["by_hand"][0]["counts"],
        "same_counts": all(runs["doudi"][0]["counts"][code] == count for code,
            count in runs["by_hand"][0]["counts"].items()),
    }))  # fmt: skip


if __name__ == "__main__":
    main()

"""Reading a department's file into the lake, against a bare DuckDB COPY of the same file to Parquet (texts as they
stand: no types, no checks, no keys), and against one that also puts keys in place of the identity numbers and sorts by
them (``keyed_copy``). Bars: at least half the speed of the bare COPY; 1,500,000 identity numbers a CPU-second.

A person has ``--bills`` rows in the month (2 unless said): a token is made once a person, so fewer are dearer.
Also checks and converts identity numbers by the column, against the loop over ``check_id_number``; every one differs.
CPU-seconds of this process (all threads), medians of ``--repeats`` runs taken in turn. Prints one JSON document.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from doudi.engine.backends.duckdb import connect, quoted
from doudi.engine.identity import Tokeniser, check_id_number
from doudi.engine.identity.bulk import WEIGHTED_SUM, checked_ids, first_key, hmac_parameters, hmac_sql
from doudi.engine.lake import ingest, load_contract, read_delivery

# Person p of a county of 33 million: the day and the sequence number count independently.
NUMBERS = f"""
SELECT i, n17::VARCHAR || '10X98765432'[{WEIGHTED_SUM} + 1] AS id FROM (
  SELECT i, (410522::BIGINT * 100000000 + strftime(DATE '1930-01-01' + (p * 7919 % 33000)::INTEGER, '%Y%m%d')::BIGINT)
    * 1000 + p // 33000 AS n17
  FROM (SELECT i, i * 104729 % {{persons}} AS p FROM range({{rows}}) AS r(i)))"""


def write_settlements(path: Path, rows: int, persons: int, encoding: str) -> None:
    """A month of settlements as the medical insurance bureau writes it: each person's bills lie apart."""
    contract = load_contract("medical_settlement")
    headings = ", ".join(f'"{entry.title}"' for entry in contract.fields)
    utf8 = path.with_suffix(".utf8")
    with connect() as connection:
        connection.execute(f"""
COPY (SELECT * FROM (
  SELECT 'JS' || lpad(i::VARCHAR, 12, '0') AS a, id AS b, ['张伟', '王秀英', '李娜'][1 + i % 3] AS c,
    ['住院', '普通门诊', '门诊慢特病'][1 + i % 3] AS d,
    DATE '2025-03-01' + (i % 20)::INTEGER AS e, DATE '2025-03-05' + (i % 20)::INTEGER AS f,
    ['安阳县人民医院', '安阳市第三人民医院'][1 + i % 2] AS g, ['是', '否'][1 + (i % 9 = 0)::INTEGER] AS h,
    ['尿毒症', '高血压', NULL][1 + i % 3] AS i, ['是', '否'][1 + (i % 5 > 0)::INTEGER] AS j,
    (2000 + i % 90000) / 4 AS k, (1900 + i % 90000) / 4 AS l, (400 + i % 30000) / 4 AS m, (i % 90) AS n, (i % 40) AS o
  FROM ({NUMBERS.format(rows=rows, persons=persons)})) AS t({headings})) TO {quoted(utf8)} (HEADER, DELIMITER ',')""")
    path.write_bytes(utf8.read_bytes().decode().encode(encoding))
    utf8.unlink()


def bare_copy(source: Path, folder: Path) -> None:
    with connect() as connection:
        connection.execute(
            f"COPY (FROM read_csv({quoted(source)}, all_varchar = true)) TO {quoted(folder / 'bare.parquet')}"
        )


def keyed_copy(source: Path, folder: Path) -> None:
    """By hand, what no lake without identities can do without: the person's key in place of the number, sorted."""
    key = first_key(hmac_sql('"证件号码"'))
    query = f'SELECT * EXCLUDE ("证件号码", "人员姓名"), {key} AS k FROM read_csv({quoted(source)}) ORDER BY k'
    with connect() as connection:
        connection.execute(
            f"COPY ({query}) TO {quoted(folder / 'keyed.parquet')} (COMPRESSION zstd)",
            hmac_parameters(Tokeniser(bytes(range(32)))),
        )


def into_lake(source: Path, folder: Path) -> None:
    contract = load_contract("medical_settlement")
    with read_delivery(source, contract, period="2025-03") as delivery:
        result = ingest(delivery, contract, Tokeniser(bytes(range(32))), Path(tempfile.mkdtemp(dir=folder)))
    assert result.accepted == result.received, result.receipt()


def timed(repeats: int, **calls: Callable[[], None]) -> dict[str, dict[str, float]]:
    """Medians of CPU and wall seconds; the calls take turns, so that a noisy machine disturbs all alike."""
    cpu: dict[str, list[float]] = {name: [] for name in calls}
    wall: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            started, began = time.process_time(), time.perf_counter()
            call()
            cpu[name].append(time.process_time() - started)
            wall[name].append(time.perf_counter() - began)
    return {
        name: {"cpu_s": round(statistics.median(cpu[name]), 3), "wall_s": round(statistics.median(wall[name]), 3)}
        for name in calls
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--bills", type=int, default=2, help="rows of one person")
    options = parser.parse_args()
    persons = max(1, options.rows // options.bills)
    with tempfile.TemporaryDirectory() as name, connect(threads=1) as connection:
        folder = Path(name)
        utf8, gb18030 = folder / "utf8.csv", folder / "gb18030.csv"
        write_settlements(utf8, options.rows, persons, "utf-8")
        write_settlements(gb18030, options.rows, persons, "gb18030")
        connection.execute(f"CREATE TABLE numbers AS {NUMBERS.format(rows=options.rows, persons=options.rows)}")
        numbers = [row[0] for row in connection.execute("SELECT id FROM numbers").fetchall()]
        check = f"SELECT count(id18) FROM ({checked_ids('numbers', 'id')})"
        seconds = timed(
            options.repeats,
            bare_copy=lambda: bare_copy(utf8, folder),
            keyed_copy=lambda: keyed_copy(utf8, folder),
            lake_utf8=lambda: into_lake(utf8, folder),
            lake_gb18030=lambda: into_lake(gb18030, folder),
            id_column=lambda: connection.execute(check).fetchall(),
            id_loop=lambda: [check_id_number(number) for number in numbers],
        )
        per_cpu = {name: round(options.rows / taken["cpu_s"]) for name, taken in seconds.items()}
        print(
            json.dumps(
                {
                    "rows": options.rows,
                    "persons": persons,
                    "bytes": utf8.stat().st_size,
                    "seconds": seconds,
                    "rows_a_cpu_second": per_cpu,
                    "lake_speed_of_bare_copy": round(per_cpu["lake_utf8"] / per_cpu["bare_copy"], 2),
                    "lake_speed_of_keyed_copy": round(per_cpu["lake_utf8"] / per_cpu["keyed_copy"], 2),
                    "lake_wall_speed_of_bare_copy": round(
                        seconds["bare_copy"]["wall_s"] / seconds["lake_utf8"]["wall_s"], 2
                    ),
                    "id_column_speed_of_loop": round(per_cpu["id_column"] / per_cpu["id_loop"], 1),
                    "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                },
                indent=1,
            )
        )


if __name__ == "__main__":
    main()

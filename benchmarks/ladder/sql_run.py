"""The ladder in SQL over the register, alone in its process: read, compute, write.

    python -m ladder.sql_run generated|by_hand REGISTER.duckdb RESULT.parquet [MEMORY_LIMIT]

Prints CPU-seconds (with the making of the statement, without the loading of the pack) and peak memory.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from ladder.data import AS_OF, peak_memory_mb, standards

from doudi.engine.rules import load_pack
from doudi.engine.rules.bulk import statement_many


def main() -> None:
    version, register, result, *limit = sys.argv[1:]
    pack = load_pack("national_guide")
    start, wall = time.process_time(), time.perf_counter()
    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    with tempfile.TemporaryDirectory(dir=Path(result).parent) as spill:
        connection.execute(f"SET temp_directory = '{spill}'")
        if limit:
            connection.execute(f"SET memory_limit = '{limit[0]}'")
        connection.execute(f"ATTACH '{register}' AS register (READ_ONLY)")
        connection.execute("USE register")
        if version == "generated":
            statement = statement_many(connection, pack, AS_OF, standards=standards())
        else:
            statement = Path(__file__).with_name("by_hand.sql").read_text(encoding="utf-8")
        connection.execute(f"COPY ({statement}) TO '{result}'")
        connection.close()
    cpu, seconds = time.process_time() - start, time.perf_counter() - wall
    print(json.dumps({"cpu_s": cpu, "seconds": seconds, "peak_memory_mb": peak_memory_mb()}))


if __name__ == "__main__":
    main()

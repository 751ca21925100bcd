"""Some of the scenarios over the register, alone in its process: decide, compare, count.

    python -m ladder.simulate_run REGISTER.duckdb PACK FIRST LAST

Prints CPU-seconds (without the loading of the pack), peak memory, and what each scenario moves and costs.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
from ladder.data import AS_OF, peak_memory_mb, standards

from doudi.engine.rules import load_pack
from doudi.engine.simulate import simulate


def scenarios() -> dict[str, dict[str, Any]]:
    """Twenty cases such as a bureau compares before a year's budget: four numbers, five values each."""
    dibao, tekun = standards()["dibao_standard"], standards()["tekun_basic_standard"]

    def raised(numbers: dict[str, dict[str, int]], percent: int) -> dict[str, dict[str, int]]:
        return {code: {area: n * (100 + percent) // 100 for area, n in own.items()} for code, own in numbers.items()}

    return {
        **{f"margin {at / 10}": {"margin_multiplier": str(at / 10)} for at in (16, 17, 18, 19, 20)},
        **{f"standard +{at}%": {"dibao_standard": raised(dibao, at)} for at in (3, 5, 8, 10, 15)},
        **{f"tekun +{at}%": {"tekun_basic_standard": raised(tekun, at)} for at in (3, 5, 8, 10, 15)},
        **{f"ratio {at / 100}": {"rigid_ratio": str(at / 100)} for at in (30, 40, 45, 55, 60)},
    }


def main() -> None:
    register, name, first, last = sys.argv[1:]
    pack = load_pack(name)
    chosen = dict(list(scenarios().items())[int(first) : int(last)])
    start, wall = time.process_time(), time.perf_counter()
    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    with tempfile.TemporaryDirectory(dir=Path(register).parent) as spill:
        connection.execute(f"SET temp_directory = '{spill}'")
        connection.execute(f"ATTACH '{register}' AS register (READ_ONLY)")
        connection.execute("USE register")
        found = simulate(connection, pack, AS_OF, chosen, standards=standards())
        connection.close()
    cpu, seconds = time.process_time() - start, time.perf_counter() - wall
    effects = {
        scenario.name: {
            "moved": sum(move.households for move in scenario.total.moves if move.before != move.after),
            "monthly_fen": scenario.total.cost_after - scenario.total.cost_before,
        }
        for scenario in found.scenarios
    }
    print(json.dumps({"cpu_s": cpu, "seconds": seconds, "peak_memory_mb": peak_memory_mb(), "effects": effects}))


if __name__ == "__main__":
    main()

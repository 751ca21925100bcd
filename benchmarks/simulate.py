"""Simulation: twenty scenarios in one run, beside one scenario and beside twenty runs of one.

    python benchmarks/simulate.py [--households N] [--runs K] [--pack NAME]

Every run is a process of its own that reads the same register (2.8 persons a household, 100 counties with their own
standards); the whole of it counts, without imports and the loading of the pack. The one scenario is each of four in
turn, one of each kind. The parts take turns, K times; figures are medians. Prints one JSON document and fails when a
scenario among twenty says something else than alone.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from ladder.data import write  # noqa: E402

KINDS, EACH = 4, 5


def run(register: Path, pack: str, first: int, last: int) -> dict[str, Any]:
    """Scenarios ``first`` to ``last``, in a process of their own."""
    command = [sys.executable, "-m", "ladder.simulate_run", str(register), pack, str(first), str(last)]
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"scenarios {first} to {last} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def median(found: list[dict[str, Any]]) -> dict[str, float]:
    return {key: statistics.median(one[key] for one in found) for key in ("cpu_s", "seconds", "peak_memory_mb")}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--households", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--pack", default="anyang")
    args = parser.parse_args()
    total = KINDS * EACH
    singles: list[list[dict[str, Any]]] = [[] for _ in range(KINDS)]
    twenty: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="doudi-simulate-") as folder:
        register = Path(folder) / "register.duckdb"
        write(register, args.households)
        for _ in range(args.runs):
            twenty.append(run(register, args.pack, 0, total))
            for kind, found in enumerate(singles):
                at = kind * EACH + EACH // 2
                found.append(run(register, args.pack, at, at + 1))
    alone = [median(found) for found in singles]
    one = {key: statistics.fmean(each[key] for each in alone) for key in alone[0]}
    together = median(twenty)
    report = {
        "pack": args.pack,
        "households": args.households,
        "runs": args.runs,
        "one": one,
        "twenty": together,
        "cpu_twenty_to_one": together["cpu_s"] / one["cpu_s"],
        "cpu_twenty_runs_to_twenty": total * one["cpu_s"] / together["cpu_s"],
        "effects": twenty[0]["effects"],
    }
    rounded = json.loads(json.dumps(report), parse_float=lambda text: round(float(text), 2))
    print(json.dumps(rounded, ensure_ascii=False, indent=2))
    for found in singles:
        for name, effect in found[0]["effects"].items():
            if twenty[0]["effects"][name] != effect:
                raise SystemExit(f"{name} says {effect} alone and {twenty[0]['effects'][name]} among twenty")


if __name__ == "__main__":
    main()

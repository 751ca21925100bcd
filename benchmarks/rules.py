"""Rule evaluation: the pack's generated SQL beside the same ladder in hand-written SQL and in OpenFisca-Core.

    python benchmarks/rules.py [--households N] [--runs K] [--openfisca yes|no] [--large N]

Every part is a process of its own that reads the same register (2.8 persons a household, 100 counties with their own
standards) from one file, decides every household and writes the decisions: the whole of it counts, without imports and
the loading of packs. The parts take turns, K times; figures are medians. Prints one JSON document and fails when two
SQL statements disagree about any household; OpenFisca's 32-bit floats are counted instead. ``--large`` adds generated
SQL alone over N households with 1.5 GB for DuckDB.

OpenFisca-Core is no dependency: it is installed into a folder of its own (.doudi/openfisca) when first asked for.
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

import duckdb

HERE = Path(__file__).resolve().parent
OPENFISCA = HERE.parent / ".doudi" / "openfisca"
REQUIREMENT = "openfisca-core==46.*"
sys.path.insert(0, str(HERE))

from ladder.data import write  # noqa: E402

SQL = ("generated", "by_hand")
OTHERS = ("openfisca_usual", "openfisca_tuned", "openfisca_one_pass")


def install_openfisca() -> bool:
    """Whether OpenFisca-Core is there, if need be after installing it."""
    if not (OPENFISCA / "openfisca_core").is_dir():
        uv = Path(sys.executable).with_name("uv")
        command = [str(uv), "pip", "install", "--quiet", "--target", str(OPENFISCA), REQUIREMENT]
        if not uv.is_file() or subprocess.run(command, check=False).returncode:
            return False
    return True


def run(module: str, *arguments: str) -> Any:
    """What a part prints, run alone."""
    path = [str(HERE)] + ([str(OPENFISCA)] if "openfisca" in module else [])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    command = [sys.executable, "-m", f"ladder.{module}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(arguments)} failed:\n{done.stderr}")
    return json.loads(done.stdout) if done.stdout else None


def part(name: str, register: Path, *limit: str) -> dict[str, float]:
    """One run of one part."""
    module, version = ("sql_run", name) if name in SQL else ("openfisca_run", name.removeprefix("openfisca_"))
    found: dict[str, float] = run(module, version, str(register), str(result(register, name)), *limit)
    return found


def result(register: Path, name: str) -> Path:
    return register.with_name(f"{name}.parquet")


def differing(register: Path, name: str, other: str) -> dict[str, int]:
    """Households whose category or amount differs between two parts' decisions."""
    here, there = (f"'{result(register, item)}'" for item in (name, other))
    query = f"""SELECT COUNT(*) FILTER (a.category IS DISTINCT FROM b.category),
      COUNT(*) FILTER (a.monthly IS DISTINCT FROM b.monthly), MAX(abs(a.monthly - b.monthly))
      FROM {here} AS a FULL JOIN {there} AS b USING (household_key)"""
    category, amount, most = duckdb.sql(query).fetchall()[0]
    return {"category": category, "amount": amount, "most_fen": int(most or 0)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--households", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--openfisca", choices=("yes", "no"), default="yes")
    parser.add_argument("--large", type=int, default=0, metavar="N")
    args = parser.parse_args()
    others = OTHERS if args.openfisca == "yes" and install_openfisca() else ()
    with tempfile.TemporaryDirectory(prefix="doudi-rules-") as folder:
        register = Path(folder) / "register.duckdb"
        write(register, args.households)
        report: dict[str, Any] = {"households": args.households, "runs": args.runs}
        report |= compare(register, [*SQL, *others], args.runs)
        report["compilation"] = compilation(Path(folder) / "pack")
        if args.large:
            register.unlink()
            write(register, args.large)
            report["large"] = {"households": args.large, **part("generated", register, "1500MB")}
    if not others:
        report["openfisca"] = "not run: --openfisca no, or it could not be installed"
    print(json.dumps(rounded(report), ensure_ascii=False, indent=2))
    unequal = report["differing"].get("by_hand", {})
    if unequal.get("category") or unequal.get("amount"):
        raise SystemExit("the generated and the hand-written statement disagree")


def compare(register: Path, names: list[str], runs: int) -> dict[str, Any]:
    """Medians of every part, and how the others stand to the generated statement."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            found[name].append(part(name, register))
    parts = {
        name: {key: statistics.median(item[key] for item in items) for key in items[0]} for name, items in found.items()
    }
    ours = parts["generated"]
    categories = f"SELECT category, COUNT(*) FROM '{result(register, 'generated')}' GROUP BY 1 ORDER BY 1"
    return {
        "persons": persons(register),
        "categories": dict(duckdb.sql(categories).fetchall()),
        "parts": parts,
        "cpu_generated_to_by_hand": ours["cpu_s"] / parts["by_hand"]["cpu_s"],
        "cpu_to_generated": {name: parts[name]["cpu_s"] / ours["cpu_s"] for name in names[1:]},
        "memory_generated_to": {name: ours["peak_memory_mb"] / parts[name]["peak_memory_mb"] for name in names[1:]},
        "differing": {name: differing(register, "generated", name) for name in names[1:]},
    }


def persons(register: Path) -> int:
    with duckdb.connect(str(register), read_only=True) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM person").fetchall()[0][0])


def compilation(folder: Path) -> dict[str, Any]:
    """A pack of 300 rules from its files to SQL in fresh processes, and one household with explanation."""
    run("compile_run", str(folder), "300")
    found = [run("compile_run", str(folder)) for _ in range(3)]
    return {key: statistics.median(item[key] for item in found) for key in found[0]}


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return round(value, 3) if isinstance(value, float) else value


if __name__ == "__main__":
    main()

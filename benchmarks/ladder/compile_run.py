"""How long a pack takes from its files to SQL, and one household from its document to an explained decision.

    python -m ladder.compile_run FOLDER RULES     writes a pack of that many rules: the guide's, copied under new names
    python -m ladder.compile_run FOLDER           measures it in this fresh process

Cold is reading, binding and checking the pack and making the statement for every condition of a household in it; warm
is the same once more. Interpreter and imports are not counted.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import yaml
from ladder.data import AS_OF

import doudi.engine.rules as rules
from doudi.engine.rules.loader import POLICIES
from doudi.engine.rules.parameters import Values
from doudi.engine.rules.schema import ENTITIES
from doudi.engine.rules.sql import Statement

HEAD = "title: 规模试验\ncite_as: 规模试验\nissuer: 无\ndate: 2025-01-01\nparent: national_guide\n"
DOCUMENT = {
    "household_id": "H1", "area": "urban", "property_conforms": True,
    "members": [
        {"person_id": "A", "relation": "head", "birth_date": "1979-02-01", "income": {"wage": 10800}},
        {"person_id": "B", "relation": "parent", "birth_date": "1952-06-01"},
        {"person_id": "C", "relation": "child", "birth_date": "2009-09-10"},
    ],
}  # fmt: skip
NUMBERS = {"dibao_standard": {"urban": 800, "rural": 600}, "disposable_income": 36000}


def write_pack(folder: Path, count: int) -> None:
    """A child of the guide with ``count`` rules in all, each copy of a rule reading the copies before it."""
    own: dict[str, Any] = yaml.safe_load((POLICIES / "national_guide" / "rules.yaml").read_text(encoding="utf-8"))
    made: dict[str, Any] = {}
    for number in range(count - len(own)):
        name, entry = list(own.items())[number % len(own)]
        mark = f"__{number // len(own)}"
        words = re.split(r"(\w+)", entry["expr"])
        expr = "".join(word + mark if word + mark in made else word for word in words)
        made[name + mark] = {**entry, "expr": expr, "label": entry["label"] + mark}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(HEAD, encoding="utf-8")
    (folder / "rules.yaml").write_text(yaml.safe_dump(made, allow_unicode=True, sort_keys=False), encoding="utf-8")


def compiled(folder: Path) -> int:
    """Loads the pack and makes its statement; the number of its rules."""
    pack = rules.load_pack(folder)
    constants = Values(pack, AS_OF, NUMBERS).at(None, "urban")
    statement = Statement(pack, AS_OF, constants, [], {entity: entity for entity in ENTITIES})
    conditions = [rule.name for rule in pack.rules.values() if rule.entity == "household" and rule.kind == "bool"]
    statement.select("household", ["category", "monthly", *conditions])
    return len(pack.rules)


def measured(work: Any) -> tuple[float, Any]:
    """Milliseconds of CPU, and the result."""
    start = time.process_time()
    result = work()
    return round((time.process_time() - start) * 1000, 3), result


def main() -> None:
    folder, *count = sys.argv[1:]
    if count:
        write_pack(Path(folder), int(count[0]))
        return
    cold, found = measured(lambda: compiled(Path(folder)))
    warm, _ = measured(lambda: compiled(Path(folder)))
    anyang = rules.load_pack("anyang")
    once = [measured(lambda: rules.determine([DOCUMENT], anyang, AS_OF, NUMBERS, explain=True))[0] for _ in range(200)]
    figures = {"rules": found, "cold_ms": cold, "warm_ms": warm, "one_household_explained_ms": statistics.median(once)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

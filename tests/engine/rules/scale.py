"""One half of the equality run: random households, decided by the interpreter, written down for the other engines.

``python -m tests.engine.rules.scale FIRST COUNT FOLDER`` writes the tables as ``FOLDER/<entity>-<FIRST>.csv`` and what
the interpreter says as ``FOLDER/expected-<pack>-<entity>-<FIRST>.csv``; nothing but an empty cell is NULL.
"""

from __future__ import annotations

import csv
import gc
import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

from doudi.engine.rules import Pack, Values, load_pack, read_household
from doudi.engine.rules.household import Row
from doudi.engine.rules.interpret import Evaluation, program, rows_of
from doudi.engine.rules.reach import rests_on
from doudi.engine.rules.schema import COLUMNS, ENTITIES
from tests.engine.rules.examples import AS_OF, PACKS, random_household

STANDARDS: dict[str, Any] = {
    "dibao_standard": {"410502": {"urban": "800.50", "rural": 600}, "410100": {"urban": 900, "rural": 700}},
    "disposable_income": 21000,
    "tekun_basic_standard": {"urban": 1040, "rural": 780},
    "tekun_income_limit": 200,
    "tekun_care_none": 900,
    "insurance_contribution": 400,
    "rigid_ratio": {"410502": "0.6"},
}
# What is compared of each household and person: category, route, monthly and several amounts.
OUTPUTS = {
    "household": ["category", "monthly", "dibao_amount"],
    "person": ["person_category", "route", "person_monthly", "single_amount", "inpatient_aid", "outpatient_aid"],
}
_SIZES = (1, 1, 2, 1, 2, 3)  # mostly small: the interpreter takes its time for each member
CHUNK = 2_000


def households(first: int, count: int) -> Iterator[Row]:
    """Random households with one to three members; the same number always gives the same household."""
    for number in range(first, first + count):
        document = random_household(random.Random(number), f"H{number}")
        members = document["members"] = document["members"][: _SIZES[number % len(_SIZES)]]
        kept = {member["person_id"] for member in members}
        document["supporters"] = [item for item in document["supporters"] if item["supports"] in kept]
        document["settlements"] = [item for item in document["settlements"] if item["person_id"] in kept]
        yield read_household(document, as_of=AS_OF)


def outputs(pack: Pack, entity: str) -> list[str]:
    return [name for name in OUTPUTS[entity] if name in pack.rules]


def cell(value: Any, hundredths: bool) -> Any:
    """As the tables hold it: money in 分, truth in words."""
    if isinstance(value, Fraction):
        return int(value * (100 if hundredths else 1))
    return value if not isinstance(value, bool) else str(value).lower()


def keys(row: Row) -> list[str]:
    """Of a household its own, of anything else the household's and the person's."""
    if row.above is None:
        return [row.key]
    return [*keys(row.above), row.key] if row.entity == "person" else keys(row.above)


def main(first: int, count: int, folder: Path) -> None:
    packs = [load_pack(name) for name in PACKS]
    values = {pack.name: Values(pack, AS_OF, STANDARDS) for pack in packs}
    for pack in packs:  # only what the compared rules rest on
        needed = rests_on(pack, [*outputs(pack, "household"), *outputs(pack, "person")])
        pack.compiled["program"] = [step for step in program(pack) if step[0] in needed]
    with ExitStack() as files:

        def table(name: str) -> Any:
            return csv.writer(files.enter_context((folder / f"{name}-{first}.csv").open("w", newline="")))

        tables = {entity: table(entity) for entity in ENTITIES}
        expected = {
            (pack.name, entity): table(f"expected-{pack.name}-{entity}") for pack in packs for entity in OUTPUTS
        }
        gc.disable()  # rows know their household and it its rows: cleared a chunk at a time
        for number, household in enumerate(households(first, count), 1):
            for entity, columns in _COLUMNS.items():
                for row in rows_of(household, entity):
                    tables[entity].writerow(keys(row) + [cell(row.values[c.name], c.kind == "money") for c in columns])
            for pack in packs:
                Evaluation(pack, household, values[pack.name])
                for entity in OUTPUTS:
                    names = outputs(pack, entity)
                    for row in rows_of(household, entity):
                        found = [cell(row.values[name], pack.rules[name].unit.startswith("元")) for name in names]
                        expected[pack.name, entity].writerow(keys(row) + found)
            if number % CHUNK == 0:
                gc.collect()


_COLUMNS = {entity: [column for column in COLUMNS if column.entity == entity] for entity in ENTITIES}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))

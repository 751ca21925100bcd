"""The registry snapshot of a county (docs/registry-snapshot.md), written as Parquet through DuckDB."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from doudi.engine.backends.duckdb import quoted
from doudi.engine.identity import Tokeniser
from doudi.engine.indicators.records import CORE, RECORDS
from doudi.engine.synth.model import County, Household, Record

_STANDARDS = {
    "parameter": "VARCHAR",
    "division": "VARCHAR",
    "area": "VARCHAR",
    "valid_from": "DATE",
    "value": "DECIMAL(18,4)",
}


def write_registry(county: County, folder: Path) -> dict[str, int]:
    """Write the snapshot with its sample ``token.key``; returns the rows of each file."""
    folder.mkdir(parents=True)
    tokeniser = Tokeniser(county.token_key)
    keys = {person.person_no: tokeniser.person_key(person.id_number) for person in county.persons()}
    homes = {household.household_no: tokeniser.household_key(household.household_no) for household in county.households}
    sources: dict[str, Iterable[tuple[object, ...]]] = {
        "members": _members(county, keys, homes),
        "households": _households(county, homes),
        "payments": _payments(county, keys, homes),
        "standards": county.standards,
    }
    columns = {**CORE, **RECORDS, "standards": _STANDARDS}
    sources |= _records(county, keys, homes)
    with duckdb.connect() as connection:
        counts = {
            name: _write(connection, folder / f"{name}.parquet", columns[name], made) for name, made in sources.items()
        }
    (folder / "token.key").write_text(county.token_key.hex() + "\n", encoding="ascii")
    snapshot = {
        "period": county.period,
        "as_of": f"{county.as_of:%Y-%m-%d}",
        "counts": counts,
        "key_id": tokeniser.key_id,
        "sample": True,
        "note": "样例县：人员、地名（内置时）和标准均为虚构，标准仅作示例，不是任何地方的现行标准",
    }
    (folder / "snapshot.json").write_text(json.dumps(snapshot, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return counts


def _members(county: County, keys: dict[int, int], homes: dict[str, int]) -> Iterator[tuple[object, ...]]:
    for household in county.households:
        for member in household.members:
            person = member.person
            yield (
                keys[person.person_no],
                homes[household.household_no],
                member.relation,
                person.sex,
                person.birth_date,
                member.category,
                member.route,
                member.category_from,
                member.fanpin,
                person.disability_type,
                person.disability_grade,
                person.serious_illness,
                person.illness_from,
                person.student,
                person.labour_ability,
                person.self_care_failed_items,
                person.employed,
                person.employed_since,
                person.wage,
                person.business_net,
                person.property_net,
                person.transfer_net,
                person.other_income,
                person.income_as_of,
                person.died_on,
            )


def _households(county: County, homes: dict[str, int]) -> Iterator[tuple[object, ...]]:
    province, city = f"{county.code[:2]:0<12}", f"{county.code[:4]:0<12}"
    for household in county.households:
        living = sum(member.person.died_on is None for member in household.members)
        yield (
            homes[household.household_no],
            province,
            city,
            f"{county.code:0<12}",
            household.village.township_code,
            household.village.code,
            household.area,
            household.register,
            household.category,
            household.category_from,
            living,
            household.income_year,
            household.shared_income,
            household.spending.necessary,
            household.assets.conforms,
            household.house_grade,
            household.monthly_benefit,
        )


def _payments(county: County, keys: dict[int, int], homes: dict[str, int]) -> Iterator[tuple[object, ...]]:
    for household in county.households:
        for line in household.payments:
            person_key = None if line.person is None else keys[line.person.person_no]
            yield (
                homes[household.household_no],
                person_key,
                line.period,
                line.item,
                line.amount,
                line.result,
                line.paid_on,
            )


def _records(county: County, keys: dict[int, int], homes: dict[str, int]) -> dict[str, list[tuple[object, ...]]]:
    """The platform's own records by table; a table that nobody has a row of is left out."""
    rows: dict[str, list[tuple[object, ...]]] = {}
    owned: list[tuple[Household | None, Record]] = [(None, record) for record in county.records]
    owned += [(household, record) for household in county.households for record in household.records]
    for household, record in owned:
        values = dict(record.values)
        if household is not None:
            values["household_key"] = homes[household.household_no]
        if record.person is not None:
            values["person_key"] = keys[record.person.person_no]
        columns = RECORDS[record.table]
        if odd := set(values) - set(columns) - {"household_key"}:
            raise KeyError(f"{record.table} has no column {sorted(odd)[0]}")
        rows.setdefault(record.table, []).append(tuple(values.get(name) for name in columns))
    return rows


def _write(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: dict[str, str], made: Iterable[tuple[object, ...]]
) -> int:
    """Rows to a Parquet file sorted by its columns, keys first; through a CSV file, which DuckDB reads fast."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="", encoding="utf-8") as text:
        sheet = csv.writer(text, lineterminator="\n")
        count = 0
        for row in made:
            sheet.writerow(row)
            count += 1
        text.flush()
        connection.execute(
            f"COPY (SELECT * FROM read_csv($source, header = false, auto_detect = false, columns = {columns}, "
            f"nullstr = '') ORDER BY ALL) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)",
            {"source": text.name},
        )
    return count

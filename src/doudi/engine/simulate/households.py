"""A register from files as the tables of the rules: Parquet in three layouts, or household documents.

Everything is read, checked and laid out in SQL: a field of the wrong type or outside its choices is told with file,
household and field. What a file does not hold takes the document's default and is named in ``absent``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from doudi.engine.backends.duckdb import quoted
from doudi.engine.errors import InputError
from doudi.engine.rules.bulk import create_tables, fill_tables
from doudi.engine.rules.household import read_documents
from doudi.engine.rules.schema import COLUMNS, ENTITIES
from doudi.engine.rules.sql import KEYS
from doudi.engine.simulate.layouts import LINKS, REGISTRY, REGISTRY_FILES, Field, documents, named
from doudi.engine.simulate.stage import Source, check_links, stage

DOCUMENTS = (".json", ".jsonl", ".ndjson", ".yaml", ".yml")


@dataclass(frozen=True)
class Register:
    """The tables ``household``, ``person``, ``supporter`` and ``settlement`` of a connection, and where they are from.

    ``absent``: labels of the facts that the data does not hold. ``as_of``: the day the data says it is of.
    """

    name: str
    sha256: str
    absent: tuple[str, ...]
    as_of: dt.date | None = None

    @property
    def data(self) -> dict[str, str]:
        """For ``simulate(data=…)``."""
        return {"name": self.name, "sha256": self.sha256}


def open_register(connection: duckdb.DuckDBPyConnection, path: Path, as_of: dt.date | None = None) -> Register:
    """Lay out the register of ``path`` as the connection's tables.

    ``path``: a Parquet file with one household document a row; a folder with household.parquet, person.parquet and,
    where there are any, supporter.parquet and settlement.parquet in the layout of ``create_tables`` (money in 分); a
    registry snapshot (docs/registry-snapshot.md); or documents in JSON, JSON Lines or YAML. With ``as_of``, a birth
    date after it is an error. Raises InputError naming file, household and field.
    """
    if path.is_dir():
        if (path / "members.parquet").is_file() and (path / "households.parquet").is_file():
            return _snapshot(connection, path, as_of)
        if (path / "household.parquet").is_file():
            return _tables(connection, path, as_of)
        raise InputError(
            "this folder holds neither a registry snapshot nor tables of households",
            where=str(path),
            hint="give members.parquet and households.parquet, or household.parquet and person.parquet",
        )
    if not path.is_file():
        raise InputError("no such file", where=str(path), hint="give a Parquet file, a folder, or household documents")
    if path.suffix.lower() in DOCUMENTS:
        create_tables(connection)
        fill_tables(connection, read_documents(path), as_of)
        return Register(str(path), _digest([path]), ())
    return _nested(connection, path, as_of)


def _nested(connection: duckdb.DuckDBPyConnection, path: Path, as_of: dt.date | None) -> Register:
    """One household document a row."""
    types = _types(connection, path)
    fields = documents(types, str(path))
    file = f"read_parquet({quoted(path)})"
    division = "CAST(division AS VARCHAR)" if "division" in types else "CAST(NULL AS VARCHAR)"
    for entity in ENTITIES:
        source = Source(f"{file} AS t", ["household_id"], ["household"]) if entity == "household" else None
        if entity in LINKS and entity in fields:
            link = LINKS[entity]
            unnested = f"household_id, {division} AS household_division, unnest({link.field}) AS item"
            text = f"(SELECT {unnested} FROM {file}) AS t"
            source = Source(text, ["household_id", f"item.{link.person}"], ["household", link.person])
        stage(connection, entity, source, fields.get(entity, []), path.name, as_of)
    check_links(connection, path.name, every_household=True)
    return Register(str(path), _digest([path]), _absent(fields))


def _tables(connection: duckdb.DuckDBPyConnection, folder: Path, as_of: dt.date | None) -> Register:
    """One file a table."""
    files = {entity: folder / f"{entity}.parquet" for entity in ENTITIES}
    files = {entity: file for entity, file in files.items() if file.is_file()}
    if "person" not in files:
        raise InputError("person.parquet is missing", where=str(folder), hint="give the members of the households")
    types = {entity: _types(connection, file) for entity, file in files.items()}
    found = {entity: named(entity, types[entity], str(file)) for entity, file in files.items()}
    # Numbers and texts cannot be joined: keys that differ between the files are taken as text.
    kinds = {key: {str(types[entity][key]) for entity in files if key in types[entity]} for key in KEYS["person"]}
    for entity in ENTITIES:
        source = None
        if entity in files:
            keys = [f"CAST(t.{key} AS VARCHAR)" if len(kinds[key]) > 1 else f"t.{key}" for key in KEYS[entity]]
            source = Source(f"read_parquet({quoted(files[entity])}) AS t", keys, ["household", "member"][: len(keys)])
        stage(connection, entity, source, found.get(entity, []), f"{folder.name}/{entity}.parquet", as_of)
    check_links(connection, folder.name, every_household=False)
    return Register(str(folder), _digest(files.values()), _absent(found))


def _snapshot(connection: duckdb.DuckDBPyConnection, folder: Path, as_of: dt.date | None) -> Register:
    """The registry snapshot: what it holds in other columns is mapped, the rest has defaults."""
    found: dict[str, list[Field]] = {}
    for entity in ENTITIES:
        if entity not in REGISTRY_FILES:
            stage(connection, entity, None, [], folder.name, as_of)
            continue
        file = folder / REGISTRY_FILES[entity]
        held = _types(connection, file)
        found[entity] = [field for field in REGISTRY[entity] if field.needs <= held.keys()]
        keys = [f"t.{key}" for key in KEYS[entity]]
        missing = [key for key in KEYS[entity] if key not in held]
        if missing:
            raise InputError(f"there is no column {missing[0]}", where=str(file), hint="see docs/registry-snapshot.md")
        rows = f"read_parquet({quoted(file)})"
        if entity == "person":  # who names no place of work works where the household lives
            homes = "SELECT household_key, division AS household_division FROM household"
            rows = f"(SELECT * FROM {rows} LEFT JOIN ({homes}) USING (household_key))"
            found[entity].append(Field("workplace_division", "t.household_division", "VARCHAR"))
        source = Source(f"{rows} AS t", keys, ["household", "member"][: len(keys)])
        stage(connection, entity, source, found[entity], file.name, as_of)
    check_links(connection, folder.name, every_household=False)
    about = folder / "snapshot.json"
    day = json.loads(about.read_text("utf-8")).get("as_of") if about.is_file() else None
    files = [folder / name for name in REGISTRY_FILES.values()]
    return Register(str(folder), _digest(files), _absent(found), dt.date.fromisoformat(day) if day else None)


def _types(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, Any]:
    try:
        relation = connection.sql(f"SELECT * FROM read_parquet({quoted(file)})")
        return dict(zip(relation.columns, relation.types, strict=True))
    except duckdb.Error as error:
        raise InputError(
            f"cannot be read as Parquet: {str(error).splitlines()[0]}",
            where=str(file),
            hint="write it with COPY … TO … (FORMAT parquet)",
        ) from None


def _absent(found: Mapping[str, list[Field]]) -> tuple[str, ...]:
    held = {(entity, field.column) for entity, fields in found.items() for field in fields}
    return tuple(column.label for column in COLUMNS if (column.entity, column.name) not in held)


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()

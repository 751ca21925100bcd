"""Which column of a file holds which fact: household documents, tables of the rules, registry snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doudi.engine.errors import InputError
from doudi.engine.rules.schema import COLUMNS, Column

Types = Mapping[str, Any]  # column → DuckDBPyType


@dataclass(frozen=True)
class Field:
    """A fact of the rules and how it is read from a row of the source. ``fen``: money in 分 already."""

    column: str
    sql: str
    type: str  # as DuckDB writes it: VARCHAR, DECIMAL(10,2), STRUCT(…)
    fen: bool = False
    needs: frozenset[str] = frozenset()  # columns of a registry file that it is read from


@dataclass(frozen=True)
class Link:
    """Where a document lists its members, supporters, settlements, and what names the person there."""

    field: str
    person: str


LINKS = {
    "person": Link("members", "person_id"),
    "supporter": Link("supporters", "supports"),
    "settlement": Link("settlements", "person_id"),
}
# Fields that name things and enter no rule.
_NAMES = {
    "household": {"household_id"},
    "person": {"person_id", "name", "id_number"},
    "supporter": {"supports", "name"},
    "settlement": {"person_id"},
}


def documents(types: Types, where: str) -> dict[str, list[Field]]:
    """The facts of each entity in rows that are household documents. Raises InputError for what is no field."""
    if "household_id" not in types:
        raise InputError(
            "there is no column household_id", where=where, hint="give one household document a row, see docs"
        )
    lists = {link.field: entity for entity, link in LINKS.items()}
    found = {"household": _fields("household", {k: t for k, t in types.items() if k not in lists}, "", where)}
    for name, entity in lists.items():
        if name not in types:
            continue
        if types[name].id != "list" or dict(types[name].children)["child"].id != "struct":
            raise InputError(f"{name} is {types[name]}, not a list of structs", where=where, hint="see docs")
        inner = dict(dict(types[name].children)["child"].children)
        found[entity] = _fields(entity, inner, "item.", f"{where}: {name}")
        if LINKS[entity].person not in inner:
            raise InputError(f"{name} have no {LINKS[entity].person}", where=where, hint="give it as text")
        if entity == "person":
            found[entity] = _with_document_facts(found[entity], inner)
    if "person" not in found:
        raise InputError("there is no column members", where=where, hint="give every co-living family member")
    return found


def _fields(entity: str, types: Types, prefix: str, where: str) -> list[Field]:
    columns = {column.field: column for column in COLUMNS if column.entity == entity}
    groups = {field.partition(".")[0] for field in columns if "." in field}
    found: list[Field] = []
    for name, kind in types.items():
        if name in _NAMES[entity]:
            continue
        if name in groups and kind.id == "struct":
            for leaf, inner in kind.children:
                found.append(
                    _field(columns, f"{name}.{leaf}", inner, f"{prefix}{_quoted(name)}.{_quoted(leaf)}", where)
                )
        elif name in groups and str(kind) not in ('"NULL"', "NULL", "INTEGER"):  # a column of nothing but NULL
            raise InputError(f"{name} is {kind}, not a struct", where=where, hint="see docs/household-document.md")
        elif name not in groups:
            found.append(_field(columns, name, kind, f"{prefix}{_quoted(name)}", where))
    return found


def _field(columns: Mapping[str, Column], path: str, kind: Any, sql: str, where: str) -> Field:
    if path not in columns:
        raise InputError(f"unknown field {path}", where=where, hint=f"known fields: {', '.join(sorted(columns))}")
    return Field(columns[path].name, sql, str(kind))


def _with_document_facts(fields: list[Field], inner: Types) -> list[Field]:
    """The birth date stands in the ID number too; who names no place of work works where the household lives."""
    held = {field.column: field for field in fields}
    if str(inner.get("id_number")) == "VARCHAR":
        number = "item.id_number"
        born = f"CASE WHEN length({number}) = 18 THEN CAST(TRY_STRPTIME({number}[7:14], '%Y%m%d') AS DATE) END"
        given = held.get("birth_date")
        sql = f"COALESCE(TRY_CAST(NULLIF(CAST({given.sql} AS VARCHAR), '') AS DATE), {born})" if given else born
        if given is None or given.type != "VARCHAR":  # text is checked as it stands
            held["birth_date"] = Field("birth_date", sql, "DATE")
    place = held.get("workplace_division")
    sql = f"COALESCE(NULLIF(CAST({place.sql} AS VARCHAR), ''), household_division)" if place else "household_division"
    held["workplace_division"] = Field("workplace_division", sql, "VARCHAR")
    return list(held.values())


def named(entity: str, types: Types, where: str) -> list[Field]:
    """Columns called as the rules call them, money in 分."""
    columns = {column.name: column for column in COLUMNS if column.entity == entity}
    keys = ("household_key",) if entity == "household" else ("household_key", "person_key")
    for key in keys:
        if key not in types:
            raise InputError(f"there is no column {key}", where=where, hint=f"{entity} needs {', '.join(keys)}")
    unknown = [name for name in types if name not in columns and name not in keys]
    if unknown:
        raise InputError(
            f"unknown column {unknown[0]}", where=where, hint=f"known columns: {', '.join(sorted(columns))}"
        )
    return [Field(name, f"t.{_quoted(name)}", str(kind), fen=True) for name, kind in types.items() if name in columns]


def _registry(column: str, source: str, kind: str, sql: str = "") -> Field:
    return Field(column, sql or f"t.{source}", kind, fen=True, needs=frozenset({source}))


_SAME = {
    "relation": "VARCHAR",
    "sex": "VARCHAR",
    "birth_date": "DATE",
    "fanpin": "VARCHAR",
    "disability_type": "VARCHAR",
    "disability_grade": "INTEGER",
    "serious_illness": "BOOLEAN",
    "student": "VARCHAR",
    "self_care_failed_items": "INTEGER",
    "employed": "BOOLEAN",
    "employed_since": "DATE",
    "wage": "BIGINT",
    "business_net": "BIGINT",
    "property_net": "BIGINT",
    "transfer_net": "BIGINT",
    "other_income": "BIGINT",
    "died_on": "DATE",
}
REGISTRY_FILES = {"household": "households.parquet", "person": "members.parquet"}
# What the snapshot holds only as a sum stands in one column of its kind: the rules add these columns up.
REGISTRY = {
    "household": [
        _registry("area", "area", "VARCHAR"),
        _registry("division", "village_code", "VARCHAR"),
        _registry("property_conforms", "property_conforms", "BOOLEAN"),
        _registry("shared_other_income", "shared_income", "BIGINT"),
        _registry("spending_illness_rigid", "necessary_spending", "BIGINT"),
        _registry("previous_category", "category", "VARCHAR"),
        _registry("previous_monthly", "monthly_benefit", "BIGINT"),
        _registry("house_grade", "house_grade", "VARCHAR"),
    ],
    "person": [
        *(_registry(name, name, kind) for name, kind in _SAME.items()),
        _registry("labour_ability_given", "labour_ability", "VARCHAR"),
        _registry("current_category", "category", "VARCHAR"),
        # Who is recognised as 特困 was found without a supporter who can support.
        _registry("has_legal_supporter", "category", "BOOLEAN", "(t.category IS DISTINCT FROM 'TEKUN')"),
    ],
}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

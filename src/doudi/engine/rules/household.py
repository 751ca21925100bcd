"""Read household documents (interfaces: the household document) into rows of columns, or say exactly what is wrong."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from doudi.engine.errors import InputError
from doudi.engine.money import parse_money
from doudi.engine.rules.schema import COLUMNS, Column
from doudi.engine.rules.yamlfile import parse_yaml

# Fields that name things and enter no rule.
_FREE = {
    "household": {"household_id"},
    "person": {"person_id", "name", "id_number"},
    "supporter": {"supports", "name"},
    "settlement": {"person_id"},
}
_NESTED = {
    "household": {"members", "supporters", "settlements"},
    "person": set(),
    "supporter": set(),
    "settlement": set(),
}


@dataclass(slots=True)
class Row:
    """One household, person, supporter or settlement: its columns, what stands above it and below it."""

    entity: str
    key: str
    values: dict[str, Any]
    above: Row | None = None
    below: dict[str, list[Row]] = field(default_factory=dict)
    shown: dict[object, Any] = field(default_factory=dict)  # what explanations wrote already


def _fields(entity: str) -> tuple[dict[str, Column], dict[str, dict[str, Column]]]:
    flat: dict[str, Column] = {}
    groups: dict[str, dict[str, Column]] = {}
    for column in COLUMNS:
        if column.entity == entity:
            group, _, leaf = column.field.rpartition(".")
            (groups.setdefault(group, {}) if group else flat)[leaf] = column
    return flat, groups


_FIELDS = {entity: _fields(entity) for entity in _FREE}


def read_documents(path: Path) -> list[Any]:
    """The household documents of a JSON, JSON Lines or YAML file: one, or a list. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}",
            where=str(path),
            hint="give a JSON, JSON Lines or YAML file in UTF-8",
        ) from None
    if path.suffix.lower() in (".yaml", ".yml"):
        return _as_list(parse_yaml(text, str(path))[0])
    try:
        return _as_list(json.loads(text, parse_float=Decimal, object_pairs_hook=_unique))
    except InputError as error:
        raise InputError(error.what, where=str(path), hint=error.hint) from None
    except json.JSONDecodeError as whole:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) > 1 and lines[0][1].lstrip().startswith("{") and _is_json(lines[0][1]):
            return [_json_line(line, f"{path}:{number}") for number, line in lines]
        if path.suffix.lower() not in (".json", ".jsonl", ".ndjson") and text.strip()[:1] not in ("{", "["):
            return _as_list(parse_yaml(text, str(path))[0])
        raise InputError(f"not valid JSON: {whole.msg}", where=f"{path}:{whole.lineno}") from None


def _as_list(document: Any) -> list[Any]:
    if isinstance(document, dict) and document.keys() == {"households"}:
        document = document["households"]
    return document if isinstance(document, list) else [] if document is None else [document]


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except json.JSONDecodeError:
        return False
    return True


def _json_line(line: str, where: str) -> Any:
    try:
        return json.loads(line, parse_float=Decimal, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON: {error.msg}", where=where) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice = next(key for key, _ in pairs if [k for k, _ in pairs].count(key) > 1)
        raise InputError(f"{twice} is written twice", hint="keep one of them")
    return result


def read_household(document: Any, where: str = "household", as_of: dt.date | None = None) -> Row:
    """One household document as rows. Raises InputError naming the field, what is wrong with it and what to do."""
    if not isinstance(document, Mapping):
        raise InputError("a household is an object with household_id, area and members", where=where)
    identity = _identity(document, "household_id", where)
    where = f"{where} {identity}"
    household = Row("household", identity, _columns("household", document, where))
    persons = _persons(document, household, where, as_of)
    for index, item in enumerate(_list(document, "supporters", where)):
        _attach(item, "supporter", "supports", persons, f"{where}: supporters[{index}]")
    for index, item in enumerate(_list(document, "settlements", where)):
        _attach(item, "settlement", "person_id", persons, f"{where}: settlements[{index}]")
    return household


def _persons(document: Mapping[str, Any], household: Row, where: str, as_of: dt.date | None) -> dict[str, Row]:
    members = _list(document, "members", where)
    if not members:
        raise InputError("there are no members", where=f"{where}: members", hint="give every co-living family member")
    persons: dict[str, Row] = {}
    for index, item in enumerate(members):
        place = f"{where}: members[{index}]"
        if not isinstance(item, Mapping):
            raise InputError("a member is an object", where=place)
        identity = _identity(item, "person_id", place)
        if identity in persons:
            raise InputError(
                f"person_id {identity} is used twice", where=place, hint="give every member an own person_id"
            )
        values = _columns("person", item, place)
        values["birth_date"] = values["birth_date"] or _birth_date(item.get("id_number"))
        values["workplace_division"] = values["workplace_division"] or household.values["division"]
        if as_of and values["birth_date"] and values["birth_date"] > as_of:
            raise InputError(f"birth_date {values['birth_date']} is after {as_of}", where=f"{place}.birth_date")
        persons[identity] = Row("person", identity, values, household, {"supporter": [], "settlement": []})
    household.below["person"] = list(persons.values())
    return persons


def _attach(item: Any, entity: str, link: str, persons: dict[str, Row], place: str) -> None:
    if not isinstance(item, Mapping):
        raise InputError("must be an object", where=place)
    identity = _identity(item, link, place)
    if identity not in persons:
        raise InputError(
            f"{link} {identity} is no member of the household",
            where=f"{place}.{link}",
            hint=f"use one of {', '.join(persons)}",
        )
    person = persons[identity]
    rows = person.below[entity]
    rows.append(Row(entity, f"{identity}/{len(rows)}", _columns(entity, item, place), person))


def _identity(document: Mapping[str, Any], name: str, where: str) -> str:
    value = document.get(name)
    if isinstance(value, (dict, list, bool)) or value is None or not str(value).strip():
        raise InputError(f"{name} is missing", where=where, hint=f"give {name} as text")
    return str(value)


def _list(document: Mapping[str, Any], name: str, where: str) -> list[Any]:
    value = document.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InputError(f"{name} must be a list", where=f"{where}: {name}")
    return value


def _columns(entity: str, document: Mapping[str, Any], where: str) -> dict[str, Any]:
    flat, groups = _FIELDS[entity]
    for key in document:
        if key not in flat and key not in groups and key not in _FREE[entity] and key not in _NESTED[entity]:
            known = sorted({*flat, *groups, *_FREE[entity], *_NESTED[entity]})
            raise InputError(f"unknown field {key}", where=where, hint=f"known fields: {', '.join(known)}")
    values = {column.name: _value(column, document.get(name), f"{where}.{name}") for name, column in flat.items()}
    for group, columns in groups.items():
        inner = document.get(group) or {}
        if not isinstance(inner, Mapping):
            raise InputError(f"{group} must be an object", where=f"{where}.{group}")
        for key in inner:
            if key not in columns:
                raise InputError(
                    f"unknown field {group}.{key}", where=where, hint=f"known: {', '.join(sorted(columns))}"
                )
        for name, column in columns.items():
            values[column.name] = _value(column, inner.get(name), f"{where}.{group}.{name}")
        if group == "disability" and inner and not (inner.get("type") and inner.get("grade")):
            raise InputError("disability needs type and grade", where=f"{where}.disability")
    return values


def _value(column: Column, value: Any, where: str) -> Any:
    if value is None or value == "":
        if column.required:
            raise InputError(f"{column.field} is missing", where=where, hint=_hint(column))
        return column.default
    if column.kind == "money":
        amount = parse_money(value, where)
        if column.least is not None and amount < column.least:
            raise InputError(f"{value!r} is negative", where=where, hint="give 0 or more yuan")
        return Fraction(amount)
    if column.kind == "bool":
        if not isinstance(value, bool):
            raise InputError(f"{value!r} is neither true nor false", where=where, hint="write true or false")
        return value
    if column.kind == "date":
        return _date(value, where)
    if column.kind == "number":
        return _whole(column, value, where)
    text = str(value)
    if isinstance(value, (bool, dict, list)) or (column.choices and text not in column.choices):
        raise InputError(f"{value!r} is not a known {column.field}", where=where, hint=_hint(column))
    if column.name.endswith("division") and not (text.isascii() and text.isdigit() and 6 <= len(text) <= 12):
        raise InputError(
            f"{value!r} is not a division code", where=where, hint='write 6 to 12 digits as text, "410502"'
        )
    return text


def _hint(column: Column) -> str:
    return f"use one of {', '.join(column.choices)}" if column.choices else f"give {column.field}"


def _date(value: Any, where: str) -> dt.date:
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise InputError(f"{value!r} is not a date", where=where, hint="write YYYY-MM-DD") from None


def _whole(column: Column, value: Any, where: str) -> Fraction:
    number = None if isinstance(value, bool) else value
    if isinstance(value, str) and value.strip().isdigit():
        number = int(value)
    if isinstance(number, (Decimal, float)) and number == int(number):
        number = int(number)
    if not isinstance(number, int) or not (column.least or 0) <= number <= (column.most or 10**6):
        raise InputError(f"{value!r} is not a whole number from {column.least} to {column.most}", where=where)
    return Fraction(number)


def _birth_date(id_number: Any) -> dt.date | None:
    """The birth date that an 18-digit ID number carries; None when there is none."""
    text = str(id_number or "")
    try:
        return dt.datetime.strptime(text[6:14], "%Y%m%d").date() if len(text) == 18 else None  # noqa: DTZ007
    except ValueError:
        return None

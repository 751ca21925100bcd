"""Feed contracts: what a department delivers, field by field. Data in ``doudi/catalogue/feeds/*.yaml``.

A contract file has ``name, title, owner {department, label}, period, freshness_days, retention_months, key, cite,
fields`` and optionally ``rules``, ``ignored`` (headings that may stand in the file and are not read), ``condition``
(what must be there before the department may deliver, in Chinese) and ``disabled`` (off until a legal basis is
recorded). Which indicators read a feed is not said here: their SQL does (``indicators.readers``).
A field has ``name, title, type`` and optionally ``aliases, required, codes, keep, empty_as, negative, max_length,
sensitive``. ``keep: false`` means that the field is checked and then dropped: the lake holds only what an indicator
needs.
An identity number that is not ``required`` may be missing: the row then stands in the lake without a person.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import sqlglot
import yaml
from sqlglot import exp

from doudi.engine.errors import InputError

FEEDS = Path(__file__).parents[2] / "catalogue" / "feeds"

# The type of the stored column; None for types that never reach the lake.
TYPES: dict[str, str | None] = {
    "id_number": None,
    "disability_card": None,
    "sensitive_text": None,
    "account": "BIGINT",  # keyed: ``keys.account_key``
    "text": "VARCHAR",
    "code": "VARCHAR",
    "division": "VARCHAR",  # GB/T 2260 and GB/T 10114: 6, 9 or 12 digits
    "month": "VARCHAR",  # YYYY-MM
    "term": "VARCHAR",  # YYYY-1 (autumn) or YYYY-2 (spring) of the school year that begins in YYYY
    "decimal": "DECIMAL(12, 2)",
    "date": "DATE",
    "money": "BIGINT",
    "flag": "BOOLEAN",
    "integer": "BIGINT",
}
EXACT_TEXTS = frozenset({"id_number", "disability_card", "account"})
"""Types whose figures a spreadsheet's number format destroys."""
_SENSITIVE = EXACT_TEXTS | {"sensitive_text"}
PERIODS = ("month", "quarter", "term", "year", "event")
RESERVED = frozenset({"n", "person_key", "person_check", "row_key", "row_hash", "reasons", "defect", "feed_period"})
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FIELD_KEYS = frozenset(
    {"name", "title", "aliases", "type", "required", "codes", "keep", "empty_as", "negative", "max_length", "sensitive"}
)
_CONTRACT_KEYS = frozenset(
    {"name", "title", "owner", "period", "freshness_days", "retention_months", "key", "cite", "fields", "rules",
     "ignored", "condition", "disabled"}
)  # fmt: skip
_RULE_NODES = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.And, exp.Or, exp.Not, exp.Is,
    exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.In, exp.Between,
    exp.Coalesce, exp.Left,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    title: str
    type: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    codes: dict[str, str | int] = field(default_factory=dict)
    keep: bool = True
    empty_as: tuple[str, ...] = ()
    negative: bool = False
    max_length: int = 500
    sensitive: bool = False

    @property
    def masked(self) -> bool:
        """Whether pages hide the value from people who need not know it."""
        return self.sensitive or self.type in _SENSITIVE

    @property
    def headings(self) -> tuple[str, ...]:
        return (self.name, self.title, *self.aliases)

    @property
    def stored_type(self) -> str | None:
        """SQL type of the column in the lake, None where the field is dropped."""
        if not self.keep:
            return None
        if self.codes and all(isinstance(value, int) for value in self.codes.values()):
            return "INTEGER"
        return TYPES[self.type]


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition between the fields of one row; a row where it is false is quarantined with ``code``."""

    code: str
    expr: str
    message: str


@dataclass(frozen=True, slots=True)
class Contract:
    name: str
    title: str
    department: str
    owner_label: str
    period: str
    freshness_days: int
    retention_months: int  # how long a period's rows stay; a default of this project, no document gives it
    key: tuple[str, ...]
    cite: dict[str, str]
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()
    ignored: tuple[str, ...] = ()
    condition: str = ""
    disabled: bool = False

    @property
    def hash(self) -> str:
        """SHA-256 over everything that decides what a file becomes."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def id_field(self) -> Field:
        return next(entry for entry in self.fields if entry.type == "id_number")

    @property
    def stored(self) -> tuple[Field, ...]:
        """The fields that stand in the lake, in order."""
        return tuple(entry for entry in self.fields if entry.stored_type)

    def field(self, name: str) -> Field:
        return next(entry for entry in self.fields if entry.name == name)


def plain_heading(text: str) -> str:
    """A heading as it is compared: full-width forms, spaces, case and a unit of yuan do not count."""
    plain = re.sub(r"[\s\u200b\ufeff*]", "", unicodedata.normalize("NFKC", text)).lower()
    return plain.removesuffix("(元)")


def load_contract(name_or_path: str | Path) -> Contract:
    """One contract by feed name or from a file. Raises InputError."""
    if isinstance(name_or_path, Path):
        return _read(name_or_path)
    contracts = load_contracts()
    if name_or_path not in contracts:
        raise InputError(f"没有名为“{name_or_path}”的数据接口", where="feed", hint="可用：" + "、".join(contracts))
    return contracts[name_or_path]


@cache
def load_contracts(folder: Path = FEEDS) -> dict[str, Contract]:
    """Every contract of a folder by feed name, in the order of names. Raises InputError for the first bad one."""
    contracts = [_read(path) for path in sorted(folder.glob("*.yaml"))]
    return {contract.name: contract for contract in contracts}


def _read(path: Path) -> Contract:
    def refuse(what: str, hint: str = "see the other contracts in catalogue/feeds") -> InputError:
        return InputError(what, where=str(path), hint=hint)

    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise refuse(f"cannot be read as YAML: {error}") from error
    if not isinstance(raw, dict):
        raise refuse("is not a mapping")
    try:
        contract = _build(raw)
    except (KeyError, TypeError, AttributeError) as error:
        raise refuse(f"lacks or misuses {error}") from error
    for problem in _problems(raw, contract, path):
        raise refuse(problem)
    return contract


def _build(raw: dict[str, Any]) -> Contract:
    fields = []
    for entry in raw["fields"]:
        if unknown := set(entry) - _FIELD_KEYS:
            raise KeyError(f"unknown key {sorted(unknown)[0]!r} of field {entry.get('name')!r}")
        options = {**entry, "aliases": tuple(entry.get("aliases", ())), "empty_as": tuple(entry.get("empty_as", ()))}
        fields.append(
            Field(**{**options, "codes": {str(text): value for text, value in entry.get("codes", {}).items()}})
        )
    return Contract(
        name=raw["name"],
        title=raw["title"],
        department=raw["owner"]["department"],
        owner_label=raw["owner"]["label"],
        period=raw["period"],
        freshness_days=raw["freshness_days"],
        retention_months=raw["retention_months"],
        key=tuple(raw["key"]),
        cite=dict(raw["cite"]),
        fields=tuple(fields),
        rules=tuple(Rule(**rule) for rule in raw.get("rules", ())),
        ignored=tuple(raw.get("ignored", ())),
        condition=raw.get("condition", ""),
        disabled=bool(raw.get("disabled", False)),
    )


def _problems(raw: dict[str, Any], contract: Contract, path: Path) -> Iterator[str]:
    names = [entry.name for entry in contract.fields]
    if unknown := set(raw) - _CONTRACT_KEYS:
        yield f"unknown key {sorted(unknown)[0]!r}"
    if contract.name != path.stem:
        yield f"the name {contract.name!r} is not the file's"
    if contract.period not in PERIODS:
        yield f"period is {contract.period!r}, not one of {', '.join(PERIODS)}"
    for name in ("freshness_days", "retention_months"):
        if not isinstance(getattr(contract, name), int) or getattr(contract, name) < 1:
            yield f"{name} is not a positive number"
    if contract.disabled and not contract.condition:
        yield "is disabled, but says no condition under which it may be switched on"
    if sum(entry.type == "id_number" for entry in contract.fields) != 1:
        yield "exactly one field must be of type id_number"
    for entry in contract.fields:
        if entry.type not in TYPES:
            yield f"field {entry.name!r} has the unknown type {entry.type!r}"
        if not _NAME.fullmatch(entry.name) or entry.name in RESERVED or names.count(entry.name) > 1:
            yield f"field name {entry.name!r} is malformed, reserved or used twice"
        if (entry.type == "code") != bool(entry.codes):
            yield f"field {entry.name!r}: codes belong to type code, and to it only"
        if len({isinstance(value, int) for value in entry.codes.values()}) > 1:
            yield f"field {entry.name!r}: codes mix numbers and texts"
    headings = [plain_heading(text) for entry in contract.fields for text in dict.fromkeys(entry.headings)]
    if twice := next((text for text in headings if headings.count(text) > 1), None):
        yield f"two fields answer to the heading {twice!r}"
    if unknown := set(contract.key) - set(names):
        yield f"key field {sorted(unknown)[0]!r} is not a field"
    elif not any(contract.field(name).required for name in contract.key):
        yield "no field of the key is required"
    for rule in contract.rules:
        yield from rule_problems(rule, names)


def rule_problems(rule: Rule, names: list[str]) -> Iterator[str]:
    """What is wrong with a condition between the columns ``names``."""
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", rule.code):
        yield f"rule code {rule.code!r} is not in capitals"
    try:
        tree = sqlglot.parse_one(rule.expr, read="duckdb")
    except sqlglot.errors.SqlglotError as error:
        yield f"rule {rule.code} cannot be parsed: {error}"
        return
    for node in tree.walk():
        if not isinstance(node, _RULE_NODES):
            yield f"rule {rule.code} uses {node.sql()!r}, which rules may not"
        if isinstance(node, exp.Column) and node.name not in names:
            yield f"rule {rule.code} refers to the unknown field {node.name!r}"


def rule_sql(rule: Rule, columns: dict[str, str]) -> str:
    """The condition in DuckDB's SQL, with each field replaced by its expression in ``columns``."""
    tree = sqlglot.parse_one(rule.expr, read="duckdb")
    for column in list(tree.find_all(exp.Column)):
        column.replace(sqlglot.parse_one(columns[column.name], read="duckdb"))
    return tree.sql(dialect="duckdb")

"""From the text of one cell to a typed value, or the code of what is wrong with it, as SQL.

Each field is read the quick way first (the usual form) and cleaned only where that fails: CASE and COALESCE evaluate
their later branches for the remaining rows alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from doudi.engine.identity.bulk import first_key
from doudi.engine.lake.contracts import Field
from doudi.engine.lake.staging import MARK, SPACES

_WIDE = "０１２３４５６７８９．，－／：ＹＮｙｎ（）"
_PLAIN = "0123456789.,-/:YNYN()"
_DATE_FORMS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M:%S.%f",
)  # fmt: skip
_FLAGS = {
    True: ("是", "1", "Y", "YES", "TRUE", "有", "√"),
    False: ("否", "0", "N", "NO", "FALSE", "无", "×"),
}
_EARLIEST, _LATEST = "DATE '1900-01-01'", "DATE '2100-12-31'"
_MONTH = "'(?P<year>(?:19|20)[0-9]{2})[-/.年]?(?P<month>[0-9]{1,2})(?:月|[-/.]0?1( 00:00:00)?)?'"
_TERM = "'(?P<first>20[0-9]{2})(?:-(?P<last>20[0-9]{2}))?-?第?(?P<term>[12一二上下])(?:学期)?'"
_SEASON = "'(?P<year>20[0-9]{2})年?(?P<season>[春秋])季?(?:学期)?'"
_CARD = "'[1-9][0-9]{16}[0-9X][1-7][1-4](B[0-9])?'"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def clean(column: str) -> str:
    """The cell without spaces and with half-width figures and signs, NULL if nothing is left."""
    wide = _WIDE + SPACES + "'’"
    return f"nullif(upper(translate({column}, {literal(wide)}, {literal(_PLAIN)})), '')"


def _trimmed(column: str, spaces: bool) -> str:
    return f"nullif(trim({column}, {literal(SPACES)}), '')" if spaces else column


def _text(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    return _trimmed(column, spaces), f"CASE WHEN length(v_{entry.name}) > {entry.max_length} THEN 'TEXT_TOO_LONG' END"


def _date(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    cell = clean(column)
    digits = f"{cell}[1:4] || '-' || {cell}[5:6] || '-' || {cell}[7:8]"
    forms = "[" + ", ".join(map(literal, _DATE_FORMS)) + "]"
    spaced = f"trim(translate({column}, {literal(_WIDE)}, {literal(_PLAIN)}), {literal(SPACES)})"
    quick = f"TRY_CAST({column} AS DATE)"
    value = f"""CASE WHEN strlen({column}) = 10 AND {quick} IS NOT NULL THEN {quick}
      WHEN {cell} SIMILAR TO '[0-9]{{8}}' THEN TRY_CAST({digits} AS DATE)
      WHEN {cell} SIMILAR TO '[0-9]{{4}}[^0-9].*' THEN CAST(try_strptime({spaced}, {forms}) AS DATE) END"""
    range_reason = f"CASE WHEN v_{entry.name} NOT BETWEEN {_EARLIEST} AND {_LATEST} THEN 'DATE_RANGE' END"
    return value, f"CASE WHEN v_{entry.name} IS NULL THEN 'DATE_FORMAT' ELSE {range_reason} END"


def _money(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    cell = f"translate({clean(column)}, '￥¥元', '')"
    grouped = "'-?([0-9]{1,12}|[0-9]{1,3}(,[0-9]{3}){1,3})([.][0-9]{1,2}0{0,8})?'"
    value = f"""CASE WHEN {column} SIMILAR TO '[0-9]{{1,12}}([.][0-9]{{1,2}})?'
        THEN CAST(CAST({column} AS DECIMAL(16, 2)) * 100 AS BIGINT)
      WHEN {cell} SIMILAR TO {grouped}
        THEN CAST(CAST(replace({cell}, ',', '') AS DECIMAL(24, 10)) * 100 AS BIGINT) END"""
    negative = "" if entry.negative else f" WHEN v_{entry.name} < 0 THEN 'MONEY_NEGATIVE'"
    bad = f"""CASE
        WHEN {cell} SIMILAR TO '-?[0-9,]+[.][0-9]{{3,}}' THEN 'MONEY_DECIMALS'
        WHEN {cell} SIMILAR TO '-?[0-9,]{{13,}}([.][0-9]*)?' THEN 'MONEY_RANGE' ELSE 'MONEY_FORMAT' END"""
    return value, f"CASE WHEN v_{entry.name} IS NULL THEN {bad}{negative} END"


def _choice(cell: str, table: Mapping[str, str | int | bool], otherwise: str = "NULL") -> str:
    """CASE over a table. No IN list: DuckDB turns a long one into a join, which is evaluated for every row."""
    branches = " ".join(
        f"WHEN {literal(text)} THEN {literal(value) if isinstance(value, str) else value}"
        for text, value in table.items()
    )
    return f"CASE {cell} {branches} ELSE {otherwise} END"


def _flag(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    table = {text: sense for sense, texts in _FLAGS.items() for text in texts}
    value = _choice(column, {"是": True, "否": False}, _choice(clean(column), table))
    return value, f"CASE WHEN v_{entry.name} IS NULL THEN 'FLAG_UNKNOWN' END"


def _code(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    # The stored value itself is accepted too: some departments deliver codes and not words.
    meanings = {**{str(value): value for value in entry.codes.values()}, **entry.codes}
    plain = {text.upper().replace(" ", ""): value for text, value in meanings.items()}
    return (
        _choice(column, entry.codes, _choice(clean(column), plain)),
        f"CASE WHEN v_{entry.name} IS NULL THEN 'CODE_UNKNOWN' END",
    )


def _integer(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    cell = clean(column)
    value = f"CASE WHEN {cell} SIMILAR TO '-?[0-9]{{1,15}}' THEN CAST({cell} AS BIGINT) END"
    return value, f"CASE WHEN v_{entry.name} IS NULL THEN 'INTEGER_FORMAT' END"


def _decimal(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    cell = clean(column)
    value = f"CASE WHEN {cell} SIMILAR TO '[0-9]{{1,9}}([.][0-9]{{1,2}}0*)?' THEN CAST({cell} AS DECIMAL(12, 2)) END"
    return value, f"CASE WHEN v_{entry.name} IS NULL THEN 'DECIMAL_FORMAT' END"


def _month(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    cell = clean(column)
    split = f"regexp_extract({cell}, {_MONTH}, ['year', 'month'])"
    value = f"""CASE WHEN {column} SIMILAR TO '(19|20)[0-9]{{2}}-(0[1-9]|1[0-2])' THEN {column}
      WHEN regexp_full_match({cell}, {_MONTH}) AND {split}.month::INTEGER BETWEEN 1 AND 12
        THEN {split}.year || '-' || lpad({split}.month, 2, '0') END"""
    return value, f"CASE WHEN v_{entry.name} IS NULL THEN 'MONTH_FORMAT' END"


def _term(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    cell = f"replace({clean(column)}, '学年', '')"
    words = f"regexp_extract({cell}, {_TERM}, ['first', 'last', 'term'])"
    season = f"regexp_extract({cell}, {_SEASON}, ['year', 'season'])"
    consecutive = f"({words}.last = '' OR {words}.last::INTEGER = {words}.first::INTEGER + 1)"
    value = f"""CASE
      WHEN regexp_full_match({cell}, {_TERM}) AND {consecutive}
        THEN {words}.first || '-' || translate({words}.term, '一上二下', '1122')
      WHEN regexp_full_match({cell}, {_SEASON}) AND {season}.season = '秋' THEN {season}.year || '-1'
      WHEN regexp_full_match({cell}, {_SEASON}) THEN ({season}.year::INTEGER - 1) || '-2' END"""
    return value, f"CASE WHEN v_{entry.name} IS NULL THEN 'TERM_FORMAT' END"


def _division(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    cell = clean(column)
    value = f"CASE WHEN {cell} SIMILAR TO '[1-9][0-9]{{5}}([0-9]{{3}}){{0,2}}' THEN {cell} END"
    return value, f"CASE WHEN v_{entry.name} IS NULL THEN 'DIVISION_FORMAT' END"


def _account(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    cell = f"replace({clean(column)}, '-', '')"
    keyed = first_key(f"sha256($account_secret::BLOB || encode({cell}))")
    value = f"CASE WHEN {cell} SIMILAR TO '[0-9A-Z]{{6,32}}' THEN {keyed} END"
    return value, f"CASE WHEN v_{entry.name} IS NULL THEN 'ACCOUNT_FORMAT' END"


def _card(entry: Field, column: str, spaces: bool) -> tuple[str, str]:
    cell = clean(column)
    value = f"CASE WHEN {column} SIMILAR TO {_CARD} THEN {column} WHEN {cell} SIMILAR TO {_CARD} THEN {cell} END"
    return value, f"CASE WHEN v_{entry.name} IS NULL THEN 'CARD_FORMAT' END"


_BY_TYPE: dict[str, Callable[[Field, str, bool], tuple[str, str]]] = {
    "text": _text,
    "sensitive_text": _text,
    "date": _date,
    "money": _money,
    "flag": _flag,
    "code": _code,
    "integer": _integer,
    "decimal": _decimal,
    "month": _month,
    "term": _term,
    "division": _division,
    "account": _account,
    "disability_card": _card,
}


@dataclass(frozen=True, slots=True)
class FieldSql:
    """SQL of a field: its ``value`` (to be named ``v_<name>``), whether it may be bad, and ``CODE@field`` where it is.

    ``suspect`` is cheap and true of every bad cell, perhaps of a good one; ``reason`` is looked at only then.
    """

    value: str
    suspect: str
    reason: str


def field_sql(entry: Field, *, present: bool, spaces: bool, marks: bool) -> FieldSql:
    if not present:
        return FieldSql(f"CAST(NULL AS {entry.stored_type or 'VARCHAR'})", "FALSE", "CAST(NULL AS VARCHAR)")
    column, value_column = f'"{entry.name}"', f"v_{entry.name}"
    value, bad = _BY_TYPE[entry.type](entry, column, spaces)
    suspect = [f"{value_column} IS NULL" if entry.required else f"({value_column} IS NULL AND {column} IS NOT NULL)"]
    if (odd := _odd(entry, value_column)) is not None:
        suspect.append(odd)
    empty = f"{clean(column)} IS NULL"
    if entry.empty_as:
        listed = ", ".join(map(literal, entry.empty_as))
        value = f"CASE WHEN trim({column}, {literal(SPACES)}) NOT IN ({listed}) THEN {value} END"
        empty = f"({empty} OR trim({column}, {literal(SPACES)}) IN ({listed}))"
    missing = "'REQUIRED_MISSING'" if entry.required else "NULL"
    why = f"CASE WHEN {value_column} IS NULL AND ({column} IS NULL OR {empty}) THEN {missing} ELSE {bad} END"
    if marks:
        value = f"CASE WHEN NOT starts_with({column}, {literal(MARK)}) THEN {value} END"
        why = f"CASE WHEN starts_with({column}, {literal(MARK)}) THEN substr({column}, 2) ELSE {why} END"
        suspect.append(f"starts_with({column}, {literal(MARK)})")
    return FieldSql(value, " OR ".join(suspect), f"{why} || '@{entry.name}'")


def _odd(entry: Field, value: str) -> str | None:
    """When a value that could be read may be bad all the same."""
    if entry.type in ("text", "sensitive_text"):
        return f"strlen({value}) > {entry.max_length}"
    if entry.type == "date":
        return f"{value} NOT BETWEEN {_EARLIEST} AND {_LATEST}"
    if entry.type == "money" and not entry.negative:
        return f"{value} < 0"
    return None

"""From the texts of a delivery to typed values with reasons, as one SQL statement over the whole file."""

from __future__ import annotations

from doudi.engine.identity.bulk import checked_ids, first_key, hmac_sql
from doudi.engine.lake.contracts import Contract, Rule, rule_sql
from doudi.engine.lake.fields import field_sql, literal
from doudi.engine.lake.periods import last_day, last_day_after
from doudi.engine.lake.quality_rules import load_quality_rules
from doudi.engine.lake.staging import MARK, SEPARATOR, Staged, filled


def check_sql(contract: Contract, present: frozenset[str], period: str, *, staged: Staged) -> str:
    """SELECT over ``raw`` giving one row for each of its rows, in the same order.

    Columns: ``blank`` (no record: all cells empty), ``reasons`` (list of ``CODE@field``, NULL for a good row),
    ``flags`` (numbers of the rules that doubt a good row, else NULL), ``id18`` (NULL where the person is unknown),
    ``row_key, whole`` and the stored fields under their names. ``whole`` tells rows apart that differ in any field,
    dropped ones included; it means something within one file only.
    Binds ``row_secret`` and, where the contract has an account, ``account_secret``.
    """
    id_name = contract.id_field.name
    id_column = f'"{id_name}"'
    fields = {
        entry.name: field_sql(entry, present=entry.name in present, spaces=staged.spaces, marks=staged.marks)
        for entry in contract.fields
        if entry.name != id_name
    }
    id_reason = "id_reason" if contract.id_field.required else "nullif(id_reason, 'ID_EMPTY')"
    if staged.marks:
        marked = f"starts_with({id_column}, {literal(MARK)})"
        id_reason = f"CASE WHEN {marked} THEN substr({id_column}, 2) ELSE {id_reason} END"
    typed = {name: f"v_{name}" for name in fields} | {id_name: "id18"}
    row_rules = load_quality_rules().of_feed(contract.name)
    conditions = {rule.code: rule_sql(rule, typed) for rule in contract.rules}
    doubts: dict[str, str] = {}
    for row_rule in row_rules:
        into = conditions if row_rule.action == "quarantine" else doubts
        into[row_rule.number] = rule_sql(Rule(row_rule.number, row_rule.expr, ""), typed | _person(period))
    reasons = [f"{id_reason} || '@{id_name}'", *(sql.reason for sql in fields.values())]
    reasons += [f"CASE WHEN ({condition}) IS FALSE THEN '{code}@' END" for code, condition in conditions.items()]
    suspect = ["id_reason IS NOT NULL", *(sql.suspect for sql in fields.values())]
    suspect += [f"({condition}) IS FALSE" for condition in conditions.values()]

    lacking = "" if id_name in present else f", CAST(NULL AS VARCHAR) AS {id_column}"
    blank = "FALSE" if staged.plain else f"NOT ({filled(sorted(present))})"
    ids = checked_ids(f"(SELECT *{lacking}, {blank} AS blank FROM raw)", id_column, born_by=last_day_after(period))
    value_list = ", ".join(f"{sql.value} AS v_{name}" for name, sql in fields.items())
    key_text = f" || {literal(SEPARATOR)} || ".join(
        f"coalesce(CAST({typed[name]} AS VARCHAR), '')" for name in contract.key
    )
    stored_list = "".join(f", v_{entry.name} AS {entry.name}" for entry in contract.stored)
    flags = _listed([f"CASE WHEN ({condition}) IS FALSE THEN '{number}' END" for number, condition in doubts.items()])
    doubtful = " OR ".join(f"({condition}) IS FALSE" for condition in doubts.values()) or "FALSE"
    return f"""
WITH ids AS ({ids}),
valued AS (SELECT *, {value_list} FROM ids),
judged AS (SELECT *, CASE WHEN defect IS NOT NULL THEN [defect || '@']
    WHEN {" OR ".join(suspect)} THEN {_listed(reasons)} END AS reasons FROM valued)
SELECT blank, reasons, id18,
  CASE WHEN reasons IS NULL THEN {first_key(f"sha256($row_secret::BLOB || encode({key_text}))")} END AS row_key,
  CASE WHEN reasons IS NULL AND ({doubtful}) THEN {flags} END AS flags,
  CASE WHEN reasons IS NULL THEN hash({", ".join(typed.values())}) END AS whole{stored_list}
FROM judged"""


def _listed(texts: list[str]) -> str:
    """SQL of the list of those texts that are not NULL, NULL where none is left."""
    if not texts:
        return "CAST(NULL AS VARCHAR[])"
    return f"nullif(list_filter([{', '.join(texts)}], lambda text: text IS NOT NULL), CAST([] AS VARCHAR[]))"


def _person(period: str) -> dict[str, str]:
    """What row rules may name beside fields (``quality_rules.PERSON_COLUMNS``), as SQL."""
    end = last_day(period)
    born = "CAST(substr(id18, 7, 8) AS INTEGER)"
    return {
        "period_end": f"DATE '{end}'",
        "received_by": f"DATE '{last_day_after(period)}'",
        "birth_date": f"make_date({born} // 10000, {born} // 100 % 100, {born} % 100)",
        "age": f"(({end:%Y%m%d} - {born}) // 10000)",
    }


def token_sql() -> str:
    """SELECT of ``id18, person_key`` for every person among the good ``records``; binds ``hmac_parameters``.

    A token is the dearest thing here: each person's is made once, however many rows he has.
    """
    people = "(SELECT DISTINCT id18 FROM records WHERE reasons IS NULL AND id18 IS NOT NULL)"
    return f"SELECT id18, {first_key(hmac_sql('id18'))} AS person_key FROM {people}"


def row_hash_sql(contract: Contract) -> str:
    """SQL of a row's 63-bit content hash over the person and all kept fields, as BIGINT.

    DuckDB's own hash: it costs a hundredth of a digest. ``ROW_HASH_PROBE`` tells under which hash a version was made.
    """
    return f"CAST(hash({', '.join(['person_key', *(entry.name for entry in contract.stored)])}) >> 1 AS BIGINT)"


ROW_HASH_PROBE = "SELECT CAST(hash(1::BIGINT, '兜底', DATE '2024-03-01', true, NULL::VARCHAR) >> 1 AS BIGINT)"
"""Row hashes of two versions may be compared where this gave the same number when each was written."""

"""From the texts of a delivery to typed values with reasons, as one SQL statement over the whole file."""

from __future__ import annotations

from doudi.engine.identity.bulk import checked_ids, first_key, hmac_sql
from doudi.engine.lake.contracts import Contract, rule_sql
from doudi.engine.lake.fields import field_sql, literal
from doudi.engine.lake.periods import last_day_after
from doudi.engine.lake.staging import MARK, SEPARATOR, filled


def check_sql(contract: Contract, present: frozenset[str], period: str, *, spaces: bool, marks: bool) -> str:
    """SELECT over the table ``raw`` giving one row a record.

    Columns: ``n`` (the record's place in the file), ``reasons`` (list of ``CODE@field``, NULL for a good row),
    ``person_key, person_check, row_key, row_hash, whole`` and the stored fields under their names. ``whole`` tells
    rows apart that differ in any field, dropped ones included; it means something within one file only.
    Binds ``inner_pad``, ``outer_pad``, ``row_secret`` and, where the contract has an account, ``account_secret``.
    """
    id_name = contract.id_field.name
    values: dict[str, str] = {}
    reasons: list[str] = []
    for entry in contract.fields:
        if entry.name == id_name:
            continue
        values[entry.name], why = field_sql(entry, present=entry.name in present, spaces=spaces, marks=marks)
        reasons.append(why)
    id_column = f'"{id_name}"'
    id_reason = "id_reason" if contract.id_field.required else "nullif(id_reason, 'ID_EMPTY')"
    if marks:
        id_reason = (
            f"CASE WHEN starts_with({id_column}, {literal(MARK)}) THEN substr({id_column}, 2) ELSE {id_reason} END"
        )
    reasons.insert(0, f"{id_reason} || '@{id_name}'")
    typed = {name: f"v_{name}" for name in values} | {id_name: "id18"}
    reasons += [f"CASE WHEN ({rule_sql(rule, typed)}) IS FALSE THEN '{rule.code}@' END" for rule in contract.rules]

    lacking = "" if id_name in present else f", CAST(NULL AS VARCHAR) AS {id_column}"
    base = f"(SELECT rowid AS n, *{lacking} FROM raw WHERE {filled(sorted(present))})"
    ids = checked_ids(base, id_column, born_by=last_day_after(period))
    value_list = ", ".join(f"{sql} AS v_{name}" for name, sql in values.items())
    why_list = ", ".join(f"{sql} AS w{at}" for at, sql in enumerate(reasons))
    any_bad = " OR ".join(f"w{at} IS NOT NULL" for at in range(len(reasons)))
    all_bad = "[" + ", ".join(f"w{at}" for at in range(len(reasons))) + "]"
    key_text = f" || {literal(SEPARATOR)} || ".join(
        f"coalesce(CAST({typed[name]} AS VARCHAR), '')" for name in contract.key
    )
    whole = ", ".join(typed.values())
    stored = [entry.name for entry in contract.stored]
    content = ", ".join(["person_key", *(f"coalesce(CAST(v_{name} AS VARCHAR), '')" for name in stored)])
    stored_list = "".join(f", v_{name} AS {name}" for name in stored)
    return f"""
WITH ids AS ({ids}),
valued AS (SELECT *, {value_list} FROM ids),
explained AS (SELECT *, {why_list} FROM valued),
judged AS (SELECT *, CASE WHEN defect IS NOT NULL THEN [defect || '@']
    WHEN {any_bad} THEN list_filter({all_bad}, lambda w: w IS NOT NULL) END AS reasons FROM explained),
keyed AS (SELECT *, CASE WHEN reasons IS NULL THEN {hmac_sql("id18")} END AS digest FROM judged),
split AS (SELECT *, {first_key("digest")} AS person_key, hash(id18) AS person_check FROM keyed)
SELECT n, reasons, person_key, person_check,
  CASE WHEN reasons IS NULL THEN {first_key(f"sha256($row_secret::BLOB || encode({key_text}))")} END AS row_key,
  CASE WHEN reasons IS NULL THEN {first_key(f"md5(concat_ws({literal(SEPARATOR)}, {content}))")} END AS row_hash,
  CASE WHEN reasons IS NULL THEN hash({whole}) END AS whole{stored_list}
FROM split"""

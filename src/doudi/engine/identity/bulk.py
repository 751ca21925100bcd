"""The checks of ``numbers`` and the keys of ``tokens`` as DuckDB SQL, for whole columns.

Tests hold both forms equal. Keys reach SQL as bound parameters only, never as text.
"""

from __future__ import annotations

from datetime import date

from doudi.engine.identity.numbers import CONFUSED_FROM, CONFUSED_TO, EARLIEST_BIRTH_YEAR
from doudi.engine.identity.tokens import Tokeniser

_SHAPE = "'[1-9][0-9]{16}[0-9X]'"
_SHAPE_OLD = "'[1-9][0-9]{14}'"
_SCIENTIFIC = r"'[0-9](\.[0-9]+)?[Ee]\+?[0-9]+'"

# Seventeen digits as one integer n: the weighted sum of its digits d_k with weights 2^(k+1) is a sum over the quotients
# q_k = n // 10^k instead, because d_k = q_k - 10 q_(k+1). Modulo 11 the factors are 2 for q_0, -2^(k+3) for q_k.
WEIGHTED_SUM = "(2 * n17" + "".join(f" + {-pow(2, k + 3) % 11} * (n17 // {10**k})" for k in range(1, 17)) + ") % 11"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def normalised(column: str) -> str:
    """SQL for the number of a VARCHAR column with every understood form of its characters made plain."""
    return f"translate(coalesce({column}, ''), {_literal(CONFUSED_FROM)}, {_literal(CONFUSED_TO)})"


def checked_ids(source: str, column: str, *, born_by: date | None = None) -> str:
    """SQL that adds ``id18`` (normalised number or NULL) and ``id_reason`` (NULL where it is good) to ``source``.

    ``source`` is a table name or a sub-query in brackets; ``column`` a VARCHAR column of it.
    The answers are those of ``check_id_number``.
    """

    def well_formed(text: str) -> str:
        return f"CASE WHEN {text} SIMILAR TO {_SHAPE} THEN 18 WHEN {text} SIMILAR TO {_SHAPE_OLD} THEN 15 ELSE 0 END"

    latest = f" OR id_ymd > {born_by:%Y%m%d}" if born_by else ""
    month, day, year = "(id_ymd // 100 % 100)", "(id_ymd % 100)", "(id_ymd // 10000)"
    leap = f"({year} % 4 = 0 AND ({year} % 100 <> 0 OR {year} % 400 = 0))"
    last_day = f"CASE WHEN {month} = 2 THEN 28 + {leap}::INTEGER ELSE 30 + ({month} + {month} // 8) % 2 END"
    return f"""
SELECT * EXCLUDE (id_text, id_length, n17, id_sum, id_ymd, id_last),
       CASE WHEN id_reason IS NULL
            THEN CASE WHEN id_length = 18 THEN id_text ELSE n17::VARCHAR || id_last END END AS id18
FROM (
  SELECT *, CASE
      WHEN n17 IS NULL THEN CASE
        WHEN id_text = '' THEN 'ID_EMPTY'
        WHEN regexp_full_match(id_text, {_SCIENTIFIC}) THEN 'ID_SCIENTIFIC'
        WHEN length(id_text) NOT IN (15, 18) THEN 'ID_LENGTH' ELSE 'ID_CHARACTERS' END
      WHEN id_ymd < {EARLIEST_BIRTH_YEAR}0101 OR {month} NOT BETWEEN 1 AND 12 OR {day} < 1 OR {day} > {last_day}{latest}
        THEN 'ID_DATE'
      WHEN id_length = 18 AND id_text[18] <> id_last THEN 'ID_CHECKSUM' END AS id_reason
  FROM (
    SELECT *, '10X98765432'[id_sum + 1] AS id_last FROM (
      SELECT *, {WEIGHTED_SUM} AS id_sum, n17 // 1000 % 100000000 AS id_ymd FROM (
        SELECT *, CASE
            WHEN id_length = 18 THEN left(id_text, 17)::BIGINT
            WHEN id_length = 15 THEN (left(id_text, 6) || '19' || substr(id_text, 7))::BIGINT END AS n17
        FROM (
          SELECT * EXCLUDE (id_typed),
                 CASE WHEN id_typed > 0 THEN id_typed ELSE {well_formed("id_text")} END AS id_length
          FROM (
            SELECT *, CASE WHEN id_typed > 0 THEN {column} ELSE {normalised(column)} END AS id_text
            FROM (SELECT *, {well_formed(column)} AS id_typed FROM {source})))))))"""


def hmac_sql(text: str) -> str:
    """SQL for the HMAC-SHA256 of a VARCHAR expression, 64 hex digits; bind ``hmac_parameters``."""
    return f"sha256($outer_pad::BLOB || unhex(sha256($inner_pad::BLOB || encode({text}))))"


def first_key(digest: str) -> str:
    """SQL for bits 0 to 63 of a hex digest, as signed BIGINT: ``Tokeniser.person_key``."""
    return f"unhex(left({digest}, 16))::BIT::BIGINT"


def hmac_parameters(tokeniser: Tokeniser) -> dict[str, bytes]:
    return {"inner_pad": tokeniser.inner_pad, "outer_pad": tokeniser.outer_pad}

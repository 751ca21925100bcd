"""Records that are one person by their numbers alone: found exactly, no model needed. Still only suggestions."""

from __future__ import annotations

from doudi.engine.identity.bulk import checked_ids, normalised

KINDS = {
    "SAME_NUMBER": "身份证号相同（含 15 位与 18 位）",
    "RECORDED_CHANGE": "新旧身份证号有变更记录",
    "CHECK_DIGIT": "身份证号前 17 位相同、校验码不同",
    "OTHER_COUNTY": "姓名、出生日期、顺序码相同，地区码不同",
}
"""Why two records are one person, the surest first."""


def same_number_pairs(source: str, *, row: str, number: str, name: str = "NULL", changes: str | None = None) -> str:
    """SQL that pairs the rows of ``source`` whose numbers say that they are one person.

    ``source`` is a table name or a sub-query in brackets; ``row`` (any type, unique), ``number`` (VARCHAR as typed) and
    ``name`` its columns. ``changes``, a table or sub-query with the columns ``old_number`` and ``new_number``, holds
    the changes of numbers that the police recorded. Columns: ``left_id``, ``right_id``, ``kind`` of :data:`KINDS`; a
    pair comes once, with its surest kind. Of n rows with one number n − 1 pairs come, all with the first of them.
    """
    order = "CASE kind " + " ".join(f"WHEN '{kind}' THEN {at}" for at, kind in enumerate(KINDS)) + " END"
    recorded = ""
    if changes:
        old = f"(SELECT id18 AS old18, new_number FROM ({checked_ids(changes, 'old_number')}))"
        recorded = f"""
  UNION ALL
  SELECT o.row_id, n.row_id, 'RECORDED_CHANGE'
  FROM ({checked_ids(old, "new_number")}) AS c
  JOIN numbered AS o ON o.id18 = c.old18 JOIN numbered AS n ON n.id18 = c.id18
  WHERE o.row_id <> n.row_id"""
    return f"""
WITH numbered AS (
  SELECT {row} AS row_id, id18, left(coalesce(id18, {normalised(number)}), 17) AS body,
    nullif(regexp_replace(coalesce({name}, ''), '[\\s\\x{{3000}}·•．.・]', '', 'g'), '') AS plain_name
  FROM ({checked_ids(source, number)})
  WHERE id18 IS NOT NULL OR id_reason = 'ID_CHECKSUM'
),
firsts AS (
  SELECT row_id, id18, body,
    first_value(row_id) OVER best AS first_id, first_value(id18) OVER best AS first18
  FROM numbered WINDOW best AS (PARTITION BY body ORDER BY id18 NULLS LAST, row_id)
),
found AS (
  SELECT first_id AS left_id, row_id AS right_id,
    CASE WHEN id18 = first18 THEN 'SAME_NUMBER' ELSE 'CHECK_DIGIT' END AS kind
  FROM firsts WHERE row_id <> first_id
  UNION ALL
  SELECT a.row_id, b.row_id, 'OTHER_COUNTY'
  FROM numbered AS a JOIN numbered AS b
    ON substr(a.body, 7) = substr(b.body, 7) AND a.plain_name = b.plain_name AND left(a.body, 6) <> left(b.body, 6)
  WHERE a.row_id < b.row_id AND a.id18 IS NOT NULL AND b.id18 IS NOT NULL{recorded}
)
SELECT least(left_id, right_id) AS left_id, greatest(left_id, right_id) AS right_id, arg_min(kind, {order}) AS kind
FROM found GROUP BY ALL"""

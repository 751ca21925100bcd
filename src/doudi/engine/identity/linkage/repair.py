"""Numbers that a clerk may have meant by a number that fails its check. Suggestions only: nothing applies them.

GB 11643-1999 finds every single wrong digit and every transposition of neighbours, so each such mistake leaves few
numbers it can have come from. What else the row says of the person (birth date, sex, county) decides among them.
"""

from __future__ import annotations

from doudi.engine.identity.bulk import checked_ids, normalised

KINDS = {
    "CHECK_DIGIT": "末位校验码有误",
    "CHARACTER": "有一位不是数字",
    "TRANSPOSITION": "相邻两位颠倒",
    "ONE_DIGIT": "有一位数字有误",
    "LAST_MISSING": "缺少末位校验码",
}
"""What may have happened, the likeliest first: the order of equally well supported suggestions."""

_CHECK = "'10X98765432'"
_WEIGHT = "[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]"
_INVERSE = "[8, 5, 10, 9, 7, 3, 6, 1, 2, 4, 8, 5, 10, 9, 7, 3, 6]"


def repair_suggestions(
    source: str, *, row: str, number: str, birth_date: str = "NULL", sex: str = "NULL", division: str = "NULL"
) -> str:
    """SQL that suggests numbers for the rows of ``source`` whose number fails its check.

    ``source`` is a table name or a sub-query in brackets; the others are its columns (or expressions over them): any
    row identifier, the VARCHAR number as typed, DATE, 'male'/'female', and a division code of 6 to 12 digits. Unknown
    ones are NULL, also row by row.

    Columns: ``row_id``, ``suggestion`` (18 characters, passes every check), ``kind`` (of :data:`KINDS`), ``supported``
    (how many of birth date, sex and county of the row agree with it), ``place`` (1 is the best of the row), ``alone``
    (no other suggestion of the row is supported as well). A suggestion whose birth date or sex contradicts the row's
    is left out; the county may differ, for a number keeps the county of its issue — unless the county itself is what
    was repaired.
    """
    digits = "list_transform(string_split(left(text, 17), ''), lambda c: try_cast(c AS INTEGER))"
    total = f"list_sum(list_transform(range(1, 18), lambda i: coalesce(d[i], 0) * {_WEIGHT}[i]))::INTEGER"
    # What the number is short of the multiple of eleven that it must be: digits × weights + check digit ≡ 1.
    excess = "(total + CASE WHEN text[18] = 'X' THEN 10 ELSE text[18]::INTEGER END + 10) % 11"
    meant = f"((coalesce(d[i], 0) - excess * {_INVERSE}[i]) % 11 + 11) % 11"
    placed = f"CASE WHEN {meant} < 10 THEN left(text, i - 1) || ({meant})::VARCHAR || substr(text, i + 1) END"
    swapped = "left(text, i - 1) || text[i + 1] || text[i] || substr(text, i + 2)"
    order = "CASE kind " + " ".join(f"WHEN '{kind}' THEN {at}" for at, kind in enumerate(KINDS)) + " END"
    candidates = f"""
SELECT *, unnest(CASE
    WHEN length(text) = 17 THEN [{{'kind': 'LAST_MISSING', 'suggestion': text || {_CHECK}[total % 11 + 1], 'spot': 18}}]
    WHEN bad = 1 THEN list_transform(list_filter(range(1, 18), lambda i: d[i] IS NULL),
        lambda i: {{'kind': 'CHARACTER', 'suggestion': {placed}, 'spot': i}})
    ELSE list_concat(
        [{{'kind': 'CHECK_DIGIT', 'suggestion': left(text, 17) || {_CHECK}[total % 11 + 1], 'spot': 18}}],
        list_transform(range(1, 18), lambda i: {{'kind': 'TRANSPOSITION', 'suggestion': {swapped}, 'spot': i}}),
        list_transform(range(1, 18), lambda i: {{'kind': 'ONE_DIGIT', 'suggestion': {placed}, 'spot': i}}))
    END) AS change
FROM (SELECT *, CASE WHEN length(text) = 18 THEN {excess} END AS excess FROM (
  SELECT *, {total} AS total, 17 - list_count(d) AS bad FROM (
    SELECT *, {digits} AS d FROM (
      SELECT {row} AS row_id, {normalised(number)} AS text, {birth_date} AS known_birth, {sex} AS known_sex,
        left({division}, 6) AS known_county
      FROM ({checked_ids(source, number)}) WHERE id18 IS NULL)
    WHERE regexp_full_match(text, '.{{17}}[0-9X]?')))
WHERE bad = 0 OR (bad = 1 AND length(text) = 18))"""
    known = "row_id, text, known_birth, known_sex, known_county"
    spread = f"(SELECT {known}, change.kind, change.suggestion, change.spot FROM ({candidates}))"
    fitting = f"""
SELECT row_id, kind, suggestion,
  (known_birth IS NOT NULL)::INTEGER + (known_sex IS NOT NULL)::INTEGER
    + coalesce(left(suggestion, 6) = known_county, false)::INTEGER AS supported
FROM ({checked_ids(spread, "suggestion")})
WHERE id18 IS NOT NULL AND suggestion <> text
  AND coalesce(strftime(known_birth, '%Y%m%d') = substr(suggestion, 7, 8), true)
  AND coalesce((known_sex = 'male') = (suggestion[17]::INTEGER % 2 = 1), true)
  AND (spot > 6 OR known_county IS NULL OR left(suggestion, 6) = known_county)"""
    return f"""
SELECT row_id, suggestion, kind, supported,
  row_number() OVER (PARTITION BY row_id ORDER BY supported DESC, {order}, suggestion) AS place,
  count(*) OVER (PARTITION BY row_id, supported) = 1 AND supported = max(supported) OVER (PARTITION BY row_id) AS alone
FROM ({fitting})"""

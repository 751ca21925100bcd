"""Typing errors in the departments' files, at stated rates.

Some are harmless (the lake understands them), some cost the row. Errors that lose a row fall on rows that no
indicator needs, so that the planted truth stays exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from doudi.engine.identity import check_digit
from doudi.engine.synth import names
from doudi.engine.synth.feeds import LAYOUTS, Row, contract

# Shares of a file's rows (``lower_case_x``: of the numbers ending in X); at least one each in files of 60 rows.
RATES: dict[str, float] = {
    "fifteen_digits": 0.006,
    "full_width": 0.004,
    "lower_case_x": 0.3,
    "spaces_in_id": 0.004,
    "name_typo": 0.006,
    "exact_duplicate": 0.004,
    "wrong_check_digit": 0.004,
    "truncated_id": 0.002,
    "missing_name": 0.003,
    "bad_date": 0.002,
    "unknown_code": 0.002,
    "key_conflict": 0.001,
    "parts_exceed_total": 0.002,
    "scientific_notation": 0.003,
}
FULL_RATE_FROM = 60
"""Files with fewer rows get the rounded number, which may be none."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it goes into the file. ``id_as_number``: a spreadsheet made a floating-point number of the ID number."""

    row: Row
    id_as_number: bool = False


@dataclass(slots=True)
class Delivered:
    """A file's lines, the mistakes made in it, and what an ingest must therefore report."""

    lines: list[Line]
    mistakes: Counter[str]
    accepted: int
    duplicate: int
    quarantined: int


_CODE_FIELD = {
    "disability": "status",
    "medical_settlement": "kind",
    "poor_student": "poverty_grade",
    "unemployment": "status",
    "fanpin": "subtype",
}
_DATE_FIELD = {
    "disability": "issued_on",
    "medical_settlement": "settled_on",
    "funeral": "died_on",
    "fanpin": "identified_on",
}
_CONFLICT_FIELD = {
    "disability": "status",
    "medical_settlement": "institution",
    "poor_student": "school",
    "unemployment": "employer",
    "fanpin": "measures",
    "funeral": "funeral_home",
}
_WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def _id(change: Callable[[str], str]) -> Callable[[Row, str, Random], None]:
    def apply(row: Row, feed: str, rng: Random) -> None:
        row.values["id_number"] = change(str(row.values["id_number"]))

    return apply


def _wrong_check(number: str) -> str:
    return number[:17] + ("1" if check_digit(number[:17]) != "1" else "2")


def _set(fields: dict[str, str], value: str) -> Callable[[Row, str, Random], None]:
    def apply(row: Row, feed: str, rng: Random) -> None:
        row.values[fields[feed]] = value

    return apply


def _mistype_name(row: Row, feed: str, rng: Random) -> None:
    row.values["name"] = names.mistyped(str(row.values["name"]))


def _drop_name(row: Row, feed: str, rng: Random) -> None:
    row.values["name"] = ""


def _exceed(row: Row, feed: str, rng: Random) -> None:
    total = row.values["total_cost"]
    assert isinstance(total, int)
    row.values["basic_paid"] = total + 100 * rng.randint(1, 900)


_CHANGES: dict[str, Callable[[Row, str, Random], None]] = {
    "fifteen_digits": _id(lambda number: number[:6] + number[8:17]),
    "full_width": _id(lambda number: number.translate(_WIDE)),
    "lower_case_x": _id(str.lower),
    "spaces_in_id": _id(lambda number: f" {number[:6]} {number[6:14]} {number[14:]}"),
    "name_typo": _mistype_name,
    "wrong_check_digit": _id(_wrong_check),
    "truncated_id": _id(lambda number: number[:17]),
    "missing_name": _drop_name,
    "bad_date": _set(_DATE_FIELD, "2024-02-30"),
    "unknown_code": _set(_CODE_FIELD, "待核"),
    "parts_exceed_total": _exceed,
}
UNDERSTOOD = ("fifteen_digits", "full_width", "lower_case_x", "spaces_in_id", "name_typo")
"""Mistakes after which the row is still accepted for the same person."""


def make_mistakes(seed: int, feed: str, period: str, rows: list[Row]) -> Delivered:
    """The file's lines with its mistakes: each row bears at most one."""
    rng = Random(f"doudi/{seed}/{feed}/{period}/mistakes")  # noqa: S311 - a sample
    free = list(range(len(rows)))
    rng.shuffle(free)
    done: dict[int, str] = {}
    for name in RATES:
        candidates = [at for at in free if at not in done and _may(name, feed, rows[at])]
        number = _how_many(name, len(rows), candidates)
        done.update((at, name) for at in candidates[:number])
    lines: list[Line] = []
    for at, row in enumerate(rows):
        lines += _lines(done.get(at, ""), row, feed, rng)
    counts = Counter(done.values())
    lost = (
        sum(number for name, number in counts.items() if name not in (*UNDERSTOOD, "exact_duplicate"))
        + counts["key_conflict"]
    )
    return Delivered(lines, counts, len(lines) - counts["exact_duplicate"] - lost, counts["exact_duplicate"], lost)


def _how_many(name: str, rows: int, candidates: list[int]) -> int:
    if name == "lower_case_x":
        return round(RATES[name] * len(candidates))
    number = round(RATES[name] * rows)
    return min(len(candidates), max(number, 1) if rows >= FULL_RATE_FROM else number)


def _may(name: str, feed: str, row: Row) -> bool:
    if name == "fifteen_digits":
        return row.person.birth_date.year < 2000
    if name == "lower_case_x":
        return row.person.id_number.endswith("X")
    if name in UNDERSTOOD or name == "exact_duplicate":
        return True
    if name == "scientific_notation":
        return row.safe and LAYOUTS[feed].kind == "xlsx"
    if name == "parts_exceed_total":
        return row.safe and feed == "medical_settlement"
    if name in ("unknown_code", "bad_date"):
        return row.safe and feed in (_CODE_FIELD if name == "unknown_code" else _DATE_FIELD)
    return row.safe


def _lines(mistake: str, row: Row, feed: str, rng: Random) -> list[Line]:
    if mistake == "exact_duplicate":
        return [Line(row), Line(row)]
    if mistake == "scientific_notation":
        return [Line(row, id_as_number=True)]
    if mistake == "key_conflict":
        other = Row(dict(row.values), row.person, row.safe)
        field = _CONFLICT_FIELD[feed]
        statuses = [word for word in _codes(feed, field) if word != other.values[field]]
        other.values[field] = statuses[0] if statuses else f"{other.values[field]}（二次录入）"
        return [Line(row), Line(other)]
    if mistake:
        _CHANGES[mistake](row, feed, rng)
    return [Line(row)]


def _codes(feed: str, field: str) -> list[str]:
    found: dict[str, object] = next(item for item in contract(feed)["fields"] if item["name"] == field).get("codes", {})
    return list(found)

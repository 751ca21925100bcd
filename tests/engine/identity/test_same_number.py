"""一人一次 by the numbers alone (R264, 鄂民政发〔2024〕21号 三(二)): 15 and 18 digits, check digits, changes."""

from __future__ import annotations

import duckdb
import pytest

from doudi.engine.identity import check_digit
from doudi.engine.identity.linkage import same_number_pairs

BODY = "41052219790201003"
GOOD = BODY + check_digit(BODY)
OLD = BODY[:6] + BODY[8:]
MOVED = "410523" + BODY[6:]
MOVED += check_digit(MOVED)
WRONG_CHECK = BODY + ("0" if GOOD[17] != "0" else "1")
OTHER = "41052219790201005" + check_digit("41052219790201005")


def pairs(*rows: tuple[str, str], changes: list[tuple[str, str]] | None = None) -> list[tuple[int, int, str]]:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE records (row INTEGER, number VARCHAR, name VARCHAR)")
    connection.executemany("INSERT INTO records VALUES (?, ?, ?)", [(at, *row) for at, row in enumerate(rows)])
    connection.execute("CREATE TABLE changes (old_number VARCHAR, new_number VARCHAR)")
    if changes:
        connection.executemany("INSERT INTO changes VALUES (?, ?)", changes)
    sql = same_number_pairs(
        "records", row="row", number="number", name="name", changes="changes" if changes is not None else None
    )
    return sorted(connection.execute(sql).fetchall())


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ((GOOD, "张伟"), (GOOD, "张玮"), "SAME_NUMBER"),
        ((GOOD, "张伟"), (OLD, "张伟"), "SAME_NUMBER"),
        ((OLD, "张伟"), (f" '{GOOD}", "张 伟"), "SAME_NUMBER"),
        ((GOOD, "张伟"), (WRONG_CHECK, "张伟"), "CHECK_DIGIT"),
        ((OLD, "张伟"), (MOVED, "张伟"), "OTHER_COUNTY"),
    ],
)
def test_pairs_by_number(first: tuple[str, str], second: tuple[str, str], kind: str) -> None:
    assert pairs(first, second) == [(0, 1, kind)]


def test_other_people_are_no_pair() -> None:
    assert pairs((GOOD, "张伟"), (OTHER, "张伟"), (MOVED, "李强"), ("", "张伟"), ("410522", "张伟")) == []


def test_three_rows_of_one_number_make_two_pairs_with_the_first() -> None:
    assert pairs((GOOD, "张伟"), (OLD, "张伟"), (GOOD, "张伟")) == [(0, 1, "SAME_NUMBER"), (0, 2, "SAME_NUMBER")]


def test_recorded_change_of_number_is_a_pair() -> None:
    assert pairs((GOOD, "张伟"), (OTHER, "张明"), changes=[(OLD, OTHER)]) == [(0, 1, "RECORDED_CHANGE")]


def test_a_pair_comes_once_with_its_surest_kind() -> None:
    assert pairs((GOOD, "张伟"), (MOVED, "张伟"), changes=[(GOOD, MOVED)]) == [(0, 1, "RECORDED_CHANGE")]

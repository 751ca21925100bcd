"""What a bad identity number may have been meant to be (domain §6.3, GB 11643-1999)."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from doudi.engine.identity import check_digit, check_id_number
from doudi.engine.identity.linkage import repair_suggestions

GOOD = "41052219790201003" + check_digit("41052219790201003")


def suggestions(number: str, **known: Any) -> list[tuple[Any, ...]]:
    row = {"n": number, "b": known.get("birth_date"), "s": known.get("sex"), "d": known.get("division")}
    source = "(SELECT 1 AS row, $n::VARCHAR AS n, $b::DATE AS b, $s::VARCHAR AS s, $d::VARCHAR AS d)"
    sql = repair_suggestions(source, row="row", number="n", birth_date="b", sex="s", division="d")
    return duckdb.execute(f"SELECT suggestion, kind, supported, alone FROM ({sql}) ORDER BY place", row).fetchall()


KNOWN = {"birth_date": date(1979, 2, 1), "sex": "male", "division": "410522001002"}


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        (GOOD[:11] + "9" + GOOD[12:], "ONE_DIGIT"),
        (GOOD[:9] + GOOD[10] + GOOD[9] + GOOD[11:], "TRANSPOSITION"),
        (GOOD[:5] + "O" + GOOD[6:], "CHARACTER"),
        (GOOD[:17], "LAST_MISSING"),
        (f" {GOOD[:17]} ", "LAST_MISSING"),
    ],
    ids=["wrong digit", "transposition in the date", "letter", "cut off", "cut off with spaces"],
)
def test_one_slip_against_what_is_known_leaves_one_number(typed: str, kind: str) -> None:
    assert suggestions(typed, **KNOWN) == [(GOOD, kind, 3, True)]


def test_wrong_check_digit_comes_first_among_equals() -> None:
    found = suggestions(GOOD[:17] + "0", **KNOWN)
    assert found[0] == (GOOD, "CHECK_DIGIT", 3, False)
    assert len({row[0] for row in found}) == len(found) > 1


@pytest.mark.parametrize("number", [GOOD, "", "410522", GOOD[:5] + "OO" + GOOD[7:], "4.10522E+17", "无"])
def test_good_numbers_and_hopeless_ones_get_no_suggestion(number: str) -> None:
    assert suggestions(number, **KNOWN) == []


def test_contradicting_birth_date_or_sex_leaves_nothing_in_their_digits() -> None:
    damaged = GOOD[:11] + "9" + GOOD[12:]
    assert GOOD not in {row[0] for row in suggestions(damaged, birth_date=date(1979, 2, 2))}
    assert GOOD not in {row[0] for row in suggestions(damaged, sex="female")}


def test_county_is_repaired_only_into_the_rows_own() -> None:
    damaged = GOOD[:5] + "7" + GOOD[6:]
    assert suggestions(damaged, **KNOWN)[0][0] == GOOD
    assert GOOD not in {row[0] for row in suggestions(damaged, **{**KNOWN, "division": "410523"})}


def test_every_single_slip_is_among_the_suggestions_and_every_suggestion_is_good() -> None:
    rng = random.Random(11)
    typed, meant = [], []
    for _ in range(400):
        day = date(1930, 1, 1) + timedelta(days=rng.randrange(34_000))
        body = f"{rng.randrange(110000, 659999)}{day:%Y%m%d}{rng.randrange(1000):03d}"
        good, at = body + check_digit(body), rng.randrange(17)
        wrong = good[:at] + str((int(good[at]) + rng.randrange(1, 10)) % 10) + good[at + 1 :]
        if not wrong.startswith("0"):
            typed.append(wrong)
            meant.append(good)
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE t AS SELECT unnest(range(len($typed::VARCHAR[]))) AS row, unnest($typed::VARCHAR[]) AS n",
        {"typed": typed},
    )
    rows = connection.execute(
        f"SELECT row_id, suggestion FROM ({repair_suggestions('t', row='row', number='n')})"
    ).fetchall()
    found = {(row, suggestion) for row, suggestion in rows}
    assert [at for at, good in enumerate(meant) if (at, good) not in found] == []
    assert [suggestion for _, suggestion in rows if not check_id_number(suggestion).ok] == []
    assert len(found) == len(rows)

"""Identity numbers: what is understood, what is refused and why."""

from __future__ import annotations

import random
from datetime import date, timedelta

import duckdb
import pytest

from doudi.engine.identity import REASONS, check_digit, check_id_number
from doudi.engine.identity.bulk import checked_ids

WOMAN = "11010519491231002X"  # the example of GB 11643-1999
MAN = "440524188001010014"
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９ｘ")


def with_check(first17: str) -> str:
    return first17 + check_digit(first17)


def test_example_of_the_standard_is_good() -> None:
    checked = check_id_number(WOMAN)
    assert (checked.number, checked.reason, checked.ok) == (WOMAN, None, True)
    assert (checked.birth_date, checked.sex, checked.division) == (date(1949, 12, 31), "female", "110105")


def test_odd_sequence_number_is_a_man() -> None:
    assert check_id_number(with_check("41052219790201003")).sex == "male"


@pytest.mark.parametrize(
    "typed",
    [WOMAN.lower(), WOMAN.translate(FULL_WIDTH), f" {WOMAN}\u3000",
     f"'{WOMAN}", "110105 19491231 002x", WOMAN[:-1] + "×",
     f"\ufeff{WOMAN}\t", WOMAN[:-1] + "Х"],
    ids=["lower-case", "full-width", "spaces", "apostrophe", "inner spaces", "times sign", "BOM", "Cyrillic"],
)  # fmt: skip
def test_forms_that_departments_type_are_understood(typed: str) -> None:
    assert check_id_number(typed).number == WOMAN


def test_fifteen_digits_become_eighteen_of_the_same_person() -> None:
    assert check_id_number(WOMAN[:6] + WOMAN[8:17]).number == WOMAN


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (None, "ID_EMPTY"),
        ("", "ID_EMPTY"),
        (" 　'", "ID_EMPTY"),
        (WOMAN[:17], "ID_LENGTH"),
        (WOMAN + "1", "ID_LENGTH"),
        ("4.10522E+17", "ID_SCIENTIFIC"),
        ("4.105221979020E+17", "ID_SCIENTIFIC"),
        ("无身份证", "ID_LENGTH"),
        ("11010519491231X02X", "ID_CHARACTERS"),
        ("1101051949123100-X", "ID_CHARACTERS"),
        ("01010519491231002X", "ID_CHARACTERS"),
        ("11010549123100X", "ID_CHARACTERS"),
        ("٤١٠٥٢٢١٩٧٩٠٢٠١٠٠٣٣", "ID_CHARACTERS"),
        (with_check("11010519490230002"), "ID_DATE"),
        (with_check("11010519000229002"), "ID_DATE"),
        (with_check("11010518991231002"), "ID_DATE"),
        (with_check("11010519491301002"), "ID_DATE"),
        (with_check("11010519490000002"), "ID_DATE"),
        ("110105490230002", "ID_DATE"),
        ("110105194912310021", "ID_CHECKSUM"),
        ("110105194912310020", "ID_CHECKSUM"),
    ],
)
def test_bad_numbers_say_why(typed: str | None, reason: str) -> None:
    checked = check_id_number(typed)
    assert (checked.number, checked.birth_date, checked.sex, checked.reason) == (None, None, None, reason)


@pytest.mark.parametrize(("day", "reason"), [("20240229", None), ("20230229", "ID_DATE"), ("20000229", None)])
def test_leap_days(day: str, reason: str | None) -> None:
    assert check_id_number(with_check(f"410522{day}001")).reason == reason


@pytest.mark.parametrize(("born_by", "reason"), [(date(1949, 12, 30), "ID_DATE"), (date(1949, 12, 31), None)])
def test_birth_after_the_day_of_receipt_is_refused(born_by: date, reason: str | None) -> None:
    assert check_id_number(WOMAN, born_by=born_by).reason == reason


def test_abolished_and_unknown_county_codes_are_accepted() -> None:
    assert check_id_number(with_check("41999919790201003")).division == "419999"


def test_every_single_digit_error_is_found() -> None:
    good = with_check("41052219790201003")
    wrong = [good[:at] + digit + good[at + 1 :] for at in range(18) for digit in "0123456789" if digit != good[at]]
    assert all(check_id_number(number).number is None for number in wrong)


def test_the_number_never_shows_in_a_log() -> None:
    assert "1949" not in repr(check_id_number(WOMAN))


def test_every_reason_has_a_message() -> None:
    assert set(REASONS) == {"ID_EMPTY", "ID_SCIENTIFIC", "ID_LENGTH", "ID_CHARACTERS", "ID_DATE", "ID_CHECKSUM"}


def _damaged(rng: random.Random) -> str | None:
    day = date(1899, 1, 1) + timedelta(days=rng.randrange(47_000))
    number = with_check(f"{rng.randrange(100000, 999999)}{day:%Y%m%d}{rng.randrange(1000):03d}")
    at = rng.randrange(18)
    return rng.choice(
        [number, number, number, number.lower(), number[:6] + number[8:17], number.translate(FULL_WIDTH), f" {number} ",
         number[:at] + rng.choice("0123456789Xx×a- ９\u3000'") + number[at + 1 :], number[:at], number + "0", "", None,
         f"{float(number[:17]):E}", number[:10] + f"{rng.randrange(10000):04d}" + number[14:], f"{number[:13]}e+{at}"]
    )  # fmt: skip


def test_sql_and_python_give_the_same_answers() -> None:
    rng = random.Random(20240318)
    typed = [_damaged(rng) for _ in range(20_000)]
    born_by = date(2024, 3, 18)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE ids AS SELECT unnest($typed::VARCHAR[]) AS id", {"typed": typed})
    checked = checked_ids("(SELECT rowid AS n, id FROM ids)", "id", born_by=born_by)
    rows = connection.execute(f"SELECT id18, id_reason FROM ({checked}) ORDER BY n").fetchall()
    python = [check_id_number(text, born_by=born_by) for text in typed]
    assert rows == [(number.number, number.reason) for number in python]
    assert {number.reason for number in python} == {None, *REASONS}

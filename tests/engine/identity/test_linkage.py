"""Probable pairs: comparable forms, evidence, doubts, and that a rare name weighs more than a common one."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from doudi.engine.errors import InputError
from doudi.engine.identity import check_digit
from doudi.engine.identity.linkage import chinese_model, clusters, link, load_model, prepare, train
from doudi.engine.identity.linkage.chinese import syllables

TYPES = {
    "record_id": "BIGINT", "name": "VARCHAR", "sex": "VARCHAR", "birth_date": "DATE", "division": "VARCHAR",
    "address": "VARCHAR", "phone": "VARCHAR", "id_number": "VARCHAR",
}  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"


def number(county: str, born: date, sequence: int) -> str:
    body = f"{county}{born:%Y%m%d}{sequence:03d}"
    return body + check_digit(body)


def person(at: int) -> dict[str, Any]:
    """Four hundred people of twenty villages, each with a number, a telephone and a house of his own."""
    born = date(1950, 1, 1) + timedelta(days=53 * at)
    return {
        "record_id": at,
        "name": SURNAMES[at % 20] + GIVEN[at // 20 % 20] + GIVEN[at * 3 % 20],
        "sex": ("male", "female")[at % 2],
        "birth_date": born,
        "division": f"410522{1 + at % 4:03d}{1 + at % 5:03d}",
        "address": f"白璧镇{SURNAMES[at % 20]}家庄{1 + at % 9}组{at}号",
        "phone": f"139{at * 7919 % 10**8:08d}",
        "id_number": number("410522", born, at % 900 + 2 - at % 2),
    }


def table(connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]) -> str:
    connection.execute(f"CREATE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in TYPES.items())})")
    marks = ", ".join("?" * len(TYPES))
    connection.executemany(f"INSERT INTO {name} VALUES ({marks})", [[row[column] for column in TYPES] for row in rows])
    return name


def found(*changed: dict[str, Any], least: float = 0.5) -> list[dict[str, Any]]:
    """The pairs of the register with the changed records, which follow it as 1000, 1001 and so on."""
    connection = duckdb.connect()
    left = table(connection, "register", [person(at) for at in range(400)])
    right = table(connection, "rows", [{**row, "record_id": 1000 + at} for at, row in enumerate(changed)])
    link(connection, left, right, least_probability=least)
    cursor = connection.execute("SELECT * FROM linked_pairs ORDER BY probability DESC, left_id")
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def levels(pair: dict[str, Any]) -> dict[str, str]:
    return {entry["field"]: entry["level"] for entry in pair["evidence"]}


WITHOUT_NUMBER = {**person(7), "id_number": None}


@pytest.mark.parametrize(
    ("name", "sounds"),
    [
        ("单长乐", "shan zhang le"),
        ("乐小单", "yue xiao dan"),
        ("欧阳娜", "ou yang na"),
        ("Aibek", "A i b e k"),
        ("", ""),
    ],
)
def test_sounds_of_names(name: str, sounds: str) -> None:
    assert syllables(name, {}) == sounds


def test_row_without_number_finds_its_person_with_evidence_for_each_field() -> None:
    [pair] = found({**WITHOUT_NUMBER, "name": WITHOUT_NUMBER["name"][:2] + "珊", "phone": None})
    assert (pair["left_id"], pair["right_id"], pair["doubts"]) == (7, 1000, ["TWINS"])
    assert levels(pair) == {"name": "one_character", "sex": "same", "birth_date": "same", "address": "same"}
    assert sum(entry["weight"] for entry in pair["evidence"]) > pair["weight"]  # what is left is the prior odds


@pytest.mark.parametrize(
    ("change", "field", "level"),
    [
        ({"name": f"{WITHOUT_NUMBER['name'][0]} {WITHOUT_NUMBER['name'][1:]}"}, "name", "same"),
        ({"birth_date": date(1951, 1, 17)}, "birth_date", "one_digit"),
        ({"phone": "+86 139-0005-5433"}, "phone", "same"),
        ({"phone": "13900055443"}, "phone", "one_digit"),
        ({"address": "白璧镇 黄家庄８组７号"}, "address", "same"),
        ({"address": None}, "address", "same_place"),
        ({"division": "410523", "address": "别处"}, "address", "different"),
        ({"id_number": person(7)["id_number"][:16] + "9" + person(7)["id_number"][17:]}, "number", "near"),
    ],
)
def test_slips_of_one_field_are_seen_for_what_they_are(change: dict[str, Any], field: str, level: str) -> None:
    [pair] = found({**WITHOUT_NUMBER, **change})
    assert (pair["left_id"], levels(pair)[field], pair["doubts"]) == (7, level, [])


def test_same_sound_in_other_characters_is_the_same_person() -> None:
    [pair] = found({**WITHOUT_NUMBER, "name": WITHOUT_NUMBER["name"].replace("黄", "皇")})
    assert (levels(pair)["name"], pair["doubts"]) == ("same_sound", [])


def test_two_good_numbers_that_differ_are_a_doubt_whatever_else_agrees() -> None:
    [pair] = found({**person(7), "id_number": number("410522", person(7)["birth_date"], 444)})
    assert pair["doubts"] == ["DIFFERENT_NUMBERS"]


def test_strangers_are_no_pair() -> None:
    assert found({**person(900), "name": "尉迟敬德", "phone": "18800000000", "birth_date": date(1931, 5, 5)}) == []


def test_within_one_table_the_smaller_record_comes_first_and_no_table_is_left_behind() -> None:
    connection = duckdb.connect()
    source = table(connection, "records", [*(person(at) for at in range(300)), {**WITHOUT_NUMBER, "record_id": 500}])
    assert link(connection, source, pairs="mine", least_probability=0.9) == 1
    assert connection.execute("SELECT left_id, right_id FROM mine").fetchall() == [(7, 500)]
    assert sorted(row[0] for row in connection.execute("SHOW TABLES").fetchall()) == ["mine", "records"]


def test_training_gives_every_level_figures_and_twice_the_same() -> None:
    connection = duckdb.connect()
    again = [{**person(at), "record_id": 400 + at, "id_number": None, "phone": None} for at in range(0, 400, 3)]
    source = table(connection, "records", [*(person(at) for at in range(400)), *again])
    first = train(connection, source)
    assert first.trained
    assert train(connection, source) == first
    assert first.comparisons[0].levels[0].m != chinese_model().comparisons[0].levels[0].m


def test_shipped_figures_say_where_they_come_from() -> None:
    assert "synthetic" in chinese_model().provenance
    assert chinese_model().trained


def test_missing_column_and_repeated_record_are_named() -> None:
    connection = duckdb.connect()
    with pytest.raises(InputError, match="phone"):
        prepare(connection, "(SELECT * EXCLUDE (phone) FROM (SELECT NULL AS " + ", NULL AS ".join(TYPES) + "))", "t")
    source = table(connection, "records", [person(1), person(1)])
    with pytest.raises(InputError, match="not unique"):
        prepare(connection, source, "t")


def test_incomplete_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text("share: 0.1\ncomparisons: []\nblocking: []\n", encoding="utf-8")
    with pytest.raises(InputError, match="training"):
        load_model(tmp_path / "model.yaml")


def test_clusters_follow_pairs_of_pairs() -> None:
    assert clusters([(5, 4), (2, 1), (4, 2), (9, 8)]) == {1: 1, 2: 1, 4: 1, 5: 1, 8: 8, 9: 8}

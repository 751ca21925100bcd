"""Rows: what is understood, what is quarantined and why, and what the lake holds of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from doudi.engine.errors import InputError
from doudi.engine.identity import REASONS, Tokeniser
from doudi.engine.lake import Contract, IngestResult, Limits, ingest, latest, read_delivery
from doudi.engine.lake.reasons import MESSAGES
from tests.engine.lake.deliveries import HEADINGS, KEY, csv_bytes, person, row

TakeIn = Callable[..., IngestResult]


def stored(result: IngestResult, columns: str) -> list[tuple[Any, ...]]:
    return duckdb.execute(
        f"SELECT {columns} FROM read_parquet(?) ORDER BY cost, row_key", [str(result.path)]
    ).fetchall()


def test_counts_add_up_and_the_receipt_says_them(take_in: TakeIn) -> None:
    rows = [row(1), row(2), row(2), row(3, id_number="123"), row(4, id_number=""), row(5, cost="abc", designated="?")]
    result = take_in(csv_bytes(rows))
    assert result.receipt() == {
        "batch_id": f"clinic-2024-03-{result.version}",
        "received": 6,
        "accepted": 2,
        "duplicate": 1,
        "quarantined": 3,
        "matched": None,
        "unmatched": None,
        "reasons": {"FLAG_UNKNOWN": 1, "ID_EMPTY": 1, "ID_LENGTH": 1, "MONEY_FORMAT": 1},
        "flags": {},
        "score": 26,
        "problems": [
            "DQ-901 退回 50.0% 的行，超过 5%",
            "DQ-902 身份证号有误 33.3%，超过 2%",
            "DQ-903 重复 16.7%，超过 10%",
        ],
    }


def test_lake_holds_typed_values_and_keys_sorted(take_in: TakeIn, tokeniser: Tokeniser) -> None:
    result = take_in(csv_bytes([row(n, refund="-0.05", valid_until="2030/1/2") for n in range(40)]))
    schema = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(result.path)]).fetchall()
    assert [(name, kind) for name, kind, *_ in schema] == [
        ("person_key", "BIGINT"), ("kind", "VARCHAR"), ("grade", "INTEGER"), ("settled_on", "DATE"),
        ("valid_until", "DATE"), ("designated", "BOOLEAN"), ("cost", "BIGINT"), ("refund", "BIGINT"),
        ("days", "BIGINT"), ("place", "VARCHAR"), ("row_key", "BIGINT"), ("row_hash", "BIGINT"),
    ]  # fmt: skip
    keys = [key for (key,) in duckdb.execute("SELECT person_key FROM read_parquet(?)", [str(result.path)]).fetchall()]
    assert keys == sorted(tokeniser.person_key(person(n)) for n in range(40))
    assert set(stored(result, "kind, grade, settled_on, valid_until, designated, cost, refund, days, place")) == {
        ("inpatient", 1, date(2024, 3, 18), date(2030, 1, 2), True, 123450, -5, 3, "安阳")
    }


def test_no_identity_and_no_disease_reaches_the_lake(take_in: TakeIn, lake: Path) -> None:
    rows = [row(1), row(2, id_number="123"), row(3, disease="肺癌")]
    take_in(csv_bytes(rows))
    written = b"".join(path.read_bytes() for path in lake.rglob("*") if path.is_file())
    secrets = [person(1), person(3), "张三", "尿毒症", "肺癌", KEY.hex()]
    assert [secret for secret in secrets if secret.encode() in written] == []
    assert "disease" not in written.decode("utf-8", "ignore").split('"fields"')[0]


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2024-03-18", date(2024, 3, 18)),
        ("2024/3/18", date(2024, 3, 18)),
        ("2024/03/08", date(2024, 3, 8)),
        ("20240318", date(2024, 3, 18)),
        ("2024年3月18日", date(2024, 3, 18)),
        ("2024.3.8", date(2024, 3, 8)),
        ("2024-03-18 10:22:33", date(2024, 3, 18)),
        ("２０２４－０３－１８", date(2024, 3, 18)),
        (" 2024-03-18　", date(2024, 3, 18)),
        ("1900-01-01", date(1900, 1, 1)),
        ("2100-12-31", date(2100, 12, 31)),
    ],
)
def test_dates_that_are_understood(take_in: TakeIn, typed: str, day: date) -> None:
    assert stored(take_in(csv_bytes([row(1, settled_on=typed)])), "settled_on") == [(day,)]


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("0", 0),
        ("1234.5", 123450),
        ("0.01", 1),
        ('"1,234.50"', 123450),
        ('"12,345,678"', 1234567800),
        ("￥12", 1200),
        ("12元", 1200),
        ("１２．５０", 1250),
        ("12.5000", 1250),
        (" 12 ", 1200),
        ("999999999999.99", 99999999999999),
    ],
)
def test_money_that_is_understood(take_in: TakeIn, typed: str, fen: int) -> None:
    assert stored(take_in(csv_bytes([row(1, cost=typed)])), "cost") == [(fen,)]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("是", True),
        ("否", False),
        ("1", True),
        ("0", False),
        ("Y", True),
        ("n", False),
        ("Ｙ", True),
        (" 是", True),
        ("true", True),
    ],
)
def test_flags_that_are_understood(take_in: TakeIn, typed: str, value: bool) -> None:
    assert stored(take_in(csv_bytes([row(1, designated=typed)])), "designated") == [(value,)]


@pytest.mark.parametrize(
    ("typed", "value"), [("门诊", "clinic"), (" 门诊 ", "clinic"), ("clinic", "clinic"), ("CLINIC", "clinic")]
)
def test_codes_that_are_understood(take_in: TakeIn, typed: str, value: str) -> None:
    assert stored(take_in(csv_bytes([row(1, kind=typed)])), "kind") == [(value,)]


@pytest.mark.parametrize("typed", ["", "长期", " 长期"])
def test_texts_that_mean_empty(take_in: TakeIn, typed: str) -> None:
    assert stored(take_in(csv_bytes([row(1, valid_until=typed)])), "valid_until") == [(None,)]


@pytest.mark.parametrize(
    "typed",
    ["", "110105", "11010519491231X02X", "110105190002290020", "110105194912310021", "4.10522E+17"],
)
def test_bad_id_numbers_carry_the_identity_check_reason(take_in: TakeIn, typed: str) -> None:
    result = take_in(csv_bytes([row(1, id_number=typed), row(2)]))
    assert (result.accepted, result.quarantined) == (1, 1)
    assert set(result.reasons) < set(REASONS)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": ""}, "REQUIRED_MISSING", "name"),
        ({"name": " 　"}, "REQUIRED_MISSING", "name"),
        ({"cost": ""}, "REQUIRED_MISSING", "cost"),
        ({"settled_on": "-"}, "DATE_FORMAT", "settled_on"),
        ({"settled_on": "2024-02-30"}, "DATE_FORMAT", "settled_on"),
        ({"settled_on": "2024-13-01"}, "DATE_FORMAT", "settled_on"),
        ({"settled_on": "2024318"}, "DATE_FORMAT", "settled_on"),
        ({"settled_on": "20241301"}, "DATE_FORMAT", "settled_on"),
        ({"settled_on": "45369"}, "DATE_FORMAT", "settled_on"),
        ({"settled_on": "18/03/2024"}, "DATE_FORMAT", "settled_on"),
        ({"settled_on": "infinity"}, "DATE_FORMAT", "settled_on"),
        ({"settled_on": "1899-12-31"}, "DATE_RANGE", "settled_on"),
        ({"valid_until": "2101-01-01"}, "DATE_RANGE", "valid_until"),
        ({"cost": "12.345"}, "MONEY_DECIMALS", "cost"),
        ({"cost": "-1"}, "MONEY_NEGATIVE", "cost"),
        ({"cost": "1000000000000"}, "MONEY_RANGE", "cost"),
        ({"cost": "1万"}, "MONEY_FORMAT", "cost"),
        ({"cost": '"1,23"'}, "MONEY_FORMAT", "cost"),
        ({"cost": "1e3"}, "MONEY_FORMAT", "cost"),
        ({"cost": "1.2.3"}, "MONEY_FORMAT", "cost"),
        ({"kind": "急诊"}, "CODE_UNKNOWN", "kind"),
        ({"grade": "3"}, "CODE_UNKNOWN", "grade"),
        ({"designated": "不详"}, "FLAG_UNKNOWN", "designated"),
        ({"designated": ""}, "REQUIRED_MISSING", "designated"),
        ({"days": "3.5"}, "INTEGER_FORMAT", "days"),
        ({"bill_no": "B" * 21}, "TEXT_TOO_LONG", "bill_no"),
        ({"refund": "1234.51"}, "REFUND_EXCEEDS_COST", ""),
    ],
)
def test_bad_field_is_quarantined_with_code_field_and_message(
    take_in: TakeIn, changes: dict[str, str], code: str, field: str
) -> None:
    result = take_in(csv_bytes([row(1), row(2, **changes)]))
    (quarantined,) = result.quarantine
    (reason,) = quarantined.reasons
    assert (result.accepted, quarantined.place, reason.code, reason.field) == (1, 1, code, field)
    assert reason.message
    assert "{" not in reason.message


def test_all_reasons_of_a_row_are_given(take_in: TakeIn) -> None:
    (quarantined,) = take_in(csv_bytes([row(1, id_number="1", cost="x", settled_on="y", name="")])).quarantine
    assert {(reason.code, reason.field) for reason in quarantined.reasons} == {
        ("ID_LENGTH", "id_number"), ("MONEY_FORMAT", "cost"), ("DATE_FORMAT", "settled_on"),
        ("REQUIRED_MISSING", "name"),
    }  # fmt: skip


@pytest.mark.parametrize("cost", ["1234.50", "1234.5", "1234.500"])
def test_same_row_written_differently_is_a_duplicate(take_in: TakeIn, cost: str) -> None:
    result = take_in(csv_bytes([row(1), row(1, cost=cost, id_number=person(1).lower())]))
    assert (result.accepted, result.duplicate, result.quarantined) == (1, 1, 0)


@pytest.mark.parametrize("changes", [{"cost": "1"}, {"name": "李四"}, {"disease": ""}, {"id_number": person(2)}])
def test_rows_of_one_key_that_differ_are_all_quarantined(take_in: TakeIn, changes: dict[str, str]) -> None:
    result = take_in(csv_bytes([row(1), row(1, **changes), row(3)]))
    assert (result.accepted, result.duplicate, result.reasons) == (1, 0, {"KEY_CONFLICT": 2})
    assert [quarantined.place for quarantined in result.quarantine] == [0, 1]


def test_fifteen_digits_are_the_same_person(take_in: TakeIn, tokeniser: Tokeniser) -> None:
    number = person(7)
    result = take_in(csv_bytes([row(7, id_number=number[:6] + number[8:17])]))
    assert stored(result, "person_key") == [(tokeniser.person_key(number),)]


def test_two_people_with_one_key_are_set_aside(take_in: TakeIn, monkeypatch: pytest.MonkeyPatch) -> None:
    # A real collision of 64 bits cannot be made: let every key be the same.
    constant = "left(hex($inner_pad::BLOB || $outer_pad::BLOB), 0) || repeat('0', 64)"
    monkeypatch.setattr("doudi.engine.lake.checks.hmac_sql", lambda text: constant)
    result = take_in(csv_bytes([row(1), row(2)]))
    assert (result.accepted, result.reasons) == (0, {"KEY_COLLISION": 2})


def test_row_hash_follows_content_and_row_key_follows_the_key(take_in: TakeIn) -> None:
    first = stored(take_in(csv_bytes([row(1), row(2)])), "row_key, row_hash")
    same = stored(take_in(csv_bytes([row(1, settled_on="2024/3/18"), row(2, name="李四")])), "row_key, row_hash")
    other = stored(take_in(csv_bytes([row(1, cost="1"), row(2, place="")])), "row_key, row_hash")
    assert first == same
    assert sorted(key for key, _ in first) == sorted(key for key, _ in other)
    assert {content for _, content in first}.isdisjoint({content for _, content in other})


def test_row_keys_of_another_installation_are_others(take_in: TakeIn, tmp_path: Path, contract: Contract) -> None:
    ours = stored(take_in(csv_bytes([row(1)])), "person_key, row_key")
    with read_delivery(tmp_path / "2024-03.csv", contract) as delivery:
        theirs = ingest(delivery, contract, Tokeniser(KEY[::-1]), tmp_path / "other")
    assert set(ours[0]).isdisjoint(stored(theirs, "person_key, row_key")[0])


@pytest.mark.parametrize("form", ["list", "set", "parquet"])
def test_receipt_counts_people_of_the_registry(
    take_in: TakeIn, tokeniser: Tokeniser, tmp_path: Path, form: str
) -> None:
    keys = tokeniser.person_keys([person(1), person(2), person(99)])
    registry = tmp_path / "members.parquet"
    duckdb.execute(f"COPY (SELECT unnest({keys}::BIGINT[]) AS person_key) TO '{registry}'")
    known = {"list": keys, "set": set(keys), "parquet": registry}[form]
    result = take_in(csv_bytes([row(1), row(2), row(3), row(4, cost="x")]), known_keys=known)
    assert (result.matched, result.unmatched) == (2, 1)


def test_empty_registry_matches_nobody(take_in: TakeIn) -> None:
    result = take_in(csv_bytes([row(1)]), known_keys=[])
    assert (result.matched, result.unmatched) == (0, 1)


def test_file_with_headings_only_is_an_empty_version(take_in: TakeIn, lake: Path) -> None:
    result = take_in(csv_bytes([]))
    assert (result.received, result.accepted) == (0, 0)
    assert stored(result, "*") == []
    assert latest(lake, "clinic", "2024-03") == result.path


def test_a_file_mostly_wrong_is_returned_as_a_whole(
    tmp_path: Path, lake: Path, contract: Contract, tokeniser: Tokeniser
) -> None:
    path = tmp_path / "2024-03.csv"
    path.write_bytes(csv_bytes([row(1, cost="x"), row(2, cost="x"), row(3)]))
    with (
        read_delivery(path, contract, limits=Limits(max_quarantined=1)) as delivery,
        pytest.raises(InputError, match="2 行不合格（MONEY_FORMAT 2 次），超过上限 1 行"),
    ):
        ingest(delivery, contract, tokeniser, lake)
    assert not lake.exists()


def test_manifest_tells_where_the_version_comes_from(take_in: TakeIn, contract: Contract, tokeniser: Tokeniser) -> None:
    result = take_in(csv_bytes([row(1), row(2, cost="x")]))
    manifest = json.loads((result.path.parent / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["receipt"] == result.receipt()
    assert (manifest["contract_hash"], manifest["key_id"]) == (contract.hash, tokeniser.key_id)
    assert manifest["source"]["sha256"].startswith(result.version)
    assert manifest["source"]["headings"] == HEADINGS


def test_every_code_has_a_chinese_message() -> None:
    assert [code for code, message in MESSAGES.items() if not any("一" <= letter <= "鿿" for letter in message)] == []

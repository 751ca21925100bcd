"""Data quality by numbered rules: rows doubted, deliveries scored, and alerts kept where data is thin (SUP-12)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.lake import IngestResult, ingest, load_contract, load_contracts, overdue, read_delivery, trust
from doudi.engine.lake.quality import judge
from doudi.engine.lake.quality_rules import RULES, load_quality_rules
from doudi.engine.lake.reasons import MESSAGES
from tests.engine.lake.deliveries import csv_bytes, person

HEADINGS = ["身份证号码", "逝者姓名", "死亡日期", "火化日期"]
TakeFunerals = Callable[..., IngestResult]


def death(n: int, died: str = "2024-03-10", cremated: str = "2024-03-12") -> list[str]:
    return [person(n), "王五", died, cremated]


@pytest.fixture
def take_funerals(tmp_path: Path, lake: Path, tokeniser: Tokeniser) -> TakeFunerals:
    def call(rows: list[list[str]], period: str = "2024-03", **options: Any) -> IngestResult:
        path = tmp_path / f"{period}-{len(rows)}.csv"
        path.write_bytes(csv_bytes(rows, HEADINGS))
        contract = load_contract("funeral")
        with read_delivery(path, contract, period=period) as delivery:
            return ingest(delivery, contract, tokeniser, lake, **options)

    return call


def test_every_reason_and_rule_has_a_number_of_its_own() -> None:
    reasons = set(MESSAGES) | {rule.code for contract in load_contracts().values() for rule in contract.rules}
    assert reasons == {rule.reason for rule in load_quality_rules().checks}


def test_weights_make_a_hundred() -> None:
    assert sum(rule.weight for rule in load_quality_rules().deliveries) == 100


def test_a_doubted_row_counts_and_is_listed_by_key_and_rule(take_funerals: TakeFunerals, tokeniser: Tokeniser) -> None:
    result = take_funerals([death(1), death(2, cremated="2024-03-09"), death(3, died="1949-12-31", cremated="")])
    assert (result.accepted, result.quarantined, result.flags) == (3, 0, {"DQ-201": 1, "DQ-203": 1})
    flags = duckdb.execute(
        f"SELECT person_key, rule FROM '{result.path.parent}/flags.parquet' ORDER BY rule"
    ).fetchall()
    assert flags == [(tokeniser.person_key(person(3)), "DQ-201"), (tokeniser.person_key(person(2)), "DQ-203")]


@pytest.mark.parametrize(
    ("died", "flags"), [("2024-04-30", {}), ("2024-05-01", {"DQ-202": 1}), (f"19{50 + 1}-01-01", {})]
)
def test_boundaries_of_a_date_rule(take_funerals: TakeFunerals, died: str, flags: dict[str, int]) -> None:
    """A death on the day of birth is possible; one after the month of delivery is not."""
    assert take_funerals([death(1, died=died, cremated="")]).flags == flags


def test_a_rule_that_quarantines_sends_the_row_back_under_its_number(
    tmp_path: Path, lake: Path, tokeniser: Tokeniser
) -> None:
    contract = load_contract("death_record")
    path = tmp_path / "2024-03.csv"
    path.write_bytes(
        csv_bytes([[person(1), "王五", "1949-12-31", "疾病"]], ["死者身份证号", "死者姓名", "死亡日期", "死亡原因"])
    )
    with read_delivery(path, contract) as delivery:
        result = ingest(delivery, contract, tokeniser, lake)
    assert (result.accepted, result.reasons) == (0, {"DQ-204": 1})
    assert result.quarantine[0].message == "死亡日期早于出生日期"


@pytest.mark.parametrize(("born", "flags"), [("20080331", {}), ("20080401", {"DQ-212": 1})])
def test_age_is_of_the_last_day_of_the_period(
    tmp_path: Path, lake: Path, tokeniser: Tokeniser, born: str, flags: dict[str, int]
) -> None:
    from doudi.engine.identity import check_digit

    contract, first17 = load_contract("unemployment"), f"410522{born}001"
    path = tmp_path / "2024-03.csv"
    cells = [first17 + check_digit(first17), "王五", "登记失业", "2024-03-01"]
    path.write_bytes(csv_bytes([cells], ["身份证号", "姓名", "就业状态", "失业登记日期"]))
    with read_delivery(path, contract) as delivery:
        assert ingest(delivery, contract, tokeniser, lake).flags == flags


def test_a_good_delivery_has_the_full_score(take_funerals: TakeFunerals) -> None:
    result = take_funerals([death(n) for n in range(10)])
    assert result.quality is not None
    assert (result.quality.score, result.quality.problems, result.quality.trusted) == (100, (), True)


def test_score_and_parts_stand_in_receipt_and_manifest(take_funerals: TakeFunerals) -> None:
    result = take_funerals([death(n) for n in range(9)] + [["123", "x", "2024-03-01", ""]])
    manifest = json.loads((result.path.parent / "manifest.json").read_text(encoding="utf-8"))
    # quarantined 10% of 20%: 50 of 25; bad IDs 10% of 10%: 0 of 20; duplicates 5, flagged 15 full: 3250 / 65
    assert result.receipt()["score"] == manifest["quality"]["score"] == 50
    assert [(part["number"], part["points"]) for part in manifest["quality"]["parts"]] == [
        ("DQ-901", 50), ("DQ-902", 0), ("DQ-903", 100), ("DQ-904", 100),
    ]  # fmt: skip
    assert manifest["quality"]["trusted"] is False


@pytest.mark.parametrize(("rows", "trusted"), [(8, True), (7, False), (12, True)])
def test_a_feed_that_shrinks_by_more_than_a_fifth_clears_no_alert(
    take_funerals: TakeFunerals, lake: Path, rows: int, trusted: bool
) -> None:
    take_funerals([death(n) for n in range(10)], "2024-02")
    result = take_funerals([death(n) for n in range(rows)], "2024-03")
    found = trust(lake, "funeral", "2024-03")
    assert (found.trusted, [problem.number for problem in found.problems]) == (trusted, [] if trusted else ["DQ-905"])
    assert result.quality is not None
    assert result.quality.trusted is trusted


def test_the_comparison_is_with_the_newest_period_before(take_funerals: TakeFunerals, lake: Path) -> None:
    take_funerals([death(n) for n in range(50)], "2023-12")
    take_funerals([death(n) for n in range(5)], "2024-01")
    take_funerals([death(n) for n in range(90)], "2024-04")
    take_funerals([death(n) for n in range(5)], "2024-03")
    assert trust(lake, "funeral", "2024-03").trusted


def test_a_platform_names_the_versions_itself(take_funerals: TakeFunerals, lake: Path) -> None:
    """Nothing is published in the lake where another store says which versions count."""
    before = take_funerals([death(n) for n in range(10)], "2024-02", publish=False)
    now = take_funerals([death(1)], publish=False, previous=("2024-02", before.version))
    assert now.quality is not None
    assert [problem.number for problem in now.quality.problems] == ["DQ-905"]
    assert not trust(lake, "funeral", "2024-03", version=now.version, previous=("2024-02", before.version)).trusted
    assert trust(lake, "funeral", "2024-03", version=now.version).trusted


def test_what_was_not_delivered_is_never_trusted(lake: Path) -> None:
    found = trust(lake, "funeral", "2024-03")
    assert (found.trusted, [problem.message for problem in found.problems]) == (False, ["本期没有报送"])


@pytest.mark.parametrize(("received", "late"), [(date(2024, 5, 10), 0), (date(2024, 5, 11), 1)])
def test_a_late_delivery_is_a_problem_but_not_a_doubt(
    take_funerals: TakeFunerals, lake: Path, received: date, late: int
) -> None:
    take_funerals([death(1)], received_on=received)
    found = trust(lake, "funeral", "2024-03")
    assert [problem.message for problem in found.problems] == [f"迟到 {late} 天"][:late]
    assert found.trusted


@pytest.mark.parametrize(
    ("feed", "latest", "today", "late"),
    [
        ("funeral", "2024-03", date(2024, 5, 10), False),
        ("funeral", "2024-03", date(2024, 5, 11), True),
        ("funeral", None, date(2024, 5, 11), True),
        ("disaster", None, date(2024, 5, 11), False),
        ("detention", None, date(2024, 5, 11), False),
        ("poor_student", "2024-03", date(2024, 10, 17), False),
        ("poor_student", "2024-03", date(2024, 10, 18), True),
    ],
)
def test_when_a_feed_is_overdue(feed: str, latest: str | None, today: date, late: bool) -> None:
    assert overdue(load_contract(feed), latest, today) is late


def test_more_unmatched_people_than_before_are_noticed() -> None:
    counts = {"received": 10, "accepted": 10, "duplicate": 0, "quarantined": 0, "bad_ids": 0, "flagged": 0, "rows": 10,
              "unmatched": 6, "events_only": False}  # fmt: skip
    found = judge(load_contract("funeral"), counts, previous={**counts, "unmatched": 3})
    assert [problem.number for problem in found.problems] == ["DQ-907"]
    assert found.trusted


def test_an_empty_file_has_no_score(take_funerals: TakeFunerals) -> None:
    result = take_funerals([])
    assert result.quality is not None
    assert result.quality.score is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("number: DQ-202", "number: DQ-201", "DQ-201 is used twice"),
        ("feed: funeral, expr: died_on >= birth", "feed: wedding, expr: died_on >= birth", "no feed 'wedding'"),
        (
            "expr: died_on >= birth_date, action: flag",
            "expr: died_on >= birthday, action: flag",
            "unknown field 'birthday'",
        ),
        ("action: flag", "action: ignore", "action is 'ignore'"),
        ("owner: county_data", "owner: nobody", "owner is 'nobody'"),
        ("measure: missing", "measure: colour", "no measure 'colour'"),
        ("zero_at: 30", "zero_at: 0", "weight and zero_at"),
        ("rows:\n", "row:\n", "cannot be read"),
    ],
)
def test_bad_rules_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = RULES.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "rules.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_quality_rules(tmp_path / "rules.yaml")

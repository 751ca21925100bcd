"""The shipped feed contracts (domain 12.1): each takes the same rows from every format, and keeps no identity."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from doudi.engine.identity import Tokeniser
from doudi.engine.lake import ingest, load_contract, load_contracts, read_delivery
from doudi.engine.lake.contracts import Contract, Field
from tests.engine.lake.deliveries import csv_bytes, person, write_xlsx

FEEDS = sorted(load_contracts())
ROWS = range(1, 6)
SAMPLES: dict[str, Any] = {
    "text": "甲{n}",
    "sensitive_text": "尿毒症",
    "date": "2024-03-1{n}",
    "money": "120{n}.50",
    "flag": "是",
    "integer": "{n}",
    "decimal": "98.{n}",
    "month": "2024-03",
    "term": "2023-2024学年第二学期",
    "division": "410522",
    "account": "62284800000000000{n}",
}
SPECIAL: dict[tuple[str, str], str] = {
    ("medical_settlement", "basic_paid"): "300",
    ("medical_settlement", "serious_paid"): "0",
    ("medical_settlement", "aid_paid"): "0",
    ("insurance_enrolment", "insurance_year"): "2024",
}
KEPT = {
    "accident": "kind happened_on",
    "assistance_ledger": "category county_code from_on to_on monthly",
    "business": "role registered_on status capital",
    "care_assessment": "failed_items assessed_on guardian_absent",
    "charity_help": "item amount given_on consent",
    "child_welfare": "kind from_on",
    "compensation": "kind paid_on amount",
    "death_record": "died_on cause",
    "detention": "kind from_on until_on",
    "disability": "disability_type disability_grade issued_on valid_until status",
    "disability_allowance": "kind from_on monthly",
    "disaster": "event_no event_on stage loss relieved_on",
    "employment": "kind insured_from insured_until base",
    "fanpin": "subtype risk_status identified_on removed_on income_per_capita",
    "financial_assets": "asked_on total",
    "funeral": "died_on cremated_on",
    "hotline_clue": "clue_no kind received_on division",
    "house_safety": "grade graded_on only_house in_plan plan_year done_on",
    "housing_fund": "opened_on monthly employer_contribution",
    "insurance_enrolment": "insurance_year enrolled contribution subsidy enrolled_on",
    "marriage": "change registered_on",
    "medical_settlement": "kind admitted_on settled_on designated listed_disease total_cost in_policy basic_paid "
    "serious_paid aid_paid",
    "outpatient_status": "listed_disease granted_on valid_until",
    "payment_receipt": "line_no period item amount result paid_on account",
    "pension": "kind started_on monthly",
    "poor_student": "stage poverty_grade term aid_item aid_amount",
    "real_estate": "kind area_m2 registered_on status",
    "rehabilitation": "served_on cost self_paid",
    "residence": "change changed_on to_division",
    "school_enrolment": "school stage enrolled_on status left_on",
    "serious_illness": "diagnosed_on listed_disease",
    "student_aid": "stage item term granted_on amount",
    "unemployment": "status registered_on benefit_until employed_on workplace_division monthly_wage",
    "urban_housing": "difficulty status since",
    "vehicle": "kind registered_on use status",
    "wage_income": "income_month income",
}


def cell(feed: str, field: Field, n: int) -> str:
    if field.type == "id_number":
        return person(n)
    if field.type == "disability_card":
        return person(n) + "42"
    if field.type == "code":
        return list(field.codes)[n % len(field.codes)]
    return SPECIAL.get((feed, field.name)) or SAMPLES[field.type].format(n=n)


def write(path: Path, contract: Contract) -> None:
    """The same rows in the format that the name tells."""
    headings = [field.title for field in contract.fields]
    rows = [[cell(contract.name, field, n) for field in contract.fields] for n in ROWS]
    if path.suffix == ".csv":
        path.write_bytes(csv_bytes(rows, headings, path.stem))
    elif path.suffix == ".xlsx":
        dates = [field.type == "date" for field in contract.fields]
        write_xlsx(
            path,
            [[date.fromisoformat(c) if d else c for c, d in zip(row, dates, strict=True)] for row in rows],
            headings,
        )
    else:
        columns = ", ".join(f'unnest(?) AS "{heading}"' for heading in headings)
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT {columns}) TO '{path}'", [list(column) for column in zip(*rows, strict=True)]
            )


@pytest.mark.parametrize("feed", FEEDS)
def test_every_format_gives_the_same_rows(tmp_path: Path, tokeniser: Tokeniser, feed: str) -> None:
    contract = load_contract(feed)
    found = []
    for name in ("gb18030.csv", "utf-8-sig.csv", "rows.xlsx", "rows.parquet"):
        write(tmp_path / name, contract)
        with read_delivery(tmp_path / name, contract, period="2024-03") as delivery:
            result = ingest(delivery, contract, tokeniser, tmp_path / "lake" / name)
        assert (result.received, result.accepted, result.reasons) == (5, 5, {})
        found.append(duckdb.execute("FROM read_parquet(?)", [str(result.path)]).fetchall())
    assert found[0] == found[1] == found[2] == found[3]
    assert len({row[0] for row in found[0]}) == 5


@pytest.mark.parametrize("feed", FEEDS)
def test_each_feed_keeps_what_its_indicators_read(feed: str) -> None:
    assert [field.name for field in load_contract(feed).stored] == KEPT[feed].split()


def test_catalogue_is_complete() -> None:
    assert sorted(KEPT) == FEEDS


@pytest.mark.parametrize("feed", FEEDS)
def test_no_feed_keeps_an_identity(feed: str) -> None:
    kinds = {field.type for field in load_contract(feed).stored}
    names = {field.name for field in load_contract(feed).stored}
    assert kinds.isdisjoint({"id_number", "disability_card", "sensitive_text"})
    assert names.isdisjoint({"name", "payer", "plate_no", "credit_code", "unit_no", "institution", "household_no"})


def test_what_needs_a_legal_basis_is_off_until_one_is_recorded() -> None:
    """MNE-02: no document of the five orders departments to share who is in prison."""
    disabled = [contract.name for contract in load_contracts().values() if contract.disabled]
    assert disabled == ["detention"]
    assert all(load_contract(feed).condition for feed in disabled)

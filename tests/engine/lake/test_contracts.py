"""Contracts: the shipped ones hold together, and a bad one is refused with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from doudi.engine.errors import InputError
from doudi.engine.lake import load_contract
from doudi.engine.lake.contracts import Contract
from tests.engine.lake.deliveries import CONTRACT


def test_unknown_feed_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="funeral"):
        load_contract("funerals")


def test_hash_follows_the_content(contract: Contract, tmp_path: Path) -> None:
    (tmp_path / "clinic.yaml").write_text(CONTRACT.replace("{住院: inpatient, ", "{"), encoding="utf-8")
    assert load_contract(tmp_path / "clinic.yaml").hash != contract.hash


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: clinic", "name: other", "is not the file's"),
        ("period: month", "period: weekly", "not one of month"),
        ("freshness_days: 40", "freshness_days: 0", "freshness_days"),
        ("retention_months: 24", "retention_months: x", "retention_months"),
        ("title: 诊疗\n", "title: 诊疗\ndisabled: true\n", "no condition"),
        ("key: [bill_no]", "key: []", "no field of the key is required"),
        ("key: [bill_no]", "key: [bill]", "key field 'bill' is not a field"),
        ("key: [bill_no]", "key: [place]", "no field of the key is required"),
        ("type: money, negative", "type: euro, negative", "unknown type 'euro'"),
        ("type: integer", "type: id_number", "exactly one field"),
        ("{name: days", "{name: row_key", "reserved"),
        ("{name: days", "{name: place", "used twice"),
        ("title: 天数", "title: 费用", "two fields answer to the heading '费用'"),
        ("codes: {一级: 1, 二级: 2}", "codes: {一级: 1, 二级: two}", "mix numbers and texts"),
        ("type: integer", "type: integer, colour: red", "colour"),
        ("refund <= cost", "refund <= price", "unknown field 'price'"),
        ("refund <= cost", "refund <= (SELECT 1)", "which rules may not"),
        ("refund <= cost", "getenv('HOME') IS NULL", "which rules may not"),
        ("refund <= cost", "refund <=", "cannot be parsed"),
        ("period: month", "period: month\ncolour: red", "unknown key 'colour'"),
        ("title: 诊疗\n", "", "title"),
        ("name: clinic", "name: [clinic", "cannot be read as YAML"),
    ],
)
def test_bad_contract_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in CONTRACT
    path = tmp_path / "clinic.yaml"
    path.write_text(CONTRACT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_contract(path)

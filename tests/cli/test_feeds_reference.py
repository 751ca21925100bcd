"""``docs/feeds.md`` and ``doudi feeds list --markdown``: every contract with all its fields, the same in both."""

from __future__ import annotations

from pathlib import Path

from doudi.cli.feeds import reference
from doudi.engine.lake import Limits, load_contracts
from doudi.engine.lake.contracts import TYPES

DOCUMENT = Path(__file__).parents[2] / "docs" / "feeds.md"


def test_the_document_ends_with_the_reference() -> None:
    """Renew it: everything below its last heading is what ``doudi feeds list --markdown`` prints."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.split("## 各项数据\n\n", 1)[1].strip() == reference().strip()


def test_every_contract_stands_in_it_with_its_fields() -> None:
    sections = {part.split("\n", 1)[0]: part for part in reference().split("\n### ")[1:]}
    assert list(sections) == list(load_contracts())
    for name, contract in load_contracts().items():
        for entry in contract.fields:
            assert f"| {entry.title} |" in sections[name]
            assert f"| `{entry.name}` |" in sections[name]
        assert all(rule.code in sections[name] for rule in contract.rules)
    assert {entry.type for contract in load_contracts().values() for entry in contract.fields} <= set(TYPES)


def test_the_limits_it_names_are_those_that_hold() -> None:
    text, limits = DOCUMENT.read_text(encoding="utf-8"), Limits()
    assert f"{limits.max_workbook_cells // 10_000} 万个" in text
    assert f"{limits.max_workbook_bytes >> 20} MB" in text
    assert f"{limits.max_rows // 10_000} 万行" in text
    assert f"{limits.max_columns} 列" in text
    assert f"{limits.max_record_bytes} 字节" in text
    assert f"超过 {limits.max_quarantined // 10_000} 万行" in text
